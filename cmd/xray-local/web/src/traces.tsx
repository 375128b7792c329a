// The list of traces, the newest first, with filters. The collector filters and sends what is
// looked at; the list is followed while its top is in view.
import {useEffect, useMemo, useRef, useState} from "preact/hooks";
import {ERROR, FAULT, THROTTLE, get, params, type Page, type ServiceMap, type Summary} from "./api";
import {clock, count, duration, path} from "./format";
import {Icon} from "./icons";
import {useData} from "./live";
import {go, type Route} from "./route";
import {useRows} from "./virtual";

const rowHeight = 44, pageSize = 100;

// The filters of the address; what else stands there belongs to a node, an edge or a bar.
const names = ["text", "service", "outcome", "min", "max"] as const;
const extra = ["from", "to", "toMin", "toMax", "since"] as const;

export function TracesView({route, version, seconds, map}: {route: Route; version?: number; seconds: number; map?: ServiceMap}) {
  const q = route.query;
  const filter = useMemo(() => {
    const values: Record<string, string | number> = {};
    for (const name of [...names, ...extra]) if (q.get(name)) values[name] = q.get(name)!;
    for (const name of ["min", "max"] as const) if (values[name]) values[name] = Number(values[name]) / 1000; // milliseconds in the address
    if (seconds && map && !values.since) values.since = Math.max(0, map.newest - seconds);
    return params(values);
  }, [q.toString(), seconds, seconds ? map?.newest : 0]);
  const set = (changes: Record<string, string>) => {
    const all: Record<string, string> = {};
    for (const [key, value] of q) all[key] = value;
    go("traces", {...all, ...changes}, true);
  };

  const scroller = useRef<HTMLDivElement>(null);
  const [following, follow] = useState(true);
  const busy = useRef(false); // the pointer is on the list
  const first = useData<Page>(`api/traces?${filter}&length=${pageSize}`, following ? version : 0);
  const latest = useData<Page>(`api/traces?${filter}&length=1`, following ? 0 : version);
  const pages = usePages(filter, first.data);
  const matched = first.data?.matched ?? 0;
  const rows = useRows(scroller, matched, rowHeight);
  // Rows stay where they are while somebody is about to open one.
  const look = () => {
    const list = scroller.current;
    if (list) follow(list.scrollTop < rowHeight && !busy.current && !list.contains(document.activeElement));
  };
  const arrived = following ? 0 : Math.max(0, (latest.data?.matched ?? 0) - matched);

  const services = map?.nodes.filter((n) => n.kind === "service").map((n) => n.name).sort() ?? [];
  const about = q.get("to") && describe(q, map);
  return (
    <section class="traces">
      <form class="filters" role="search" aria-label="Filters" onSubmit={(e) => e.preventDefault()}>
        <Search value={q.get("text") ?? ""} onChange={(text) => set({text})} />
        <label><span>Service</span>
          <select value={q.get("service") ?? ""} onChange={(e) => set({service: e.currentTarget.value})}>
            <option value="">any</option>
            {[...new Set([...services, ...(q.get("service") ? [q.get("service")!] : [])])].map((s) => <option key={s} value={s}>{s}</option>)}
          </select>
        </label>
        <label><span>Status</span>
          <select value={q.get("outcome") ?? ""} onChange={(e) => set({outcome: e.currentTarget.value})}>
            {[["", "any"], ["ok", "ok"], ["fault", "fault (5xx)"], ["error", "error (4xx)"], ["throttle", "throttled"], ["open", "in progress"]].map(([value, name]) => <option key={value} value={value}>{name}</option>)}
          </select>
        </label>
        <label><span>From</span><input type="number" min="0" placeholder="0" value={q.get("min") ?? ""} onChange={(e) => set({min: e.currentTarget.value})} /><i>ms</i></label>
        <label><span>to</span><input type="number" min="0" placeholder="∞" value={q.get("max") ?? ""} onChange={(e) => set({max: e.currentTarget.value})} /><i>ms</i></label>
      </form>
      <div class="found">
        <p role="status">{count(matched)} of {count(first.data?.total ?? 0)} traces</p>
        {about && <span class="chip">{about}<button type="button" title="Remove this filter" onClick={() => set(Object.fromEntries(extra.map((n) => [n, ""])))}><Icon name="close" /></button></span>}
        {arrived > 0 && <button type="button" class="arrived" onClick={() => { scroller.current?.scrollTo({top: 0}); follow(true); }}>{count(arrived)} new</button>}
      </div>
      <div class="row head" aria-hidden="true"><span>Time</span><span>Status</span><span>Request</span><span>Service</span><span>Duration</span></div>
      <div class="list" ref={scroller} onScroll={look} onPointerEnter={() => { busy.current = true; look(); }} onPointerLeave={() => { busy.current = false; look(); }} onFocusIn={look} onFocusOut={() => setTimeout(look)} onKeyDown={step} role="list" aria-label="Traces">
        {first.data && matched === 0 && <Empty filtered={filter !== ""} />}
        <div class="inner" style={{height: `${rows.getTotalSize()}px`}}>
          {rows.getVirtualItems().map((item) => {
            const row = pages(item.index);
            return <div key={item.index} role="listitem" class="place" style={{transform: `translateY(${item.start}px)`}}>{row ? <Row row={row} longest={first.data!.rows} /> : <div class="row waiting" />}</div>;
          })}
        </div>
      </div>
    </section>
  );
}

// Search waits until nothing was typed for a moment.
function Search({value, onChange}: {value: string; onChange: (text: string) => void}) {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => setText(value), [value]);
  return (
    <label class="search"><span class="sr">Search</span>
      <input type="search" placeholder="Trace id, path, or an annotation: order_id=17" value={text} spellcheck={false} autocomplete="off"
        onInput={(e) => {
          const now = e.currentTarget.value;
          setText(now);
          clearTimeout(timer.current);
          timer.current = window.setTimeout(() => onChange(now), 200);
        }} />
      <kbd>/</kbd>
    </label>
  );
}

function Empty({filtered}: {filtered: boolean}) {
  return filtered
    ? <p class="empty">No trace matches these filters.</p>
    : <p class="empty">No traces yet. They appear here as soon as a program that is instrumented gets a request.</p>;
}

// usePages returns the row at an index, once it has come. Rows beyond the first page are asked
// for when they are looked at, as of the moment of the first page.
function usePages(filter: string, first: Page | undefined): (index: number) => Summary | undefined {
  const [, draw] = useState(0);
  const cache = useRef<{first?: Page; pages: Map<number, Summary[] | null>}>({pages: new Map()});
  if (cache.current.first !== first) cache.current = {first, pages: new Map(first ? [[0, first.rows]] : [])};
  return (index) => {
    const mine = cache.current, page = Math.floor(index / pageSize);
    const rows = mine.pages.get(page);
    if (rows === undefined && mine.first) {
      mine.pages.set(page, null); // it is on its way
      void get<Page>(`api/traces?${filter}&` + params({before: mine.first.newest, offset: page * pageSize, length: pageSize})).then((p) => {
        mine.pages.set(page, p.rows);
        if (cache.current === mine) draw((n) => n + 1);
      }, () => mine.pages.delete(page));
    }
    return rows?.[index % pageSize];
  };
}

function Row({row, longest}: {row: Summary; longest: Summary[]}) {
  const most = Math.max(0.001, ...longest.slice(0, 100).map((r) => r.took));
  const share = Math.min(100, (100 * row.took) / most);
  return (
    <a class="row" href={"#/trace/" + row.id} data-trace={row.id}>
      <span class="time">{clock(row.start)}</span>
      <span><Outcome outcome={row.outcome} open={row.open} status={row.status} /></span>
      <span class="request"><b>{row.method}</b> {row.url ? path(row.url) : row.id}</span>
      <span class="service">{row.service || "…"}</span>
      <span class="took">{duration(row.took)}<i><i style={{width: `${share}%`}} class={tone(row.outcome)} /></i></span>
    </a>
  );
}

export function tone(outcome: number): string {
  return outcome & FAULT ? "fault" : outcome & THROTTLE ? "throttle" : outcome & ERROR ? "error" : "ok";
}

export function Outcome({outcome, open, status}: {outcome: number; open?: boolean; status?: number}) {
  const name = {fault: "fault", throttle: "throttled", error: "error", ok: "ok"}[tone(outcome)];
  return <span class={"outcome " + (open && !outcome ? "open" : tone(outcome))}>{status || (open && !outcome ? "open" : name)}{status && outcome ? <small> {name}</small> : null}</span>;
}

// describe says in words what the filter of a node, an edge or a bar is.
function describe(q: URLSearchParams, map?: ServiceMap): string {
  const name = (key: string | null) => map?.nodes.find((n) => n.key === key)?.name ?? key?.split(":").slice(1).join(":") ?? "";
  const took = q.get("toMax") ? `, ${duration(Number(q.get("toMin")))} to ${duration(Number(q.get("toMax")))}` : "";
  return (q.get("from") ? `${name(q.get("from"))} → ${name(q.get("to"))}` : name(q.get("to"))) + took;
}

// step moves the focus from row to row.
function step(event: KeyboardEvent) {
  const by = {ArrowDown: 1, ArrowUp: -1, j: 1, k: -1}[event.key];
  if (!by) return;
  const links = [...(event.currentTarget as Element).querySelectorAll<HTMLAnchorElement>("a.row")];
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + by];
  if (next) {
    event.preventDefault();
    next.focus();
    next.scrollIntoView({block: "nearest"});
  }
}

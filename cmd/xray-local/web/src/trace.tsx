// One trace as a timeline, with everything that is known of the span that is chosen.
import {scaleLinear} from "d3-scale";
import {useEffect, useMemo, useRef, useState} from "preact/hooks";
import type {Span, Timeline} from "./api";
import {bytes, clip, clock, count, day, duration, path} from "./format";
import {Icon, kindNames} from "./icons";
import {useData} from "./live";
import {savePNG, saveSVG, saveText} from "./save";
import {timelineSVG} from "./tracesvg";
import {Outcome, tone} from "./traces";
import {useRows} from "./virtual";

const rowHeight = 34;

export function TraceView({id, version}: {id: string; version?: number}) {
  const {data, error, path: from} = useData<Timeline>("api/traces/" + encodeURIComponent(id), version);
  const [chosen, choose] = useState<string>();
  const [folded, fold] = useState<Set<string>>(new Set());
  const [critical, showCritical] = useState(true);
  useEffect(() => { choose(undefined); fold(new Set()); }, [id]);
  const spans = useMemo(() => visible(data?.spans ?? [], folded), [data, folded]);
  if (error && !data) return <section class="trace"><p class="empty">{error === "no such trace" ? "This trace is not here: it may have made room for newer ones." : error}</p></section>;
  if (!data || from !== "api/traces/" + encodeURIComponent(id)) return <section class="trace" aria-busy="true" />;
  const span = data.spans.find((s) => s.id === chosen) ?? data.spans[0];
  return (
    <section class="trace">
      <header>
        <button type="button" class="quiet" title="Back" onClick={() => history.back()}><Icon name="back" /></button>
        <div class="title">
          <h1><Outcome outcome={data.outcome} open={data.open} status={data.status} /> {data.method} {data.url ? path(data.url) : data.service}</h1>
          <p class="id"><code>{data.id}</code><Copy text={data.id} label="Copy the trace id" /></p>
        </div>
        <div class="tools" role="toolbar" aria-label="Trace">
          <button type="button" class="text" title="Save the trace as JSON" onClick={() => void exportJSON(data.id)}>JSON</button>
          <button type="button" class="text" title="Save the timeline as SVG" onClick={() => saveSVG(timelineSVG(data, spans), data.id + ".svg")}>SVG</button>
          <button type="button" class="text" title="Save the timeline as PNG" onClick={() => void savePNG(timelineSVG(data, spans), data.id + ".png")}>PNG</button>
        </div>
      </header>
      <dl class="cells">
        <div><dt>Duration</dt><dd>{duration(data.took)}</dd></div>
        <div><dt>Begun</dt><dd title={day(data.start)}>{clock(data.start)}</dd></div>
        <div><dt>Services</dt><dd>{data.services}</dd></div>
        <div><dt>Spans</dt><dd>{count(data.spans.length)}</dd></div>
      </dl>
      {data.partial && <p class="notice slow">This trace was too large to be kept whole.</p>}
      {data.orphans > 0 && <p class="notice slow">{data.orphans} subsegments have come without what they belong to.</p>}
      <div class="split">
        <TimelineView trace={data} spans={spans} chosen={span?.id} choose={choose} folded={folded} fold={fold} critical={critical} showCritical={showCritical} />
        {span && <Details span={span} trace={data} />}
      </div>
    </section>
  );
}

// visible leaves out what is below spans that are folded.
function visible(spans: Span[], folded: Set<string>): Span[] {
  const list: Span[] = [];
  let below = Infinity;
  for (const s of spans) {
    if (s.depth > below) continue;
    below = folded.has(s.id) ? s.depth : Infinity;
    list.push(s);
  }
  return list;
}

async function exportJSON(id: string) {
  const response = await fetch(`api/traces/${encodeURIComponent(id)}/export`);
  saveText(await response.text(), "application/json", id + ".json");
}

export function Copy({text, label}: {text: string; label: string}) {
  const [done, set] = useState(false);
  return (
    <button type="button" class="quiet copy" title={label} onClick={async () => {
      await navigator.clipboard.writeText(text);
      set(true);
      setTimeout(() => set(false), 1500);
    }}><Icon name={done ? "check" : "copy"} /><span class="sr" role="status">{done ? "Copied" : ""}</span></button>
  );
}

type TimelineProps = {
  trace: Timeline; spans: Span[]; chosen?: string; choose: (id: string) => void; folded: Set<string>; fold: (s: Set<string>) => void;
  critical: boolean; showCritical: (on: boolean) => void;
};

function TimelineView({trace, spans, chosen, choose, folded, fold, critical, showCritical}: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRows(scroller, spans.length, rowHeight);
  const x = scaleLinear([trace.start, Math.max(trace.end, trace.start + 1e-6)], [0, 100]);
  const ticks = scaleLinear([0, (trace.end - trace.start) || 1e-6], [0, 100]).ticks(5);
  const keys = (event: KeyboardEvent) => {
    const at = spans.findIndex((s) => s.id === chosen);
    let to = at;
    const span = spans[at];
    switch (event.key) {
      case "ArrowDown": to = at + 1; break;
      case "ArrowUp": to = at - 1; break;
      case "Home": to = 0; break;
      case "End": to = spans.length - 1; break;
      case "ArrowRight": if (span && folded.has(span.id)) fold(toggled(folded, span.id)); break;
      case "ArrowLeft":
        if (span && !folded.has(span.id) && parentOf(trace, span.id)) fold(toggled(folded, span.id));
        else if (span?.parent) to = spans.findIndex((s) => s.id === span.parent);
        break;
      default: return;
    }
    event.preventDefault();
    if (to !== at && spans[to]) {
      choose(spans[to].id);
      rows.scrollToIndex(to);
    }
  };
  return (
    <div class="timeline">
      <div class="scale">
        <label class="switch"><input type="checkbox" checked={critical} onChange={(e) => showCritical(e.currentTarget.checked)} /> Critical path</label>
        <div class="ticks">{ticks.map((t) => <span key={t} style={{left: `${x(trace.start + t)}%`}}>{duration(t)}</span>)}</div>
      </div>
      <div class="spans" ref={scroller} role="tree" tabindex={0} aria-label="Timeline" aria-activedescendant={chosen && "span-" + chosen} onKeyDown={keys}>
        <div class="inner" style={{height: `${rows.getTotalSize()}px`}}>
          {rows.getVirtualItems().map((item) => {
            const s = spans[item.index];
            const parent = parentOf(trace, s.id);
            return (
              <div key={s.id} id={"span-" + s.id} role="treeitem" aria-level={s.depth + 1} aria-selected={s.id === chosen} aria-expanded={parent ? !folded.has(s.id) : undefined}
                aria-label={`${kindNames[s.kind]} ${s.name} ${duration(s.took)} ${tone(s.outcome)}`}
                class={"span" + (s.id === chosen ? " chosen" : "")} style={{transform: `translateY(${item.start}px)`}} onClick={() => choose(s.id)}>
                <div class="label" style={{"--depth": Math.min(s.depth, 14)}}>
                  <i class={"fold" + (parent ? folded.has(s.id) ? " closed" : " opened" : "")} onClick={(e) => { if (parent) { e.stopPropagation(); fold(toggled(folded, s.id)); } }} />
                  <Icon name={s.kind} /><b>{s.name}</b><small>{what(s)}</small>
                </div>
                <div class="track">
                  <i class={`bar ${s.kind} ${tone(s.outcome)}${s.open ? " open" : ""}`} style={{left: `${x(s.start)}%`, width: `max(2px, ${x(s.start + (s.open ? trace.end - s.start : s.took)) - x(s.start)}%)`}} />
                  {critical && s.critical?.map(([from, to]) => <i key={from} class="critical" style={{left: `${x(from)}%`, width: `max(1px, ${x(to) - x(from)}%)`}} />)}
                  <span class="took" style={{left: `calc(${x(s.start + s.took)}% + 6px)`}}>{s.open ? "in progress" : duration(s.took)}</span>
                </div>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function parentOf(trace: Timeline, id: string): boolean {
  const i = trace.spans.findIndex((s) => s.id === id);
  return trace.spans[i + 1]?.parent === id;
}

function toggled(set: Set<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

// what says in few words what a span is about.
export function what(s: Span): string {
  if (s.sql) return clip(s.sql.sanitized_query.replace(/\s+/g, " ").trim(), 80);
  if (s.kind === "aws") return [s.aws?.operation, s.resource].filter(Boolean).join(" ");
  if (s.http) return [s.http.request.method, path(s.http.request.url), s.http.response.status || ""].join(" ");
  return s.resource ?? "";
}

function Details({span, trace}: {span: Span; trace: Timeline}) {
  const h = span.http, q = span.sql;
  return (
    <aside class="details" aria-label="Span">
      <p class="eyebrow"><Icon name={span.kind} />{kindNames[span.kind]}{span.kind !== "service" && ` of ${span.service}`}</p>
      <h2>{span.name} <Outcome outcome={span.outcome} open={span.open} /></h2>
      <dl class="pairs">
        <Pair name="Duration">{span.open ? "in progress" : duration(span.took)}</Pair>
        <Pair name="Begins after">{duration(span.start - trace.start)}</Pair>
        {span.critical && <Pair name="On the critical path">{duration(span.critical.reduce((sum, [from, to]) => sum + to - from, 0))}</Pair>}
        {span.origin && <Pair name="Runs on">{span.origin}</Pair>}
        {span.user && <Pair name="User">{span.user}</Pair>}
        {span.caused_by && <Pair name="Caused by">exception {span.caused_by}</Pair>}
      </dl>
      {span.exceptions?.map((e, i) => (
        <div class="exception" key={i}>
          <h3>{e.type || "Exception"}</h3>
          <p>{e.message}</p>
          {e.stack && e.stack.length > 0 && <details open={i === 0}><summary>Stack, {e.stack.length} frames</summary>
            <ol class="stack">{e.stack.map((f, j) => <li key={j}><b>{f.label}</b><span>{f.path}:{f.line}</span></li>)}</ol></details>}
        </div>
      ))}
      {q && <>
        <h3>SQL <Copy text={q.sanitized_query} label="Copy the statement" /></h3>
        <pre class="sql"><SQLText text={q.sanitized_query} /></pre>
        <dl class="pairs">
          {q.database_type && <Pair name="Database">{q.database_type} {q.database_version}</Pair>}
          {(q.url || q.connection_string) && <Pair name="Address">{q.url || q.connection_string}</Pair>}
          {q.user && <Pair name="User">{q.user}</Pair>}
          {q.driver_version && <Pair name="Driver">{q.driver_version}</Pair>}
        </dl>
      </>}
      {span.aws && Object.keys(span.aws).length > 0 && <><h3>AWS</h3><Table values={span.aws} /></>}
      {h && <>
        <h3>HTTP</h3>
        <dl class="pairs">
          {(h.request.method || h.request.url) && <Pair name="Request">{h.request.method} {h.request.url}</Pair>}
          {h.response.status > 0 && <Pair name="Status">{h.response.status}</Pair>}
          {h.response.content_length > 0 && <Pair name="Length">{bytes(h.response.content_length)}</Pair>}
          {h.request.client_ip && <Pair name="Client">{h.request.client_ip}</Pair>}
          {h.request.user_agent && <Pair name="User agent">{h.request.user_agent}</Pair>}
        </dl>
      </>}
      {span.annotations && Object.keys(span.annotations).length > 0 && <><h3>Annotations</h3><Table values={span.annotations} link /></>}
      {span.metadata !== undefined && <><h3>Metadata</h3><pre>{JSON.stringify(span.metadata, null, 2)}</pre></>}
      <p class="id"><code>{span.id}</code></p>
    </aside>
  );
}

function Pair({name, children}: {name: string; children: preact.ComponentChildren}) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

function Table({values, link}: {values: Record<string, unknown>; link?: boolean}) {
  const text = (v: unknown) => typeof v === "object" ? JSON.stringify(v) : String(v);
  return (
    <dl class="pairs">
      {Object.entries(values).sort(([a], [b]) => a < b ? -1 : 1).map(([key, value]) => (
        <Pair key={key} name={key}>{link ? <a title="Traces with this annotation" href={"#/traces?" + new URLSearchParams({text: `${key}=${text(value)}`})}>{text(value)}</a> : text(value)}</Pair>
      ))}
    </dl>
  );
}

const words = /\b(SELECT|FROM|WHERE|AND|OR|INSERT|INTO|VALUES|UPDATE|SET|DELETE|JOIN|LEFT|INNER|ON|ORDER|GROUP|BY|LIMIT|OFFSET|RETURNING|AS|IN|ANY|NOT|NULL|IS|CONFLICT|DO|NOTHING|CREATE|TABLE|BEGIN|COMMIT|ROLLBACK|DISTINCT|HAVING|UNION|ALL|CONNECT)\b/gi;

function SQLText({text}: {text: string}) {
  return <>{text.split(words).map((part, i) => i % 2 ? <b key={i}>{part}</b> : part)}</>;
}

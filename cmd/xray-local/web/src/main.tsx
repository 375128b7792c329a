// The page: its head, and the view that the address names.
import {render} from "preact";
import {useEffect, useRef, useState} from "preact/hooks";
import {params, type ServiceMap} from "./api";
import {count, short} from "./format";
import {Icon} from "./icons";
import {useData, useLive, type Live} from "./live";
import {MapView, type Selected} from "./map";
import {Panel} from "./panel";
import {go, href, useRoute} from "./route";
import {StatusDialog} from "./status";
import {TraceView} from "./trace";
import {TracesView} from "./traces";

const windows: [number, string][] = [[0, "All"], [60, "1 min"], [300, "5 min"], [900, "15 min"], [3600, "1 h"]];

function App() {
  const live = useLive();
  const route = useRoute();
  const version = live.status?.version;
  const seconds = Number(route.query.get("seconds")) || 0;
  const map = useData<ServiceMap>("api/map?" + params({seconds}), version).data;
  useShortcuts();
  useEffect(() => { document.title = {map: "Map", traces: "Traces", trace: "Trace"}[route.view] + " · xray-local"; }, [route.view]);

  const selected: Selected = route.view === "map" && route.query.get("to") ? {from: route.query.get("from") ?? "", to: route.query.get("to")!} : undefined;
  const select = (s: Selected) => go("map", {seconds, from: s?.from, to: s?.to}, !!selected === !!s);
  const setSeconds = (n: string) => {
    const all: Record<string, string> = {};
    for (const [key, value] of route.query) all[key] = value;
    go(route.view, {...all, since: "", seconds: n === "0" ? "" : n}, true);
  };
  return <>
    <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.querySelector<HTMLElement>("main")?.focus(); }}>Skip to the content</a>
    <header class="top">
      <a class="brand" href="#/map"><img src="icon.svg" alt="" width="26" height="26" /><span>xray<b>local</b></span></a>
      <nav aria-label="Views">
        <a href={href("map", {seconds})} aria-current={route.view === "map" ? "page" : undefined}>Map</a>
        <a href={href("traces", {seconds})} aria-current={route.view !== "map" ? "page" : undefined}>Traces {live.status && <small>{short(live.status.store.traces)}</small>}</a>
      </nav>
      {route.view !== "trace" && <label class="window"><span class="sr">Time</span>
        <select value={String(seconds)} onChange={(e) => setSeconds(e.currentTarget.value)}>{windows.map(([n, name]) => <option key={n} value={n}>{n ? "Last " + name : "All in memory"}</option>)}</select>
      </label>}
      <Pulse live={live} />
      <Theme />
    </header>
    {live.status?.problem && <p class="notice bad wide">{live.status.problem}</p>}
    <main tabindex={-1} class={"view-" + route.view + (selected ? " with-panel" : "")}>
      {route.view === "map" && (map
        ? map.nodes.length ? <><MapView map={map} selected={selected} onSelect={select} />{selected && <Panel map={map} selected={selected} seconds={seconds} version={version} onSelect={select} />}</> : <Welcome live={live} />
        : null)}
      {route.view === "traces" && <TracesView route={route} version={version} seconds={seconds} map={map} />}
      {route.view === "trace" && <TraceView id={route.id} version={version} />}
    </main>
  </>;
}

// Pulse shows that the page is live, and opens what is known of the collector.
function Pulse({live}: {live: Live}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const c = live.status?.collect;
  const refused = Object.values(c?.refused ?? {}).reduce((a, b) => a + b, 0) + (c?.overrun ?? 0);
  return <>
    <button type="button" class={"pulse " + (live.connected ? "on" : "off")} title="The collector" onClick={() => dialog.current?.showModal()}>
      <i /><em>{live.connected ? "Live" : "Not connected"}</em>{live.status && <span>{count(live.status.store.documents)} segments</span>}{refused > 0 && <b class="fault">{count(refused)} refused</b>}
    </button>
    <StatusDialog dialog={dialog} status={live.status} />
  </>;
}

function Welcome({live}: {live: Live}) {
  if (live.status?.demo) return (
    <section class="welcome">
      <h1>Five services are being instrumented and built</h1>
      <p>The first time this takes a few minutes; the terminal tells how far it is. Their map is drawn here as soon as the first order is on its way.</p>
    </section>
  );
  return (
    <section class="welcome">
      <h1>Waiting for the first segment</h1>
      <p>Programs with the X-Ray SDK send their segments to <code>{live.status?.daemon ?? "127.0.0.1:2000"}</code>{live.status?.daemon === "127.0.0.1:2000" ? ", without any setting" : ""}. Start one, send it a request, and its map is drawn here.</p>
      <pre>{`xray-instrument ./...\n${live.status?.daemon && live.status.daemon !== "127.0.0.1:2000" ? `AWS_XRAY_DAEMON_ADDRESS=${live.status.daemon} ` : ""}go run .`}</pre>
    </section>
  );
}

// Theme follows the system, or is light or dark.
function Theme() {
  const [theme, set] = useState(() => localStorage.getItem("theme") ?? "auto");
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("theme", theme);
  }, [theme]);
  const next = {auto: "light", light: "dark", dark: "auto"}[theme] ?? "auto";
  return <button type="button" class="quiet theme" title={`Colors: ${theme}; change to ${next}`} onClick={() => set(next)}><Icon name={{auto: "auto", light: "sun", dark: "moon"}[theme] ?? "auto"} /></button>;
}

// useShortcuts: m for the map, t for the traces, / for the search.
function useShortcuts() {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target as Element).closest("input, select, textarea, dialog")) return;
      if (event.key === "m") go("map");
      else if (event.key === "t") go("traces");
      else if (event.key === "/") {
        event.preventDefault();
        if (!location.hash.startsWith("#/traces")) go("traces");
        setTimeout(() => document.querySelector<HTMLInputElement>("input[type=search]")?.focus(), 50);
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}

render(<App />, document.getElementById("app")!);

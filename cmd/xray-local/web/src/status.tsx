// What is known of the collector: what has come, what was refused and why, what made room.
import type {RefObject} from "preact";
import type {Status} from "./api";
import {bytes, count} from "./format";
import {Icon} from "./icons";

export function StatusDialog({dialog, status}: {dialog: RefObject<HTMLDialogElement | null>; status?: Status}) {
  return (
    <dialog ref={dialog} aria-label="The collector" onClick={(e) => e.target === dialog.current && dialog.current?.close()}>
      <header><h2>Collector</h2><form method="dialog"><button class="quiet" title="Close"><Icon name="close" /></button></form></header>
      {status && <Body status={status} />}
    </dialog>
  );
}

function Body({status: s}: {status: Status}) {
  const used = Math.min(1, s.store.bytes / (s.store.limit / 2));
  const refused = Object.entries(s.collect.refused).sort(([a], [b]) => a < b ? -1 : 1);
  const cells: [string, string][] = [
    ["Datagrams", count(s.collect.datagrams)], ["Segments", count(s.store.documents)], ["Merged", count(s.store.merged)], ["Traces in memory", count(s.store.traces)],
    ["Evicted", count(s.store.evicted)], ["Cut", count(s.store.cut)], ["Overrun", count(s.collect.overrun)],
    ...(s.forward ? [["Forwarded", count(s.collect.forwarded)], ["Not forwarded", count(s.collect.unforwarded)]] as [string, string][] : []),
  ];
  return <>
    <dl class="cells">{cells.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    <h3>Memory <small>{bytes(s.store.bytes)} of documents, limit {bytes(s.store.limit)} in all</small></h3>
    <progress value={used} max="1" aria-label="Memory" />
    <dl class="pairs">
      <div><dt>Listens on</dt><dd>{s.daemon}, UDP and TCP</dd></div>
      {s.forward && <div><dt>Forwards to</dt><dd>{s.forward}</dd></div>}
      <div><dt>Traces are kept</dt><dd>{s.file ? `in ${s.file}` : "in memory only"}</dd></div>
      <div><dt>Literals of SQL</dt><dd>{s.masked ? "masked" : "shown as they were sent (-mask-sql)"}</dd></div>
    </dl>
    {refused.length > 0 && <>
      <h3>Refused datagrams</h3>
      <dl class="pairs">{refused.map(([reason, n]) => <div key={reason}><dt>{reason}</dt><dd>{count(n)}</dd></div>)}</dl>
      <ol class="refused">{[...s.collect.samples].reverse().map((r, i) => <li key={i}><span>{new Date(r.at).toLocaleTimeString()} · {r.reason} · {count(r.size)} bytes</span><code>{r.start}</code></li>)}</ol>
    </>}
    <p class="actions"><button type="button" onClick={() => confirm("Forget all traces?") && void fetch("api/clear", {method: "POST"})}>Forget all traces</button></p>
  </>;
}

// What is known of a node or an edge: figures, the distribution of its durations, its last
// minutes. The bars of the distribution open the traces behind them.
import {scaleLinear} from "d3-scale";
import {area, curveMonotoneX, line} from "d3-shape";
import {useEffect, useRef} from "preact/hooks";
import type {Bar, Edge, Latency, Node, ServiceMap, Stats, Time} from "./api";
import {params} from "./api";
import {clock, count, duration, share} from "./format";
import {Icon, kindNames} from "./icons";
import {useData} from "./live";
import {Ring, type Selected} from "./map";
import {href} from "./route";

type Props = {map: ServiceMap; selected: NonNullable<Selected>; seconds: number; version?: number; onSelect: (s: Selected) => void};

export function Panel({map, selected, seconds, version, onSelect}: Props) {
  const {data} = useData<Latency>("api/latency?" + params({...selected, seconds}), version);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [selected.from, selected.to]);
  const node = map.nodes.find((n) => n.key === selected.to);
  const caller = map.nodes.find((n) => n.key === selected.from);
  const of: Node | Edge | undefined = selected.from ? map.edges.find((e) => e.from === selected.from && e.to === selected.to) : node;
  if (!node || !of) return null;
  const callers = map.edges.filter((e) => e.to === node.key), called = map.edges.filter((e) => e.from === node.key);
  const name = (key: string) => map.nodes.find((n) => n.key === key)?.name ?? key;
  return (
    <aside class="panel" aria-label="Details" onKeyDown={(e) => e.key === "Escape" && onSelect(undefined)}>
      <header>
        <svg class="badge" viewBox="-26 -26 52 52" aria-hidden><Ring stats={of} radius={20} /></svg>
        <div>
          <p class="eyebrow"><Icon name={node.kind} />{selected.from ? "Calls" : kindNames[node.kind]}{!selected.from && node.detail ? " · " + node.detail : ""}</p>
          <h2 ref={title} tabindex={-1}>{selected.from ? `${caller?.name ?? selected.from} → ${node.name}` : node.name}</h2>
        </div>
        <button type="button" class="quiet" title="Close" onClick={() => onSelect(undefined)}><Icon name="close" /></button>
      </header>
      {of.slower && <p class="notice slow"><b>Slower than before.</b> The median was {duration(of.slower.before)}; in the last half minute it is {duration(of.slower.now)}.</p>}
      {of.failing && <p class="notice bad"><b>Failing more than before.</b> {share(of.failing.before, 1)} were faults; in the last half minute {share(of.failing.now, 1)} are.</p>}
      {"slow" in of && of.slow && <p class="notice hot"><b>The bottleneck.</b> {share(of.busy, 1)} of all the time that requests took was spent here.</p>}
      {node.kind !== "client" && <>
        <Figures of={of} />
        <h3 id="distribution">Duration <small>of {count(data?.stats.requests ?? 0)} calls</small></h3>
        {data && <Bars bars={data.bars} selected={selected} seconds={seconds} newest={map.newest} />}
        <h3>Last minutes <small>median and 95 %</small></h3>
        {data && <Series times={data.times} />}
        <a class="button" href={href("traces", {from: selected.from, to: selected.to, seconds})}>Show its traces</a>
      </>}
      {!selected.from && <>
        <Neighbours title="Called by" edges={callers} other={(e) => e.from} name={name} onSelect={onSelect} />
        <Neighbours title="Calls" edges={called} other={(e) => e.to} name={name} onSelect={onSelect} />
      </>}
    </aside>
  );
}

function Figures({of}: {of: Stats}) {
  const cells: [string, string, string][] = [
    ["Requests", count(of.requests), ""], ["Faults", share(of.faults, of.requests), of.faults ? "fault" : ""],
    ["Errors", share(of.errors, of.requests), of.errors ? "error" : ""], ["Throttled", share(of.throttles, of.requests), of.throttles ? "throttle" : ""],
    ["p50", duration(of.p50), ""], ["p95", duration(of.p95), ""], ["p99", duration(of.p99), ""], ["Mean", duration(of.mean), ""],
  ];
  return <dl class="cells">{cells.map(([name, value, kind]) => <div key={name}><dt>{name}</dt><dd class={kind}>{value}</dd></div>)}</dl>;
}

const w = 340, h = 132, foot = 18;

function Bars({bars, selected, seconds, newest}: {bars: Bar[]; selected: NonNullable<Selected>; seconds: number; newest: number}) {
  if (!bars.length) return <p class="none">No calls.</p>;
  const x = scaleLinear([0, bars.length], [0, w]);
  const y = scaleLinear([0, Math.max(...bars.map((b) => b.count))], [0, h - foot - 6]);
  const each = Math.max(1, Math.ceil(bars.length / 5));
  const query = (b: Bar) => ({...selected, toMin: b.from, toMax: b.to, since: seconds ? newest - seconds : 0});
  return (
    <svg class="chart bars" viewBox={`0 0 ${w} ${h}`} role="group" aria-labelledby="distribution">
      {bars.map((b, i) => {
        const tall = b.count ? Math.max(2, y(b.count)) : 0, fault = tall * b.faults / (b.count || 1), error = tall * b.errors / (b.count || 1);
        const label = `${duration(b.from)} to ${duration(b.to)}: ${b.count} calls${b.faults ? `, ${b.faults} faults` : ""}`;
        const wide = Math.max(1, x(1) - 2), left = x(i) + 1, base = h - foot;
        return b.count > 0 && (
          <a key={b.from} class="bar" href={href("traces", query(b))} aria-label={label}>
            <title>{label}</title>
            <rect class="touch" x={x(i)} y={0} width={x(1)} height={base} />
            <rect class="ok" x={left} y={base - tall} width={wide} height={tall} rx="2" />
            {error > 0 && <rect class="error" x={left} y={base - fault - error} width={wide} height={error} />}
            {fault > 0 && <rect class="fault" x={left} y={base - fault} width={wide} height={fault} />}
          </a>
        );
      })}
      <line class="axis" x1="0" x2={w} y1={h - foot + 0.5} y2={h - foot + 0.5} />
      {bars.map((b, i) => i % each === 0 && <text key={i} class="tick" x={x(i)} y={h - 4}>{duration(b.from)}</text>)}
    </svg>
  );
}

function Series({times}: {times: Time[]}) {
  const tall = 96;
  const x = scaleLinear([0, times.length - 1], [0, w]);
  const y = scaleLinear([0, Math.max(1e-6, ...times.map((t) => t.p95)) * 1.1], [tall - foot, 4]);
  const there = (t: Time) => t.requests > 0;
  const p95 = area<Time>().defined(there).x((_, i) => x(i)).y0(tall - foot).y1((t) => y(t.p95)).curve(curveMonotoneX);
  const p50 = line<Time>().defined(there).x((_, i) => x(i)).y((t) => y(t.p50)).curve(curveMonotoneX);
  return (
    <svg class="chart" viewBox={`0 0 ${w} ${tall}`} role="img" aria-label={`Median and 95 % from ${clock(times[0].at)} to ${clock(times[times.length - 1].at)}`}>
      <path class="area" d={p95(times) ?? ""} />
      <path class="median" d={p50(times) ?? ""} />
      {times.map((t, i) => t.faults > 0 && <circle key={i} class="fault" cx={x(i)} cy={tall - foot} r="3"><title>{`${t.faults} faults`}</title></circle>)}
      <line class="axis" x1="0" x2={w} y1={tall - foot + 0.5} y2={tall - foot + 0.5} />
      <text class="tick" x="0" y="11">{duration(y.domain()[1])}</text>
      <text class="tick" x="0" y={tall - 4}>{clock(times[0].at).slice(0, 8)}</text>
      <text class="tick" x={w} y={tall - 4} text-anchor="end">{clock(times[times.length - 1].at).slice(0, 8)}</text>
    </svg>
  );
}

function Neighbours({title, edges, other, name, onSelect}: {title: string; edges: Edge[]; other: (e: Edge) => string; name: (key: string) => string; onSelect: (s: Selected) => void}) {
  if (!edges.length) return null;
  return <>
    <h3>{title}</h3>
    <ul class="neighbours">
      {edges.map((e) => (
        <li key={other(e)}>
          <button type="button" onClick={() => onSelect({from: e.from, to: e.to})}>
            <Icon name={other(e).split(":")[0]} /><span>{name(other(e))}</span>
            <em>{count(e.requests)} · {duration(e.p50)}{e.faults > 0 && <b class="fault"> {share(e.faults, e.requests)}</b>}</em>
          </button>
        </li>
      ))}
    </ul>
  </>;
}

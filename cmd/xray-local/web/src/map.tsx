// The map of the services. It is drawn as SVG, moved and zoomed by d3-zoom, and can be walked
// over with the arrow keys: to the nearest node or edge in that direction.
import {select} from "d3-selection";
import {curveBasis, line} from "d3-shape";
import {zoom, zoomIdentity, type ZoomBehavior} from "d3-zoom";
import {useEffect, useMemo, useRef, useState} from "preact/hooks";
import type {Edge, Node, ServiceMap, Stats} from "./api";
import {clip, duration, share, short} from "./format";
import {Icon, kindNames, path as iconPath} from "./icons";
import {edgeKey, height, layout, shape, width, type Layout, type Place} from "./layout";
import {savePNG, saveSVG} from "./save";

const legible = 0.55; // of its size

const curve = line<Place>((p) => p.x, (p) => p.y).curve(curveBasis);

export type Selected = {from: string; to: string} | undefined; // from is empty for a node

type Props = {map: ServiceMap; selected: Selected; onSelect: (s: Selected) => void};

export function MapView({map, selected, onSelect}: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const drawing = useRef<SVGGElement>(null);
  const behavior = useRef<ZoomBehavior<SVGSVGElement, unknown> | null>(null);
  const moved = useRef(false); // by hand: then it is left where it is
  const [wide, high] = useArea();
  const form = shape(map);
  const placed = useMemo(() => layout(map, wide, high), [form, wide, high]);
  const down = placed.down;

  const fit = (animate: boolean) => {
    const el = svg.current, z = behavior.current;
    if (!el || !z) return;
    const box = el.getBoundingClientRect();
    const high = box.height - 44; // the legend is below
    const all = Math.min(1.15, box.width / placed.width, high / placed.height) || 1;
    let to = zoomIdentity.translate((box.width - all * placed.width) / 2, Math.max(0, (high - all * placed.height) / 2)).scale(all);
    const first = placed.nodes.get("client:");
    if (all < legible && box.width < 720 && first) { // nobody could read all of it: begin where requests do
      to = zoomIdentity.translate(box.width / 2, 100).scale(legible).translate(-first.x, -first.y);
    }
    el.classList.toggle("animate", animate);
    select(el).call(z.transform, to);
  };
  useEffect(() => {
    const z = zoom<SVGSVGElement, unknown>().scaleExtent([0.1, 3]).on("zoom", (event) => {
      drawing.current?.setAttribute("transform", event.transform.toString());
      if (event.sourceEvent) {
        moved.current = true;
        svg.current?.classList.remove("animate");
      }
    });
    behavior.current = z;
    select(svg.current!).call(z).on("dblclick.zoom", null);
    const observer = new ResizeObserver(() => moved.current || fit(false));
    observer.observe(svg.current!);
    return () => observer.disconnect();
  }, [placed]);
  useEffect(() => {
    moved.current = false;
    fit(true);
  }, [placed]);
  const scale = (by: number) => {
    moved.current = true;
    select(svg.current!).call(behavior.current!.scaleBy, by);
  };

  const most = Math.max(1, ...map.edges.map((e) => e.requests));
  const near = (key: string) => !selected || selected.to === key || selected.from === key ||
    (!selected.from && map.edges.some((e) => (e.from === selected.to && e.to === key) || (e.to === selected.to && e.from === key)));
  return (
    <div class="map">
      <svg ref={svg} class="canvas" role="group" aria-label="Service map" onKeyDown={walk} onClick={() => onSelect(undefined)}>
        <defs>
          {["plain", "bad", "slow", "chosen"].map((name) => (
            <marker id={"arrow-" + name} key={name} class={"arrow " + name} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">
              <path d="M0 .6 7.500 4 0 7.400Z" />
            </marker>
          ))}
        </defs>
        <g ref={drawing} class="drawing">
          {map.edges.map((e) => (
            <EdgeView key={edgeKey(e.from, e.to)} edge={e} placed={placed} most={most} down={down}
              chosen={selected?.from === e.from && selected.to === e.to}
              dim={!!selected && !(selected.from ? selected.from === e.from && selected.to === e.to : selected.to === e.from || selected.to === e.to)}
              onSelect={onSelect} names={map.nodes} />
          ))}
          {map.nodes.map((n) => (
            <NodeView key={n.key} node={n} at={placed.nodes.get(n.key)} chosen={!!selected && !selected.from && selected.to === n.key} dim={!near(n.key)} onSelect={onSelect} />
          ))}
        </g>
      </svg>
      <Legend />
      <div class="tools" role="toolbar" aria-label="Map">
        <button type="button" title="Zoom in" onClick={() => scale(1.3)}><Icon name="plus" /></button>
        <button type="button" title="Zoom out" onClick={() => scale(1 / 1.3)}><Icon name="minus" /></button>
        <button type="button" title="Show everything" onClick={() => { moved.current = false; fit(true); }}><Icon name="fit" /></button>
        <button type="button" class="text" title="Save the map as SVG" onClick={() => saveSVG(mapSVG(svg.current!, placed), "service-map.svg")}>SVG</button>
        <button type="button" class="text" title="Save the map as PNG" onClick={() => void savePNG(mapSVG(svg.current!, placed), "service-map.png")}>PNG</button>
      </div>
      {map.hidden > 0 && <p class="hidden-nodes">{map.hidden} nodes with few calls are not shown</p>}
    </div>
  );
}

function Legend() {
  return (
    <div class="legend" aria-label="Legend">
      <span><i class="dot ok" />ok</span><span><i class="dot error" />error 4xx</span><span><i class="dot throttle" />throttled</span><span><i class="dot fault" />fault 5xx</span>
    </div>
  );
}

// mapSVG returns the whole map as a drawing of its own, at its own size.
function mapSVG(svg: SVGSVGElement, placed: Layout): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  copy.querySelector(".drawing")?.removeAttribute("transform");
  copy.setAttribute("viewBox", `0 0 ${placed.width} ${placed.height}`);
  copy.setAttribute("width", String(Math.ceil(placed.width)));
  copy.setAttribute("height", String(Math.ceil(placed.height)));
  return copy;
}

function EdgeView({edge, placed, most, chosen, dim, onSelect, names, down}: {
  edge: Edge; placed: Layout; most: number; chosen: boolean; dim: boolean; onSelect: (s: Selected) => void; names: Node[]; down: boolean;
}) {
  const points = placed.edges.get(edgeKey(edge.from, edge.to));
  if (!points) return null;
  const d = curve(points) ?? "";
  const middle = points[Math.floor(points.length / 2)];
  const weight = 1.3 + 2.6 * Math.log1p(edge.requests) / Math.log1p(most);
  const state = chosen ? "chosen" : edge.slower ? "slow" : edge.failing || edge.faults > edge.requests * 0.02 ? "bad" : "plain";
  const name = (key: string) => names.find((n) => n.key === key)?.name ?? key;
  const label = `Calls of ${name(edge.to)} by ${name(edge.from)}: ${edge.requests} requests, ${share(edge.faults, edge.requests)} faults, median ${duration(edge.p50)}${marks(edge)}`;
  const choose = (event: Event) => {
    event.stopPropagation();
    onSelect({from: edge.from, to: edge.to});
  };
  const offset = down ? 0 : -9;
  return (
    <g class={`edge ${state}${dim ? " dim" : ""}`} role="button" tabindex={0} aria-label={label} data-edge={`${edge.from} > ${edge.to}`} data-x={middle.x} data-y={middle.y}
      onClick={choose} onKeyDown={(e) => e.key === "Enter" && choose(e)}>
      <title>{label}</title>
      <path class="touch" d={d} />
      <path class="stroke" d={d} stroke-width={weight} marker-end={`url(#arrow-${state})`} />
      <g transform={`translate(${middle.x} ${middle.y + offset})`}>
        <text class="edge-label" text-anchor="middle">{short(edge.requests)} · {duration(edge.p50)}</text>
        {(edge.slower || edge.failing) && (
          <Flag kind={edge.slower ? "slow" : "bad"} y={17} text={edge.slower ? `slower ${duration(edge.slower.before)} → ${duration(edge.slower.now)}` : `faults ${share(edge.failing!.before, 1)} → ${share(edge.failing!.now, 1)}`} />
        )}
      </g>
    </g>
  );
}

// Flag is a short text that stands out.
function Flag({kind, text, x = 0, y}: {kind: string; text: string; x?: number; y: number}) {
  const wide = 6.6 * text.length + 20;
  return <g class={"flag " + kind} transform={`translate(${x} ${y})`}><rect x={-wide / 2} y="-10" width={wide} height="20" rx="10" /><text text-anchor="middle" y="4">{text}</text></g>;
}

// marks says in words what stands out.
export function marks(of: Edge | Node): string {
  return (of.slower ? `, slower than before: ${duration(of.slower.before)} has become ${duration(of.slower.now)}` : "") +
    (of.failing ? `, failing more than before: ${share(of.failing.before, 1)} has become ${share(of.failing.now, 1)}` : "");
}

function NodeView({node, at, chosen, dim, onSelect}: {node: Node; at?: Place; chosen: boolean; dim: boolean; onSelect: (s: Selected) => void}) {
  if (!at) return null;
  const choose = (event: Event) => {
    event.stopPropagation();
    onSelect({from: "", to: node.key});
  };
  const label = `${kindNames[node.kind]} ${node.name}${node.detail ? " " + node.detail : ""}: ${node.requests} requests, ${share(node.faults, node.requests)} faults, ` +
    `${share(node.errors, node.requests)} errors, ${share(node.throttles, node.requests)} throttled, median ${duration(node.p50)}, 99 % below ${duration(node.p99)}${node.slow ? ", the bottleneck" : ""}${marks(node)}`;
  const bad = node.failing || node.faults > node.requests * 0.02;
  return (
    <g class={`node ${node.kind}${chosen ? " chosen" : ""}${dim ? " dim" : ""}${node.slower ? " slow" : ""}${bad ? " bad" : ""}`} role="button" tabindex={0} aria-label={label}
      data-node={node.key} data-x={at.x} data-y={at.y} style={{transform: `translate(${at.x}px, ${at.y}px)`}}
      onClick={choose} onKeyDown={(e) => e.key === "Enter" && choose(e)}>
      <title>{label}</title>
      <rect class="card" x={-width / 2} y={-height / 2} width={width} height={height} rx="12" />
      <g transform={`translate(${-width / 2 + 35} 0)`}>
        <Ring stats={node} radius={22} />
        <svg class="glyph" x="-9" y="-9" width="18" height="18" viewBox="0 0 16 16"><path d={iconPath(node.kind)} /></svg>
      </g>
      <text class="name" x={-width / 2 + 68} y={node.kind === "client" ? 4 : -13}>{clip(node.name, 19)}</text>
      {node.kind !== "client" && <text class="detail" x={-width / 2 + 68} y={4}>{clip(node.detail || kindNames[node.kind], 25)}</text>}
      {node.kind !== "client" && <text class="figures" x={-width / 2 + 68} y={23}>{short(node.requests)} req · {duration(node.p50)}{node.faults > 0 && <tspan class="fault"> · {share(node.faults, node.requests)}</tspan>}</text>}
      {node.slow && <Flag kind="hot" x={width / 2 - 52} y={-height / 2} text="bottleneck" />}
    </g>
  );
}

// Ring shows the shares of faults, throttled calls and errors as parts of a circle.
export function Ring({stats, radius}: {stats: Stats; radius: number}) {
  const around = 2 * Math.PI * radius;
  let from = 0;
  const parts = ([["fault", stats.faults], ["throttle", stats.throttles], ["error", stats.errors]] as const).map(([name, n]) => {
    const length = stats.requests ? (n / stats.requests) * around : 0;
    const part = <circle key={name} class={"ring " + name} r={radius} stroke-dasharray={`${length && Math.max(length, 2)} ${around}`} stroke-dashoffset={-from} transform="rotate(-90)" />;
    from += length;
    return part;
  });
  return <g><circle class={"ring " + (stats.requests ? "ok" : "none")} r={radius} />{parts}</g>;
}

// useArea returns how much room there is for the map beside its panel, in steps: a layout that
// changed with every point of a window's size would not let anyone find anything again.
function useArea(): [number, number] {
  const area = (): [number, number] => {
    const narrow = innerWidth <= 720;
    return [200 * Math.ceil((narrow ? innerWidth : innerWidth - 392) / 200), 200 * Math.ceil((narrow ? 0.8 * innerHeight : innerHeight - 60) / 200)];
  };
  const [value, set] = useState(area);
  useEffect(() => {
    const changed = () => set((old) => area().every((n, i) => n === old[i]) ? old : area());
    window.addEventListener("resize", changed);
    return () => window.removeEventListener("resize", changed);
  }, []);
  return value;
}

// walk moves the focus to what is nearest in the direction of an arrow key.
function walk(event: KeyboardEvent) {
  const direction = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  const from = (event.target as Element).closest<SVGGElement>("[data-x]");
  if (!direction || !from) return;
  event.preventDefault();
  const at = (el: SVGGElement) => [Number(el.dataset.x), Number(el.dataset.y)];
  const [x, y] = at(from);
  let best: SVGGElement | undefined, least = Infinity;
  for (const el of (event.currentTarget as Element).querySelectorAll<SVGGElement>("[data-x]")) {
    const [ex, ey] = at(el);
    const along = (ex - x) * direction[0] + (ey - y) * direction[1];
    const beside = Math.abs((ex - x) * direction[1]) + Math.abs((ey - y) * direction[0]);
    if (el === from || along <= 1) continue;
    const distance = along + 2 * beside;
    if (distance < least) [best, least] = [el, distance];
  }
  best?.focus();
}

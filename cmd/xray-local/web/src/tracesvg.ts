// A timeline as a drawing of its own, for files. On the page it is made of HTML, which
// screens and keyboards know better what to do with.
import type {Span, Timeline} from "./api";
import {clip, duration} from "./format";
import {tone} from "./traces";
import {what} from "./trace";

const rowHeight = 26, labels = 420, bars = 720, head = 60, most = 1000;

export function timelineSVG(trace: Timeline, spans: Span[]): SVGSVGElement {
  const shown = spans.slice(0, most);
  const svg = el("svg", {width: labels + bars + 120, height: head + shown.length * rowHeight + 20, class: "timeline-svg"}) as SVGSVGElement;
  svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
  const span = Math.max(1e-6, trace.end - trace.start);
  const x = (t: number) => labels + ((t - trace.start) / span) * bars;
  svg.append(text(20, 28, `${trace.method ?? ""} ${trace.url ?? trace.service} · ${duration(trace.took)}`, "title"), text(20, 46, trace.id, "quiet"));
  shown.forEach((s, i) => {
    const y = head + i * rowHeight;
    if (i % 2) svg.append(el("rect", {x: 0, y, width: labels + bars + 120, height: rowHeight, class: "stripe"}));
    const left = 20 + Math.min(s.depth, 12) * 12;
    svg.append(text(left, y + 17, clip(s.name + "  " + what(s), Math.floor((labels - left) / 7)), "label"));
    svg.append(el("rect", {x: x(s.start), y: y + 6, width: Math.max(2, x(s.start + s.took) - x(s.start)), height: 12, rx: 3, class: `bar ${s.kind} ${tone(s.outcome)}`}));
    for (const [from, to] of s.critical ?? []) svg.append(el("rect", {x: x(from), y: y + 19, width: Math.max(1, x(to) - x(from)), height: 3, class: "critical"}));
    svg.append(text(x(s.start + s.took) + 6, y + 17, s.open ? "in progress" : duration(s.took), "quiet"));
  });
  return svg;
}

function el(name: string, attributes: Record<string, string | number>): SVGElement {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, String(value));
  return e;
}

function text(x: number, y: number, content: string, kind: string): SVGElement {
  const e = el("text", {x, y, class: kind});
  e.textContent = content;
  return e;
}

// Where the nodes and edges of a map are drawn: dagre's layers, from left to right or from top to
// bottom, whichever lets the drawing be larger.
import dagre from "@dagrejs/dagre";
import type {ServiceMap} from "./api";

export const width = 236, height = 78;

export type Place = {x: number; y: number};
export type Layout = {nodes: Map<string, Place>; edges: Map<string, Place[]>; width: number; height: number; down: boolean};

export function edgeKey(from: string, to: string): string {
  return from + "\n" + to;
}

// shape changes only when nodes or edges come or go: then there is something to lay out.
export function shape(map: ServiceMap): string {
  return JSON.stringify([map.nodes.map((n) => n.key), map.edges.map((e) => [e.from, e.to])]);
}

// layout finds places for everything in an area of so many points.
export function layout(map: ServiceMap, wide: number, high: number): Layout {
  const scale = (l: Layout) => Math.min(1, wide / l.width, high / l.height);
  const across = arrange(map, false), down = arrange(map, true);
  return scale(down) > scale(across) ? down : across;
}

function arrange(map: ServiceMap, down: boolean): Layout {
  const g = new dagre.graphlib.Graph();
  g.setGraph({rankdir: down ? "TB" : "LR", nodesep: down ? 30 : 28, ranksep: down ? 76 : 116, marginx: 24, marginy: 24, ranker: "network-simplex"});
  g.setDefaultEdgeLabel(() => ({}));
  for (const n of map.nodes) g.setNode(n.key, {width, height});
  for (const e of map.edges) if (e.from !== e.to) g.setEdge(e.from, e.to, {});
  dagre.layout(g);
  const result: Layout = {nodes: new Map(), edges: new Map(), width: g.graph().width ?? 0, height: g.graph().height ?? 0, down};
  for (const n of map.nodes) {
    const {x, y} = g.node(n.key) as Place;
    result.nodes.set(n.key, {x, y});
  }
  for (const e of map.edges) {
    if (e.from === e.to) {
      const {x, y} = result.nodes.get(e.from)!;
      result.edges.set(edgeKey(e.from, e.to), [
        {x: x - 30, y: y - height / 2}, {x: x - 34, y: y - height / 2 - 26}, {x: x + 34, y: y - height / 2 - 26}, {x: x + 30, y: y - height / 2},
      ]);
    } else result.edges.set(edgeKey(e.from, e.to), (g.edge(e.from, e.to) as {points: Place[]}).points);
  }
  return result;
}

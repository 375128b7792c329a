// What the collector answers. The types are those of the Go packages traces, collect and page.

export type Stats = {requests: number; faults: number; errors: number; throttles: number; p50: number; p95: number; p99: number; mean: number};
export type Change = {before: number; now: number};
export type Mark = {slower?: Change; failing?: Change};
export type Kind = "client" | "service" | "database" | "aws" | "remote" | "local";
export type Node = Stats & Mark & {key: string; kind: Kind; name: string; detail?: string; busy: number; slow?: boolean};
export type Edge = Stats & Mark & {from: string; to: string};
export type ServiceMap = {nodes: Node[]; edges: Edge[]; traces: number; hidden: number; newest: number; seconds: number};

export type Summary = {
  seq: number; id: string; service: string; method?: string; url?: string; status?: number;
  start: number; took: number; outcome: number; documents: number; open?: boolean; partial?: boolean;
};
export type Page = {total: number; matched: number; newest: number; rows: Summary[]};

export type Frame = {path: string; line: number; label: string};
export type Exception = {id: string; type: string; message: string; remote?: boolean; cause?: string; stack?: Frame[]};
export type HTTP = {request: {method: string; url: string; user_agent: string; client_ip: string}; response: {status: number; content_length: number}};
export type SQL = {url: string; connection_string: string; database_type: string; database_version: string; driver_version: string; user: string; preparation: string; sanitized_query: string};
export type Span = {
  id: string; parent?: string; depth: number; name: string; kind: Kind; node?: string; service: string;
  start: number; took: number; outcome: number; open?: boolean; orphan?: boolean;
  http?: HTTP; sql?: SQL; aws?: Record<string, unknown>; resource?: string; user?: string; origin?: string;
  annotations?: Record<string, unknown>; metadata?: unknown; exceptions?: Exception[]; caused_by?: string; critical?: [number, number][];
};
export type Timeline = Summary & {end: number; spans: Span[]; services: number; orphans: number; critical: number};

export type Bar = {from: number; to: number; count: number; faults: number; errors: number};
export type Time = {at: number; requests: number; faults: number; p50: number; p95: number};
export type Latency = {node: Node; bars: Bar[]; times: Time[]; stats: Stats};

export type Refused = {at: string; reason: string; size: number; start: string};
export type Status = {
  daemon: string; forward?: string; file?: string; masked: boolean; demo: boolean; version: number; problem?: string;
  store: {documents: number; merged: number; evicted: number; cut: number; traces: number; bytes: number; limit: number};
  collect: {datagrams: number; overrun: number; forwarded: number; unforwarded: number; refused: Record<string, number>; samples: Refused[]};
};

// The bits of an outcome.
export const FAULT = 1, ERROR = 2, THROTTLE = 4;

// params leaves out what is empty.
export function params(values: Record<string, string | number | undefined>): string {
  const p = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== "" && value !== 0) p.set(key, String(value));
  return p.toString();
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetch(path, {signal});
  if (!response.ok) throw new Error((await response.text()).trim() || response.statusText);
  return response.json();
}

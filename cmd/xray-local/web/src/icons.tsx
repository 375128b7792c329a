// Drawings of the kinds of nodes, in a square of 16, and those of buttons.
import type {Kind} from "./api";

const paths: Record<string, string> = {
  client: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 6c0-3 2.700-4.500 6-4.500s6 1.500 6 4.500",
  service: "M8 1.500 13.800 4.800v6.400L8 14.500l-5.800-3.300V4.800ZM2.200 4.800 8 8m0 0 5.800-3.200M8 8v6.500",
  database: "M2.500 3.800C2.500 2.500 5 1.500 8 1.500s5.500 1 5.500 2.300S11 6.100 8 6.100 2.500 5.100 2.500 3.800Zm0 0v8.400c0 1.300 2.500 2.300 5.500 2.300s5.500-1 5.500-2.300V3.800M2.500 8c0 1.300 2.500 2.300 5.500 2.300s5.500-1 5.500-2.300",
  aws: "M4.500 12.500a3 3 0 0 1-.4-6A4 4 0 0 1 12 6.600a3 3 0 0 1-.5 5.900Z",
  remote: "M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM1.500 8h13M8 1.500c2 2 2.600 4 2.600 6.500S10 12.500 8 14.500C6 12.500 5.400 10.500 5.400 8S6 3.500 8 1.500",
  local: "M5.500 4 2 8l3.500 4M10.500 4 14 8l-3.500 4",
  copy: "M5.500 5.500v-4h9v9h-4M1.500 5.500h9v9h-9Z",
  check: "m2.500 8.500 3.500 3.500 7.500-8",
  close: "m3 3 10 10M13 3 3 13",
  back: "M10 3 5 8l5 5",
  download: "M8 2v8m0 0 3.500-3.500M8 10 4.500 6.500M2.500 13.500h11",
  fit: "M2 6V2h4m4 0h4v4m0 4v4h-4M6 14H2v-4",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1m8 8 1 1m0-10-1 1M4 12l-1 1",
  moon: "M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7Z",
  auto: "M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13Zm0-13v13M8 5h4.500M8 8h6M8 11h4.500",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
};

export function path(kind: string): string {
  return paths[kind] ?? paths.local;
}

export function Icon({name, title}: {name: Kind | string; title?: string}) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden={title ? undefined : true} role={title ? "img" : undefined}>
      {title && <title>{title}</title>}
      <path d={path(name)} />
    </svg>
  );
}

export const kindNames: Record<Kind, string> = {client: "Clients", service: "Service", database: "Database", aws: "AWS", remote: "Remote host", local: "Within the process"};

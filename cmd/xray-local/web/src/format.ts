// Numbers and times as people read them.

// duration of so many seconds, with three digits.
export function duration(seconds: number): string {
  if (!(seconds > 0)) return "0 ms";
  if (seconds < 0.001) return `${digits(seconds * 1e6)} µs`;
  if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
  if (seconds < 120) return `${digits(seconds)} s`;
  return seconds < 7200 ? `${digits(seconds / 60)} min` : `${digits(seconds / 3600)} h`;
}

function digits(n: number): string {
  return n >= 99.95 ? n.toFixed(0) : n >= 9.995 ? n.toFixed(1).replace(/\.0$/, "") : n.toFixed(2).replace(/\.?0+$/, "");
}

export function count(n: number): string {
  return n.toLocaleString("en");
}

export function short(n: number): string {
  if (n < 1000) return String(n);
  if (n < 1e6) return (n / 1e3).toFixed(n < 1e4 ? 1 : 0).replace(/\.0$/, "") + "k";
  return (n / 1e6).toFixed(1) + "M";
}

export function share(part: number, all: number): string {
  if (!all || !part) return "0 %";
  const p = (100 * part) / all;
  return (p < 0.1 ? "<0.1" : p < 10 ? p.toFixed(1).replace(/\.0$/, "") : p.toFixed(0)) + " %";
}

export function clock(seconds: number): string {
  const d = new Date(seconds * 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}.${String(d.getMilliseconds()).padStart(3, "0")}`;
}

export function day(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString("en", {year: "numeric", month: "short", day: "numeric"});
}

export function bytes(n: number): string {
  return n < 1 << 20 ? `${(n / 1024).toFixed(0)} KB` : `${(n / (1 << 20)).toFixed(n < 10 << 20 ? 1 : 0)} MB`;
}

// path is an address without its host.
export function path(url: string): string {
  try {
    const u = new URL(url);
    return u.pathname + u.search;
  } catch {
    return url;
  }
}

export function clip(text: string, n: number): string {
  return text.length > n ? text.slice(0, n - 1) + "…" : text;
}

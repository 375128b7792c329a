// Where the page is: the part of the address behind #, so that every view can be linked to and
// the browser's buttons work.
import {useEffect, useState} from "preact/hooks";
import {params} from "./api";

export type Route = {view: string; id: string; query: URLSearchParams};

export function parse(hash: string): Route {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const [view, id] = path.split("/");
  return {view: view || "map", id: decodeURIComponent(id ?? ""), query: new URLSearchParams(query ?? "")};
}

export function href(view: string, query: Record<string, string | number | undefined> = {}): string {
  const text = params(query);
  return `#/${view}${text ? "?" + text : ""}`;
}

export function go(view: string, query: Record<string, string | number | undefined> = {}, replace = false): void {
  const to = href(view, query);
  if (replace) {
    history.replaceState(null, "", to);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = to;
}

export function useRoute(): Route {
  const [route, set] = useState(() => parse(location.hash));
  useEffect(() => {
    const changed = () => set(parse(location.hash));
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  }, []);
  return route;
}

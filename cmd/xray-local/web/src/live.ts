// The state of the collector, which tells by server-sent events when there is something new.
import {useEffect, useRef, useState} from "preact/hooks";
import {get, type Status} from "./api";

export type Live = {status?: Status; connected: boolean};

export function useLive(): Live {
  const [live, set] = useState<Live>({connected: false});
  useEffect(() => {
    const events = new EventSource("api/events");
    events.onmessage = (event) => set({status: JSON.parse(event.data), connected: true});
    events.onerror = () => set((old) => ({...old, connected: false})); // the browser tries again by itself
    return () => events.close();
  }, []);
  return live;
}

// useData asks for something again whenever the version changes, one question at a time. What
// was there stays until the answer is.
export function useData<T>(path: string, version: number | undefined): {data?: T; error?: string; path?: string} {
  const [state, set] = useState<{data?: T; error?: string; path?: string}>({});
  const asking = useRef<{path: string; again: boolean} | null>(null);
  useEffect(() => {
    if (asking.current?.path === path) {
      asking.current.again = true;
      return;
    }
    const mine = {path, again: false};
    asking.current = mine;
    const ask = async () => {
      do {
        mine.again = false;
        try {
          const data = await get<T>(path);
          if (asking.current === mine) set({data, path});
        } catch (error) {
          if (asking.current === mine) set((old) => ({...old, error: (error as Error).message, path}));
        }
      } while (mine.again && asking.current === mine);
      if (asking.current === mine) asking.current = null;
    };
    void ask();
  }, [path, version]);
  return state;
}

// Long lists: only the rows that can be seen are in the page.
import {elementScroll, observeElementOffset, observeElementRect, Virtualizer} from "@tanstack/virtual-core";
import type {RefObject} from "preact";
import {useLayoutEffect, useReducer, useState} from "preact/hooks";

export function useRows(scroller: RefObject<HTMLElement | null>, count: number, rowHeight: number): Virtualizer<HTMLElement, HTMLElement> {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const options = {
    count, overscan: 8,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    scrollToFn: elementScroll, observeElementRect, observeElementOffset,
    onChange: () => draw(0),
  };
  const [rows] = useState(() => new Virtualizer<HTMLElement, HTMLElement>(options));
  rows.setOptions(options);
  useLayoutEffect(() => rows._didMount(), []);
  useLayoutEffect(() => rows._willUpdate());
  return rows;
}

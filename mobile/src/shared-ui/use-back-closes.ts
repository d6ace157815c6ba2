/**
 * What lies over a page is closed by the browser's Back, which leaves the page where it is.
 * One entry in the history stands for all that is open, so that Back has something to leave. Taking it away again is
 * done a moment later by the browser, and tells like a Back of the person: what was opened meanwhile must not be closed
 * by it.
 */
import { useEffect } from "react";

const ENTRY = "deskhand-over";
const hasEntry = (): boolean =>
  typeof history.state === "object" && history.state !== null && ENTRY in history.state;
const addEntry = (): void => history.pushState({ ...history.state, [ENTRY]: true }, "");

/** What is open, the topmost last. */
const open: (() => void)[] = [];
/** Our own way back is under way. */
let isLeaving = false;

const onPop = (): void => {
  if (!isLeaving) return open.at(-1)?.();
  isLeaving = false;
  if (open.length > 0) addEntry();
};

const begin = (close: () => void): void => {
  addEventListener("popstate", onPop); // the same listener is kept once
  open.push(close);
  if (!isLeaving && !hasEntry()) addEntry();
};

const end = (close: () => void): void => {
  open.splice(open.lastIndexOf(close), 1);
  if (isLeaving) return;
  if (open.length > 0 && !hasEntry()) addEntry(); // one of several was closed by Back
  if (open.length === 0 && hasEntry()) {
    isLeaving = true;
    history.back();
  }
};

/** @param close the same function while it is open */
export const useBackCloses = (isOpen: boolean, close: () => void): void => {
  useEffect(() => {
    if (!isOpen) return undefined;
    begin(close);
    return () => end(close);
  }, [isOpen, close]);
};

/** What lies over a page is closed by the browser's Back, which leaves the page where it is. */
import { useEffect } from "react";

/** An entry in the history stands for what is open, so that Back has something to leave. */
const ENTRY = "deskhand-over";
const isOurEntry = (): boolean =>
  typeof history.state === "object" && history.state !== null && ENTRY in history.state;

/** @param close the same function while it is open */
export const useBackCloses = (isOpen: boolean, close: () => void): void => {
  useEffect(() => {
    if (!isOpen) return undefined;
    if (!isOurEntry()) history.pushState({ ...history.state, [ENTRY]: true }, "");
    addEventListener("popstate", close);
    return () => {
      removeEventListener("popstate", close);
      if (isOurEntry()) history.back();
    };
  }, [isOpen, close]);
};

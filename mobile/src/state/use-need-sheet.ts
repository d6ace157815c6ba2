/**
 * Which approval or question the sheet shows. Right after a start, one that is pending opens by itself; once the person has
 * touched anything, nothing slides under a finger any more and the bar leads there. Closing decides nothing, and
 * neither does the browser's Back, which closes it.
 */
import { parseId } from "@deskhand/doc-schema/document";
import type { Need } from "@deskhand/doc-schema/views";
import { useCallback, useEffect, useState } from "react";
import { useBackCloses, useNeeds } from "../shared-ui/index.ts";

export type NeedId = Need["id"];

export interface NeedSheetState {
  readonly needId: NeedId | undefined;
  readonly open: (id: NeedId) => void;
  readonly close: () => void;
}

/** The app was opened at /approval/… or /question/… */
const linkedNeed = (): NeedId | undefined => {
  const [, kind, id] = /^\/(approval|question)\/(.+)$/.exec(location.pathname) ?? [];
  return kind === "question" ? parseId("question", id) : parseId("approval", id);
};

/** Has the person touched the app since it started? */
const useTouched = (): boolean => {
  const [isTouched, setTouched] = useState(false);
  useEffect(() => {
    const touched = (): void => setTouched(true);
    const once = { capture: true, once: true };
    addEventListener("pointerdown", touched, once);
    addEventListener("keydown", touched, once);
    return () => {
      removeEventListener("pointerdown", touched, once);
      removeEventListener("keydown", touched, once);
    };
  }, []);
  return isTouched;
};

export const useNeedSheet = (): NeedSheetState => {
  const [needId, setNeedId] = useState(linkedNeed);
  const [hasOpened, setOpened] = useState(needId !== undefined);
  const isTouched = useTouched();
  const open = (id: NeedId): void => {
    setOpened(true);
    setNeedId(id);
  };
  const [oldest] = useNeeds();
  const close = useCallback((): void => setNeedId(undefined), []);
  useBackCloses(needId !== undefined, close);
  if (!hasOpened && !isTouched && oldest !== undefined) open(oldest.id);
  return { needId, open, close };
};

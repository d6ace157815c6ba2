/** What was typed and not sent, kept over reloads. */
import { useCallback, useEffect, useState } from "react";
import type { ValueStore } from "../device/value-store.ts";

const KEY = "draft";

export const forgetDraft = (store: ValueStore): Promise<void> => store.remove(KEY);

export interface Draft {
  /** Undefined until storage has answered. */
  readonly text: string | undefined;
  readonly save: (text: string) => void;
}

export const useDraft = (store: ValueStore): Draft => {
  const [text, setText] = useState<string>();
  useEffect(() => {
    const load = async (): Promise<void> => {
      const saved = await store.get(KEY);
      setText(typeof saved === "string" ? saved : "");
    };
    load().catch(() => setText("")); // without storage there is no draft, and writing still works
  }, [store]);
  const save = useCallback(
    (next: string): void => {
      store.put(KEY, next).catch((error: unknown) => console.warn("draft not kept", error));
    },
    [store],
  );
  return { text, save };
};

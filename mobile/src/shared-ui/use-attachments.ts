/** Files that go along with what one writes: each is sent at once, can be cancelled, and tried again when it fails. */
import type { Attachment } from "@deskhand/doc-schema/document";
import { useEffect, useRef, useState } from "react";
import { useWorkspace } from "./workspace-context.tsx";
import type { FileProblem } from "./workspace.ts";

export interface AttachedFile {
  readonly id: number;
  readonly file: File;
  readonly state:
    | { readonly type: "sending"; readonly fraction: number }
    | { readonly type: "there"; readonly attachment: Attachment }
    | { readonly type: "failed"; readonly problem: FileProblem["type"] };
}

export interface Attachments {
  readonly files: readonly AttachedFile[];
  readonly add: (files: Iterable<File>) => void;
  readonly remove: (id: number) => void;
  readonly retry: (id: number) => void;
  readonly clear: () => void;
}

export const useAttachments = (): Attachments => {
  const transfers = useWorkspace().files;
  const [files, setFiles] = useState<readonly AttachedFile[]>([]);
  const cancels = useRef(new Map<number, AbortController>());
  const next = useRef(0);
  useEffect(() => {
    const all = cancels.current;
    return () => all.forEach((cancel) => cancel.abort());
  }, []);

  const setState = (id: number, state: AttachedFile["state"]): void =>
    setFiles((list) => list.map((item) => (item.id === id ? { ...item, state } : item)));
  const send = async (id: number, file: File): Promise<void> => {
    if (transfers === undefined) return;
    const cancel = new AbortController();
    cancels.current.set(id, cancel);
    const sent = await transfers.send(file, {
      signal: cancel.signal,
      onProgress: (done, total) => setState(id, { type: "sending", fraction: done / Math.max(1, total) }),
    });
    if (sent.ok) setState(id, { type: "there", attachment: sent.value });
    else if (sent.error.type !== "cancelled") setState(id, { type: "failed", problem: sent.error.type });
  };
  const begin = (id: number, file: File): void =>
    void send(id, file).catch(() => setState(id, { type: "failed", problem: "unreadable" }));
  return {
    files,
    add: (picked) => {
      for (const file of picked) {
        const id = ++next.current;
        setFiles((list) => [...list, { id, file, state: { type: "sending", fraction: 0 } }]);
        begin(id, file);
      }
    },
    remove: (id) => {
      cancels.current.get(id)?.abort();
      setFiles((list) => list.filter((item) => item.id !== id));
    },
    retry: (id) => {
      const item = files.find((each) => each.id === id);
      if (item === undefined) return;
      setState(id, { type: "sending", fraction: 0 });
      begin(id, item.file);
    },
    clear: () => setFiles([]),
  };
};

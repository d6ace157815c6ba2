/** Deterministic documents and updates, the same for every relay. */
import { randomBytes } from "node:crypto";
import * as Y from "yjs";

const words = (length: number): string => randomBytes(length).toString("base64").slice(0, length);

/** The updates of one client that appends a line of chat each time, about `size` bytes each. */
export const smallUpdates = (count: number, size = 100): readonly Uint8Array[] => {
  const doc = new Y.Doc();
  const list = doc.getArray("log");
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(new Uint8Array(update)));
  let pad = size - 50;
  for (let index = 0; index < count; index++) {
    const tail = `#${String(index).padStart(6, "0")}#`;
    list.push([new Y.Map([["t", words(Math.max(1, pad)) + tail]])]);
    pad += size - (updates[index]?.length ?? size);
  }
  return updates;
};

/** Of an update of `smallUpdates`, or of several merged ones: how many there are up to the last in it. */
export const progressOf = (message: Buffer): number => {
  const end = message.lastIndexOf(35);
  return 1 + Number(message.toString("latin1", end - 6, end));
};

export interface Chat {
  readonly updates: readonly Uint8Array[];
  readonly state: Uint8Array;
}

/** A thread of `messages`, 200 characters each at the mean. */
export const chat = (messages: number): Chat => {
  const doc = new Y.Doc();
  const list = doc.getArray("messages");
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(new Uint8Array(update)));
  for (let index = 0; index < messages; index++)
    list.push([
      new Y.Map<unknown>([
        ["id", words(12)],
        ["role", index % 2 === 0 ? "user" : "assistant"],
        ["at", 1.7e12 + index * 1000],
        ["text", words(100 + ((index * 67) % 200))],
      ]),
    ]);
  return { updates, state: Y.encodeStateAsUpdate(doc) };
};

export const chatOfBytes = (bytes: number): Chat => chat(Math.round(bytes / (chat(100).state.length / 100)));

/**
 * Yjs client ids are bound to no device: whoever is in the room can write under any of them. When somebody took ours:
 * 1. What is written here from then on goes out under another one, which nobody has seen: it is in nobody's way. What the
 *    stranger wrote is then one more client's, here as everywhere else, so that all copies stay alike.
 * 2. Presence goes by the same id, and the stock provider asks for it by the document's: it follows.
 */
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { createByteReader } from "../wire/index.ts";

export const renewClientId = (doc: Y.Doc, randomBytes: (length: number) => Uint8Array): void => {
  const used = doc.clientID;
  while (doc.clientID === used || Y.getState(doc.store, doc.clientID) > 0)
    doc.clientID = createByteReader(randomBytes(4)).uint32();
};

/** Nothing happens while both are the same. */
export const followClientId = (awareness: Awareness): void => {
  const { doc } = awareness;
  if (awareness.clientID === doc.clientID) return;
  const state = awareness.getLocalState();
  awareness.setLocalState(null);
  awareness.clientID = doc.clientID;
  awareness.setLocalState(state);
};

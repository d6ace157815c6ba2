/**
 * The one-time document of a pairing, in a room like any other; its key is the pairing key of the code, epoch 0.
 * 1. `request` is written by the phone, `answer` by the desktop, `received` by the phone: one writer a key.
 * 2. Both values are sealed once more, to the one device that may read them: who photographed the code holds the
 *    key of this document.
 */
import type * as Y from "yjs";

/** The epoch of every pairing room. */
export const PAIRING_EPOCH = 0;
/** Far more than a workspace's device list takes. */
const MAX_SEALED_BYTES = 128 * 1024;

export type PairingField = "request" | "answer" | "received";

const fieldsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("pairing");

/** The sealed bytes, or undefined while nothing usable is there. */
export const readPairingField = (doc: Y.Doc, field: PairingField): Uint8Array | undefined => {
  const value = fieldsOf(doc).get(field);
  return value instanceof Uint8Array && value.length <= MAX_SEALED_BYTES ? value : undefined;
};

export const writePairingField = (doc: Y.Doc, field: PairingField, sealed: Uint8Array): void => {
  fieldsOf(doc).set(field, sealed);
};

/** Returns what stops it. */
export const observePairing = (doc: Y.Doc, changed: () => void): (() => void) => {
  const fields = fieldsOf(doc);
  fields.observe(changed);
  return () => fields.unobserve(changed);
};

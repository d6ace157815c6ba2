/**
 * The one-time document of a pairing, in a room like any other; its key is the pairing key of the code, epoch 0.
 * 1. `request` is written by the phone, `answer` by the desktop, `receipt` by the phone for each answer: one writer a
 *    key. A later answer takes the place of an earlier one.
 * 2. Request and answers are sealed once more, to the one device that may read them, and receipts are signed: who
 *    photographed the code holds the key of this document.
 */
import type * as Y from "yjs";

/** The epoch of every pairing room. */
export const PAIRING_EPOCH = 0;
/** Far more than a workspace's device list takes. */
const MAX_SEALED_BYTES = 128 * 1024;

export type PairingField = "request" | "answer" | "receipt";

const fieldsOf = (doc: Y.Doc): Y.Map<unknown> => doc.getMap("pairing");

/** The bytes, or undefined while nothing usable is there. */
export const readPairingField = (doc: Y.Doc, field: PairingField): Uint8Array | undefined => {
  const value = fieldsOf(doc).get(field);
  return value instanceof Uint8Array && value.length <= MAX_SEALED_BYTES ? value : undefined;
};

export const writePairingField = (doc: Y.Doc, field: PairingField, bytes: Uint8Array): void => {
  fieldsOf(doc).set(field, bytes);
};

/** Returns what stops it. */
export const observePairing = (doc: Y.Doc, changed: () => void): (() => void) => {
  const fields = fieldsOf(doc);
  fields.observe(changed);
  return () => fields.unobserve(changed);
};

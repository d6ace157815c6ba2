/**
 * When a document has grown heavy: what Yjs remembers of the past weighs more than what there is to read. A renewed
 * epoch begins without it (measured: 1,000 starts that each write once add 19 KB, and 4.7 KB to every state vector).
 * Every phone then reads the whole document again, so it is done rarely.
 */
import * as Y from "yjs";
import { carryOver } from "@deskhand/doc-schema/document";

/** Below this nobody notices: it opens in a tenth of a second. */
export const HEAVY_BYTES = 512 * 1024;
/** Ten years of a heavy user then stay below 1 MB (bench:document). */
export const HEAVY_RATIO = 1.4;
/** An epoch lasts at least this long, unless a device is removed (milliseconds). */
export const LEAST_EPOCH_MS = 7 * 24 * 3600 * 1000;
/** How often it is weighed (milliseconds). */
export const WEIGH_EVERY_MS = 6 * 3600 * 1000;

/** @param heavyBytes tests lower it */
export const isHeavy = (doc: Y.Doc, heavyBytes = HEAVY_BYTES): boolean => {
  const bytes = Y.encodeStateAsUpdate(doc).length;
  if (bytes < heavyBytes) return false;
  const fresh = new Y.Doc();
  carryOver(doc, fresh, { epoch: 0 });
  const live = Y.encodeStateAsUpdate(fresh).length;
  fresh.destroy();
  return bytes > HEAVY_RATIO * live;
};

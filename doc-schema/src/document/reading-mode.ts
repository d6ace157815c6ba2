/**
 * May this app write? A document that asks for a newer reader is opened read-only, and the app says so: its rows may
 * mean what this version would get wrong.
 */
import type * as Y from "yjs";
import { rootsOf } from "./roots.ts";
import { SCHEMA_VERSION } from "./version.ts";

export type ReadingMode = "read-write" | "read-only";

/**
 * Asks `minReader` alone, so that it answers also where the rest of `meta` cannot be read. A document that has not
 * arrived yet has none and may be written; one that is no number was written by nobody whom this version knows.
 */
export const readingMode = (doc: Y.Doc): ReadingMode => {
  const minReader = rootsOf(doc).meta.get("minReader");
  if (minReader === undefined) return "read-write";
  return typeof minReader === "number" && minReader <= SCHEMA_VERSION ? "read-write" : "read-only";
};

export const canWrite = (doc: Y.Doc): boolean => readingMode(doc) === "read-write";

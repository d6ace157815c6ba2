/**
 * The archive on this disk: every segment that left the document, sealed, one file each, named by its id.
 * 1. A segment is on the disk before its rows may leave the document ([AR1]); the relay's copy is for the phones.
 * 2. A file that cannot be read is told apart from one that is not there; neither is an empty segment.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { sealLocal, unsealLocal, type Redacted } from "@deskhand/doc-schema/crypto";
import {
  parseId,
  readSegment,
  segmentToBytes,
  type Segment,
  type SegmentId,
} from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { makePrivateFolder, readPrivateFile, replacePrivateFile } from "../private-files.ts";

export interface SegmentFiles {
  readonly ids: () => readonly SegmentId[];
  /** Durable when it returns. Throws when the disk fails. */
  readonly put: (id: SegmentId, segment: Segment) => void;
  readonly get: (id: SegmentId) => Result<Segment, { readonly type: "missing" | "damaged" }>;
  /** One that did not come to count. */
  readonly remove: (id: SegmentId) => void;
  /** The bytes that are sealed for the relay. */
  readonly bytesOf: (id: SegmentId) => Uint8Array | undefined;
}

export interface SegmentFilesPorts {
  readonly folder: string;
  readonly key: Redacted<string>;
  readonly randomBytes: (length: number) => Uint8Array;
}

const SUFFIX = ".segment";

export const openSegmentFiles = ({ folder, key, randomBytes }: SegmentFilesPorts): SegmentFiles => {
  makePrivateFolder(folder);
  const fileOf = (id: SegmentId): string => path.join(folder, `${id}${SUFFIX}`);
  const bytesOf = (id: SegmentId): Uint8Array | undefined => {
    const sealed = readPrivateFile(fileOf(id));
    const opened = sealed === undefined ? undefined : unsealLocal(key, id, sealed);
    return opened?.ok === true ? opened.value : undefined;
  };
  return {
    bytesOf,
    ids: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith(SUFFIX))
        .map((name) => parseId("segment", name.slice(0, -SUFFIX.length)))
        .filter((id) => id !== undefined)
        .toSorted(),
    put: (id, segment) =>
      replacePrivateFile(fileOf(id), sealLocal(key, id, segmentToBytes(segment), randomBytes)),
    remove: (id) => rmSync(fileOf(id), { force: true }),
    get: (id) => {
      const bytes = bytesOf(id);
      const read = bytes === undefined ? undefined : readSegment(bytes);
      if (read?.ok === true) return ok(read.value);
      return err({ type: existsSync(fileOf(id)) ? "damaged" : "missing" });
    },
  };
};

/**
 * The shared document on this disk: an append-only file of sealed Yjs updates.
 *   file = (u32be length | sealLocal(localSealKey, "document", update))*
 * 1. What is written is the difference to what was written before, not what an event carried: a change whose
 *    event got lost (another handler threw, structs are pending) is in the next one.
 * 2. What this desktop writes is on its disk before it can leave for a relay. Otherwise a crash would make it create
 *    its rows a second time beside those that others have already, and of two nested maps one vanishes. What
 *    others wrote shares an fsync: the relay has it.
 * 3. A torn or damaged tail is left out; the document is no authority.
 */
import { closeSync, openSync } from "node:fs";
import * as Y from "yjs";
import { sealLocal, unsealLocal, type Redacted } from "@deskhand/doc-schema/crypto";
import { concatBytes, createByteReader, uint32 } from "@deskhand/doc-schema/wire";
import type { Clock } from "./clock.ts";
import { nodeDisk, type Disk } from "./journal-file.ts";
import { PRIVATE_FILE, readPrivateFile, replacePrivateFile } from "./private-files.ts";

/** A replay of many frames becomes a few writes. */
const FLUSH_AFTER_MS = 20;

export interface DocumentStore {
  readonly doc: Y.Doc;
  /**
   * There was no file, or a part of it could not be read: rows that this desktop wrote may be missing here and be at a
   * relay. A torn tail does not count, because what was not on this disk never left it.
   */
  readonly isIncomplete: boolean;
  /** Writes what is not yet on disk. False when the disk failed, now or before. */
  readonly flush: () => boolean;
  readonly close: () => void;
}

export interface DocumentStorePorts {
  readonly file: string;
  readonly key: Redacted<"local-seal-key">;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly clock: Clock;
  readonly disk?: Disk | undefined;
  /** Told when the disk fails; nothing is written after that. */
  readonly onFailure: (error: unknown) => void;
}

export const openDocumentStore = (ports: DocumentStorePorts): DocumentStore => {
  const { file, key, randomBytes, clock, disk = nodeDisk, onFailure } = ports;
  const entry = (update: Uint8Array): Uint8Array => {
    const sealed = sealLocal(key, "document", update, randomBytes);
    return concatBytes(uint32(sealed.length), sealed);
  };
  const doc = new Y.Doc();
  const stored = readPrivateFile(file);
  const isIncomplete = stored === undefined || loadInto(doc, stored, key) > 0;
  replacePrivateFile(file, entry(Y.encodeStateAsUpdate(doc)));
  const handle = openSync(file, "a", PRIVATE_FILE);
  let written = Y.encodeStateVector(doc);
  let isDirty = false;
  let isSound = true;
  let stopTimer: (() => void) | undefined;

  const flush = (): boolean => {
    stopTimer?.();
    stopTimer = undefined;
    if (!isDirty || !isSound) return isSound;
    isDirty = false;
    try {
      disk.write(handle, entry(Y.encodeStateAsUpdate(doc, written)));
      disk.sync(handle);
      written = Y.encodeStateVector(doc);
    } catch (error) {
      isSound = false;
      onFailure(error);
    }
    return isSound;
  };
  // Yjs calls this before it emits "update", which is what providers send; it is the first handler and never throws.
  doc.on("afterTransaction", ({ local, changed }: Y.Transaction) => {
    if (changed.size === 0) return;
    isDirty = true;
    if (local) flush();
    else stopTimer ??= clock.after(FLUSH_AFTER_MS, flush);
  });
  return {
    doc,
    isIncomplete,
    flush,
    close: () => {
      flush();
      closeSync(handle);
      doc.destroy();
    },
  };
};

/** How many whole entries could not be read. */
const loadInto = (doc: Y.Doc, bytes: Uint8Array, key: Redacted<"local-seal-key">): number => {
  const reader = createByteReader(bytes);
  let unreadable = 0;
  while (!reader.finished) {
    const sealed = reader.bytes(reader.uint32());
    if (!reader.intact) return unreadable;
    const update = unsealLocal(key, "document", sealed);
    if (update.ok) Y.applyUpdate(doc, update.value);
    else unreadable++;
  }
  return unreadable;
};

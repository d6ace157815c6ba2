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
  /** Entries of the file that could not be read; 0 when all is well. */
  readonly unreadable: number;
  /** Writes what is not yet on disk. */
  readonly flush: () => void;
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
  const unreadable = loadInto(doc, readPrivateFile(file) ?? new Uint8Array(0), key);
  replacePrivateFile(file, entry(Y.encodeStateAsUpdate(doc)));
  const handle = openSync(file, "a", PRIVATE_FILE);
  let written = Y.encodeStateVector(doc);
  let isDirty = false;
  let isSound = true;
  let stopTimer: (() => void) | undefined;

  const flush = (): void => {
    stopTimer?.();
    stopTimer = undefined;
    if (!isDirty || !isSound) return;
    isDirty = false;
    try {
      disk.write(handle, entry(Y.encodeStateAsUpdate(doc, written)));
      disk.sync(handle);
      written = Y.encodeStateVector(doc);
    } catch (error) {
      isSound = false;
      onFailure(error);
    }
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
    unreadable,
    flush,
    close: () => {
      flush();
      closeSync(handle);
      doc.destroy();
    },
  };
};

/** How many entries could not be read. */
const loadInto = (doc: Y.Doc, bytes: Uint8Array, key: Redacted<"local-seal-key">): number => {
  const reader = createByteReader(bytes);
  let unreadable = 0;
  while (!reader.finished) {
    const sealed = reader.bytes(reader.uint32());
    if (!reader.intact) return unreadable + 1;
    const update = unsealLocal(key, "document", sealed);
    if (update.ok) Y.applyUpdate(doc, update.value);
    else unreadable++;
  }
  return unreadable;
};

/**
 * The document on this phone: one database an epoch, and a mark beside it in the value store that says how far its
 * rows had come.
 * 1. A database that is missing, emptied, shortened, rolled back or changed is recognised: the mark knows better, or a
 *    row does not open. What is sound of it stays, as an older state; the rest comes again from a relay.
 * 2. What this phone writes is on disk when `flush` settles. What others wrote shares a write: a relay has it.
 * 3. Two tabs may write into one database. Only a tab that found nobody else's rows replaces them by one whole row.
 * 4. A write that fails is said, and the next one that succeeds writes the whole document.
 */
import * as Y from "yjs";
import {
  lastRow,
  readSoundRows,
  sealRow,
  type LocalSealKey,
  type RowKind,
  type SoundRows,
} from "./document-rows.ts";
import { completed, deleteDatabase, openDatabase, settled } from "./indexed-db.ts";
import type { ValueStore } from "./value-store.ts";

/** "missing": no database, or another one. "shorter": rows that were there are not: emptied or rolled back. */
export type Damage = "missing" | "shorter" | "hole" | "unreadable";

export interface DocumentStorePorts {
  /** Of the database: another one for each workspace and epoch. */
  readonly name: string;
  readonly key: LocalSealKey;
  readonly values: ValueStore;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Why what was written last could not be stored; undefined once it is. */
  readonly onProblem?: (reason: string | undefined) => void;
  /** All that the document holds is stored now. */
  readonly onStored?: () => void;
  /** The database was deleted under this tab: somebody erased this phone. */
  readonly onGone?: () => void;
}

export interface StoredDocument {
  readonly doc: Y.Doc;
  /** What was wrong with the copy when it was opened. */
  readonly damage: Damage | undefined;
  /** True when everything that the document holds is stored. */
  readonly isStored: () => boolean;
  /** Settles when everything that the document holds is stored, or could not be (onProblem). */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Mark {
  readonly generation: string;
  readonly last: number;
}

const ROWS = "rows";
const ABOUT = "about";
const GENERATION = "generation";
/** So many rows open in about 30 ms on a phone; then one whole row replaces them. */
const MAX_ROWS = 500;
/** What others write shares a transaction (milliseconds). */
const GATHER_MS = 100;
/** The mark costs a write of its own: at once after what was written here, else so often (milliseconds). */
const MARK_EVERY_MS = 1_000;

const markKey = (name: string): string => `mark/${name}`;

export const openDocument = async (ports: DocumentStorePorts): Promise<StoredDocument> => {
  const { name, key, values, randomBytes, onProblem, onGone } = ports;
  const mark = parseMark(await values.get(markKey(name)));
  const opened = await openRows(ports, mark);
  const { database, doc, damage } = opened;
  let { generation, last, count } = opened;
  let isGone = false;
  database.addEventListener("versionchange", () => {
    isGone = true;
    database.close();
    onGone?.();
  });

  const queue: Uint8Array[] = [];
  let writes = 0;
  let isAlone = true;
  let needsWhole = false;
  let marked = mark === undefined ? "" : textOf(mark);
  let writing = Promise.resolve();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let marking: ReturnType<typeof setTimeout> | undefined;

  const append = async (updates: readonly Uint8Array[], durability: IDBTransactionDurability) => {
    const transaction = database.transaction([ROWS, ABOUT], "readwrite", { durability });
    const done = completed(transaction);
    const rows = transaction.objectStore(ROWS);
    const about = transaction.objectStore(ABOUT);
    const [lastThere, theirs] = await Promise.all([lastRow(rows), settled<unknown>(about.get(GENERATION))]);
    const isOther = theirs !== generation;
    if (isOther || lastThere !== last) isAlone = false;
    if (typeof theirs === "string") generation = theirs;
    else about.put(generation, GENERATION);
    const isTrim = isAlone && count > MAX_ROWS;
    const isWhole = isTrim || isOther || needsWhole || lastThere < last;
    let number = isOther ? lastThere : Math.max(lastThere, last);
    const put = (kind: RowKind, update: Uint8Array): void => {
      number++;
      rows.put(sealRow(key, generation, number, kind, update, randomBytes), number);
    };
    if (isWhole) put("whole", Y.encodeStateAsUpdate(doc));
    else for (const update of updates) put("update", update);
    if (isTrim) rows.delete(IDBKeyRange.upperBound(number, true));
    await done;
    count = isTrim ? 1 : count + updates.length;
    last = number;
    needsWhole = false;
  };

  const writeMark = async (): Promise<void> => {
    clearTimeout(marking);
    marking = undefined;
    const next: Mark = { generation, last };
    if (isGone || marked === textOf(next)) return;
    marked = textOf(next);
    await values.put(markKey(name), next);
  };

  const write = async (updates: readonly Uint8Array[], durability: IDBTransactionDurability) => {
    try {
      await append(updates, durability);
      if (durability === "strict") await writeMark();
      else marking ??= setTimeout(() => void writeMark().catch(noteProblem), MARK_EVERY_MS);
      onProblem?.(undefined);
    } catch (error) {
      needsWhole = true;
      noteProblem(error);
    }
  };
  const noteProblem = (error: unknown): void => onProblem?.(String(error));

  const flush = (durability: IDBTransactionDurability = "strict"): Promise<void> => {
    clearTimeout(gathering);
    gathering = undefined;
    const updates = queue.splice(0);
    if (updates.length === 0 || isGone) return writing;
    writes++;
    writing = writing.then(async () => {
      await write(updates, durability);
      writes--;
      if (isStored()) ports.onStored?.();
    });
    return writing;
  };
  const isStored = (): boolean => queue.length === 0 && writes === 0 && !needsWhole && !isGone;

  const onUpdate = (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction): void => {
    queue.push(update);
    if (local) void flush();
    else gathering ??= setTimeout(() => void flush("relaxed"), GATHER_MS);
  };
  doc.on("update", onUpdate);
  await writeMark();

  return {
    doc,
    damage,
    isStored,
    flush: () => flush(),
    close: async () => {
      doc.off("update", onUpdate);
      await flush();
      await writeMark().catch(noteProblem);
      database.close();
      doc.destroy();
    },
  };
};

/** Forgets the document and its mark. */
export const eraseDocument = async (values: ValueStore, name: string): Promise<void> => {
  await deleteDatabase(name);
  await values.remove(markKey(name));
};

const textOf = ({ generation, last }: Mark): string => `${generation}/${last}`;

const parseMark = (value: unknown): Mark | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  const { generation, last } = value as Record<string, unknown>; // checked in the next line
  return typeof generation === "string" && typeof last === "number" ? { generation, last } : undefined;
};

interface OpenedRows {
  readonly database: IDBDatabase;
  readonly doc: Y.Doc;
  readonly damage: Damage | undefined;
  readonly generation: string;
  /** Number of the last row, and how many there are. */
  readonly last: number;
  readonly count: number;
}

const openStores = (name: string): Promise<IDBDatabase> =>
  openDatabase(name, (fresh) => {
    fresh.createObjectStore(ROWS);
    fresh.createObjectStore(ABOUT);
  });

/** A database that the browser cannot read any more is replaced: all that it held is elsewhere too. */
const openRows = async (ports: DocumentStorePorts, mark: Mark | undefined): Promise<OpenedRows> => {
  try {
    return await readRows(await openStores(ports.name), ports, mark);
  } catch (error) {
    console.warn("the stored document could not be read and is fetched again", error);
    await deleteDatabase(ports.name);
    const opened = await readRows(await openStores(ports.name), ports, mark);
    return { ...opened, damage: opened.damage ?? "unreadable" };
  }
};

/** One transaction: what is there, what is wrong with it, and in that case what stands there from now on. */
const readRows = async (
  database: IDBDatabase,
  { key, randomBytes }: DocumentStorePorts,
  mark: Mark | undefined,
): Promise<OpenedRows> => {
  const transaction = database.transaction([ROWS, ABOUT], "readwrite", { durability: "strict" });
  const done = completed(transaction);
  const rows = transaction.objectStore(ROWS);
  const about = transaction.objectStore(ABOUT);
  const there = await settled<unknown>(about.get(GENERATION));
  const fresh = Array.from(randomBytes(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const generation = typeof there === "string" ? there : fresh;
  const found = await readSoundRows(rows, key, generation);
  const read = docOf(found.updates);
  const damage = damageOf(found, mark, there) ?? (read === undefined ? "unreadable" : undefined);
  const doc = read ?? new Y.Doc();
  if (there === undefined || damage !== undefined) about.put(fresh, GENERATION);
  if (damage === undefined) {
    await done;
    return { database, doc, damage, generation, last: found.last, count: found.updates.length };
  }
  rows.clear();
  rows.put(sealRow(key, fresh, 1, "whole", Y.encodeStateAsUpdate(doc), randomBytes), 1);
  await done;
  return { database, doc, damage, generation: fresh, last: 1, count: 1 };
};

const damageOf = (found: SoundRows, mark: Mark | undefined, there: unknown): Damage | undefined => {
  if (found.fault !== undefined) return found.fault;
  if (mark === undefined) return undefined;
  if (mark.generation !== there) return "missing";
  return found.last < mark.last ? "shorter" : undefined;
};

/** Undefined when Yjs cannot take what authenticated: then nothing half-applied may stay. */
const docOf = (updates: readonly Uint8Array[]): Y.Doc | undefined => {
  const doc = new Y.Doc();
  try {
    doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update)));
    return doc;
  } catch (error) {
    console.warn("a stored update could not be applied", error);
    doc.destroy();
    return undefined;
  }
};

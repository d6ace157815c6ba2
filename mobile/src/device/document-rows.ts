/**
 * The document's rows in IndexedDB: sealed Yjs updates, numbered.
 *   row n = sealLocal(localSealKey, "row <generation> <n>", kind 1 | update)      kind: 0 update, 1 whole document
 * 1. A row that was changed, moved or brought back from another generation does not open: nothing unauthenticated
 *    reaches Yjs, which would take a flipped bit in silence.
 * 2. Rows follow each other without a hole, from number 1 or from a whole document. Up to the first fault they are
 *    an older state of the document, and complete in themselves.
 */
import { sealLocal, unsealLocal, type Redacted } from "@deskhand/doc-schema/crypto";
import { concatBytes } from "@deskhand/doc-schema/wire";
import { settled } from "./indexed-db.ts";

export type LocalSealKey = Redacted<"local-seal-key">;

export const KIND = { update: 0, whole: 1 } as const;
export type RowKind = keyof typeof KIND;

export interface SoundRows {
  /** Of the rows before the first fault, oldest first. */
  readonly updates: readonly Uint8Array[];
  /** Number of the last row that is there, sound or not; 0 = none. */
  readonly last: number;
  readonly fault?: "hole" | "unreadable";
}

const contextOf = (generation: string, number: number): string => `row ${generation} ${number}`;

export const sealRow = (
  key: LocalSealKey,
  generation: string,
  number: number,
  kind: RowKind,
  update: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array =>
  sealLocal(key, contextOf(generation, number), concatBytes(Uint8Array.of(KIND[kind]), update), randomBytes);

/** Reads within the transaction that `rows` belongs to. */
export const readSoundRows = async (
  rows: IDBObjectStore,
  key: LocalSealKey,
  generation: string,
): Promise<SoundRows> => {
  const [keys, values] = await Promise.all([settled(rows.getAllKeys()), settled<unknown[]>(rows.getAll())]);
  const last = Number(keys.at(-1) ?? 0);
  const updates: Uint8Array[] = [];
  for (const [at, number] of keys.map(Number).entries()) {
    const isNext = at === 0 || number === Number(keys[at - 1]) + 1;
    if (!isNext) return { updates, last, fault: "hole" };
    const sealed = values[at];
    const row =
      sealed instanceof Uint8Array ? unsealLocal(key, contextOf(generation, number), sealed) : undefined;
    if (row?.ok !== true) return { updates, last, fault: "unreadable" };
    if (at === 0 && number !== 1 && row.value[0] !== KIND.whole) return { updates, last, fault: "hole" };
    updates.push(row.value.subarray(1));
  }
  return { updates, last };
};

/** Number of the last row; 0 = none. */
export const lastRow = async (rows: IDBObjectStore): Promise<number> => {
  const cursor = await settled(rows.openKeyCursor(null, "prev"));
  return cursor === null ? 0 : Number(cursor.key);
};

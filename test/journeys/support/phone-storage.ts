/** The phone's IndexedDB from outside the app: to make a member of it, to damage it, to read what it holds. */
import { unsealLocal, type EpochKeys } from "@deskhand/doc-schema/crypto";
import type { Page } from "playwright-core";
import * as Y from "yjs";
import type { DamageWorkspace } from "./damage-workspace.ts";

/** Same origin, none of the app's code: nothing holds the databases open. */
export const leaveApp = (page: Page, relayUrl: string): Promise<unknown> => page.goto(`${relayUrl}/icon.svg`);

/** Stores what pairing stores. The page is outside the app. */
export const becomeMember = (
  page: Page,
  { membership }: Pick<DamageWorkspace, "membership">,
): Promise<void> =>
  page.evaluate(async (fields) => {
    const opening = indexedDB.open("deskhand", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("values");
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction("values", "readwrite");
    const revive = (value: unknown): unknown => {
      if (Array.isArray(value)) return typeof value[0] === "number" ? Uint8Array.from(value) : value;
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, revive(field)]));
    };
    transaction.objectStore("values").put(revive(fields), "membership");
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    opening.result.close();
    localStorage.setItem("deskhand.paired", "yes");
  }, membership);

/** A row of the document's database: its number and its sealed bytes. */
export type Row = readonly [number: number, sealed: readonly number[]];

export interface StoredRows {
  readonly generation: string | undefined;
  readonly rows: readonly Row[];
}

export const databaseNameOf = ({ workspaceId }: DamageWorkspace): string => `deskhand/${workspaceId}/1`;

export const readRows = (page: Page, name: string): Promise<StoredRows> =>
  page.evaluate(async (database) => {
    const opening = indexedDB.open(database);
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const transaction = opening.result.transaction(["rows", "about"]);
    const rows = transaction.objectStore("rows");
    const requests = [rows.getAllKeys(), rows.getAll(), transaction.objectStore("about").get("generation")];
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    opening.result.close();
    const [keys, values, generation] = requests.map((request) => request.result as unknown);
    return {
      generation: generation as string | undefined,
      rows: (keys as number[]).map((key, at) => [key, [...(values as Uint8Array[])[at]!]] as const),
    };
  }, name);

/** Puts these rows in place of all that are there. */
export const replaceRows = (page: Page, name: string, stored: StoredRows): Promise<void> =>
  page.evaluate(
    async ([database, { generation, rows }]) => {
      const opening = indexedDB.open(database);
      await new Promise((resolve) => (opening.onsuccess = resolve));
      const transaction = opening.result.transaction(["rows", "about"], "readwrite");
      const store = transaction.objectStore("rows");
      const about = transaction.objectStore("about");
      store.clear();
      about.clear();
      for (const [key, sealed] of rows) store.put(Uint8Array.from(sealed), key);
      if (generation !== undefined) about.put(generation, "generation");
      await new Promise((resolve) => (transaction.oncomplete = resolve));
      opening.result.close();
    },
    [name, stored] as const,
  );

export const deleteRows = (page: Page, name: string): Promise<void> =>
  page.evaluate(async (database) => {
    const deleting = indexedDB.deleteDatabase(database);
    await new Promise((resolve) => (deleting.onsuccess = resolve));
  }, name);

/** The document that the rows hold; throws when one does not open. */
export const documentOf = ({ generation, rows }: StoredRows, keys: EpochKeys): Y.Doc => {
  const doc = new Y.Doc();
  for (const [number, sealed] of rows) {
    const row = unsealLocal(keys.localSealKey, `row ${generation} ${number}`, Uint8Array.from(sealed));
    if (!row.ok) throw new Error(`row ${number} does not open`);
    Y.applyUpdate(doc, row.value.subarray(1));
  }
  return doc;
};

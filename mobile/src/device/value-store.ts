/**
 * Small values in IndexedDB, under one name each: keys of this phone, drafts, what is not sent yet.
 * 1. A promise settles only when the transaction has: what was put is on disk.
 * 2. Failures reject with a sentence; a browser that forbids storage says so at once.
 * 3. It is a database of its own: what happens to the document's does not reach it.
 */
import { completed, openDatabase, settled } from "./indexed-db.ts";

export interface ValueStore {
  readonly get: (key: string) => Promise<unknown>;
  readonly put: (key: string, value: unknown) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
  /** Every entry whose key begins so, in the order of the keys. */
  readonly list: (prefix: string) => Promise<readonly (readonly [key: string, value: unknown])[]>;
  readonly removeAll: (prefix: string) => Promise<void>;
}

const STORE = "values";

/** Every key with that beginning: no character sorts after U+FFFF. */
const beginningWith = (prefix: string): IDBKeyRange => IDBKeyRange.bound(prefix, `${prefix}\uffff`);

export const openValueStore = async (name: string): Promise<ValueStore> => {
  const database = await openDatabase(name, (fresh) => fresh.createObjectStore(STORE));
  // Another tab that erases this phone must not wait for this one.
  database.addEventListener("versionchange", () => database.close());
  const write = async (change: (store: IDBObjectStore) => void): Promise<void> => {
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    const done = completed(transaction);
    change(transaction.objectStore(STORE));
    await done;
  };
  const read = (): IDBObjectStore => database.transaction(STORE).objectStore(STORE);
  return {
    get: (key) => settled<unknown>(read().get(key)),
    put: (key, value) => write((store) => void store.put(value, key)),
    remove: (key) => write((store) => void store.delete(key)),
    list: async (prefix) => {
      const store = read();
      const range = beginningWith(prefix);
      const [keys, values] = await Promise.all([
        settled(store.getAllKeys(range)),
        settled<unknown[]>(store.getAll(range)),
      ]);
      return keys.flatMap((key, at) => (typeof key === "string" ? [[key, values[at]] as const] : []));
    },
    removeAll: (prefix) => write((store) => void store.delete(beginningWith(prefix))),
  };
};

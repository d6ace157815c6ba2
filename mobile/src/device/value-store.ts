/**
 * Small values in IndexedDB, under one name each: keys of this phone, drafts, settings.
 * 1. A promise settles only when the transaction has: what was put is on disk.
 * 2. Failures reject with a sentence; a browser that forbids storage says so at once.
 */
export interface ValueStore {
  readonly get: (key: string) => Promise<unknown>;
  readonly put: (key: string, value: unknown) => Promise<void>;
  readonly remove: (key: string) => Promise<void>;
}

const STORE = "values";

const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () =>
      reject(request.error ?? new Error("IndexedDB failed without a reason")),
    );
  });

export const openValueStore = async (name: string): Promise<ValueStore> => {
  const opening = indexedDB.open(name, 1);
  opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(STORE));
  const database = await settled(opening);
  const write = (change: (store: IDBObjectStore) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
      transaction.addEventListener("complete", () => resolve());
      transaction.addEventListener("abort", () =>
        reject(transaction.error ?? new Error("The phone could not store it")),
      );
      change(transaction.objectStore(STORE));
    });
  return {
    get: (key) => settled<unknown>(database.transaction(STORE).objectStore(STORE).get(key)),
    put: (key, value) => write((store) => void store.put(value, key)),
    remove: (key) => write((store) => void store.delete(key)),
  };
};

/**
 * IndexedDB by promises.
 * 1. Inside a transaction nothing but its own requests may be awaited: the browser ends it as soon as none is open.
 * 2. Failures reject with the browser's own reason.
 */
export const openDatabase = async (
  name: string,
  makeStores: (database: IDBDatabase) => void,
): Promise<IDBDatabase> => {
  const opening = indexedDB.open(name, 1);
  opening.addEventListener("upgradeneeded", () => makeStores(opening.result));
  return settled(opening);
};

export const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () =>
      reject(request.error ?? new Error("IndexedDB failed without a reason")),
    );
  });

/** Settles when everything that the transaction changed is stored. */
export const completed = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", () =>
      reject(transaction.error ?? new Error("The phone could not store it")),
    );
  });

export const deleteDatabase = (name: string): Promise<unknown> => settled(indexedDB.deleteDatabase(name));

/** Every database of this app, whatever state it is in. */
export const deleteOwnDatabases = async (): Promise<void> => {
  const all = await indexedDB.databases();
  const own = all.flatMap(({ name }) => (name?.startsWith("deskhand") === true ? [name] : []));
  await Promise.all(own.map(deleteDatabase));
};

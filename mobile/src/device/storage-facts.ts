/** How much this app keeps in the browser, and whether the browser may delete it by itself. */
import { readableBytes } from "@deskhand/doc-schema/views";

export interface StorageFacts {
  readonly used: string;
  readonly isKept: boolean;
}

/** A page without a secure context has no StorageManager: then nothing is known, and nothing is kept. */
export const readStorageFacts = async (): Promise<StorageFacts | undefined> => {
  if (navigator.storage === undefined) return undefined;
  const [{ usage = 0 }, isKept] = await Promise.all([
    navigator.storage.estimate(),
    navigator.storage.persisted(),
  ]);
  return { used: readableBytes(usage), isKept };
};

/** The document on this phone: y-indexeddb, one database a workspace. */
import { clearDocument, IndexeddbPersistence } from "y-indexeddb";
import type * as Y from "yjs";

const nameOf = (workspaceId: string): string => `deskhand/${workspaceId}`;

export interface StoredDocument {
  /** Settles when what was stored is in the document. */
  readonly loaded: Promise<void>;
  readonly close: () => Promise<void>;
}

export const storeDocument = (workspaceId: string, doc: Y.Doc): StoredDocument => {
  const persistence = new IndexeddbPersistence(nameOf(workspaceId), doc);
  return { loaded: persistence.whenSynced.then(() => undefined), close: () => persistence.destroy() };
};

export const eraseDocument = (workspaceId: string): Promise<void> => clearDocument(nameOf(workspaceId));

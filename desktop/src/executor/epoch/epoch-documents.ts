/**
 * One document file an epoch, sealed under that epoch's key.
 * A file of another epoch than the ledger's is what a crash left behind: a beginning that never counted, or an end.
 */
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { EpochKeys } from "@deskhand/doc-schema/crypto";
import { openDocumentStore, type DocumentStore, type DocumentStorePorts } from "../document-store.ts";
import { FIRST_EPOCH } from "../identity.ts";

export interface EpochDocuments {
  readonly open: (keys: EpochKeys) => DocumentStore;
  /** An empty one, whatever a crash left under its name. */
  readonly openFresh: (keys: EpochKeys) => DocumentStore;
  readonly removeOthers: (epoch: number) => void;
}

export interface EpochDocumentsPorts extends Omit<DocumentStorePorts, "file" | "key"> {
  readonly dataDir: string;
}

const nameOf = (epoch: number): string => (epoch === FIRST_EPOCH ? "document" : `document-${epoch}`);

export const createEpochDocuments = ({ dataDir, ...ports }: EpochDocumentsPorts): EpochDocuments => {
  const fileOf = (epoch: number): string => path.join(dataDir, nameOf(epoch));
  const open = ({ epoch, localSealKey }: EpochKeys): DocumentStore =>
    openDocumentStore({ ...ports, file: fileOf(epoch), key: localSealKey });
  return {
    open,
    openFresh: (keys) => {
      rmSync(fileOf(keys.epoch), { force: true });
      return open(keys);
    },
    removeOthers: (epoch) => {
      for (const name of readdirSync(dataDir))
        if (/^document(-\d+)?(\.new)?$/.test(name) && name !== nameOf(epoch))
          rmSync(path.join(dataDir, name));
    },
  };
};

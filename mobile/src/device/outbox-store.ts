/**
 * What this phone wrote and no relay is known to have: a second copy in the value store, as sealed Yjs updates.
 * 1. An order survives the loss of the document's database: it is put back at the next start.
 * 2. Putting one back that is there already changes nothing: an update keeps its place in the document.
 * 3. An entry goes when a relay has acknowledged it and the document's database holds it, never before: should the relay
 *    lose it and the document too, nothing that this phone wrote after it could be read by anybody.
 */
import { sealLocal, unsealLocal } from "@deskhand/doc-schema/crypto";
import type { StructPlace } from "@deskhand/doc-schema/document";
import * as Y from "yjs";
import type { LocalSealKey } from "./document-rows.ts";
import type { ValueStore } from "./value-store.ts";

export interface OutboxPorts {
  /** Of the document's database. */
  readonly name: string;
  readonly key: LocalSealKey;
  readonly values: ValueStore;
  readonly randomBytes: (length: number) => Uint8Array;
  /** True when the database holds all that the document does. */
  readonly isDocumentStored: () => boolean;
  /** Why an entry could not be stored. */
  readonly onProblem: (reason: string) => void;
}

export interface Outbox {
  /** What was kept when it was opened. */
  readonly unsent: readonly Uint8Array[];
  readonly keep: (update: Uint8Array) => void;
  /** Settles when everything kept is stored, or could not be (onProblem). */
  readonly flush: () => Promise<void>;
  /** Lets go of what a relay has, once the document is stored: `isAtRelay` is asked for the last struct of each. */
  readonly settle: (isAtRelay: (client: number, clock: number) => boolean) => void;
  /** Is what lies at this place still waiting for a relay? */
  readonly holds: (place: StructPlace) => boolean;
}

interface Range {
  readonly client: number;
  readonly start: number;
  readonly end: number;
}

interface Entry {
  readonly key: string;
  readonly ranges: readonly Range[];
}

const prefixOf = (name: string): string => `outbox/${name}/`;

/** Its place in the document names it: the same one is never kept twice. */
const entryOf = (prefix: string, update: Uint8Array): Entry => {
  const { from, to } = Y.parseUpdateMeta(update);
  const place = [...from].map(([client, clock]) => `${client}.${String(clock).padStart(10, "0")}`).join("-");
  const ranges = [...to].map(([client, end]) => ({ client, start: from.get(client) ?? 0, end }));
  return { key: `${prefix}${place}`, ranges };
};

export const openOutbox = async ({
  name,
  key,
  values,
  randomBytes,
  isDocumentStored,
  onProblem,
}: OutboxPorts): Promise<Outbox> => {
  const prefix = prefixOf(name);
  const unsent: Uint8Array[] = [];
  const entries = new Map<string, Entry>();
  for (const [at, sealed] of await values.list(prefix)) {
    const opened = sealed instanceof Uint8Array ? unsealLocal(key, at, sealed) : undefined;
    if (opened?.ok !== true) continue; // damaged: the document's own copy has to do
    unsent.push(opened.value);
    entries.set(at, entryOf(prefix, opened.value));
  }
  let writing = Promise.resolve();
  const store = (write: () => Promise<void>): void => {
    writing = writing.then(write).catch((error: unknown) => onProblem(String(error)));
  };
  return {
    unsent,
    keep: (update) => {
      const entry = entryOf(prefix, update);
      if (entry.ranges.length === 0) return; // deletes only: a phone has nothing of its own to delete
      entries.set(entry.key, entry);
      store(() => values.put(entry.key, sealLocal(key, entry.key, update, randomBytes)));
    },
    flush: () => writing,
    settle: (isAtRelay) => {
      if (!isDocumentStored()) return;
      for (const entry of entries.values()) {
        if (!entry.ranges.every(({ client, end }) => isAtRelay(client, end - 1))) continue;
        entries.delete(entry.key);
        store(() => values.remove(entry.key));
      }
    },
    holds: ({ client, clock }) =>
      [...entries.values()].some(({ ranges }) =>
        ranges.some((range) => range.client === client && range.start <= clock && clock < range.end),
      ),
  };
};

export const eraseOutbox = (values: ValueStore, name: string): Promise<void> =>
  values.removeAll(prefixOf(name));

/** Segments of the archive that were fetched, sealed in the value store: older messages can be read again offline. */
import { sealLocal, unsealLocal } from "@deskhand/doc-schema/crypto";
import type { LocalSealKey } from "./document-rows.ts";
import type { ValueStore } from "./value-store.ts";

export interface SegmentStore {
  readonly get: (id: string) => Promise<Uint8Array | undefined>;
  readonly keep: (id: string, bytes: Uint8Array) => Promise<void>;
}

const prefixOf = (name: string): string => `segment/${name}/`;

/** @param name of the document's database */
export const openSegmentStore = (
  values: ValueStore,
  name: string,
  key: LocalSealKey,
  randomBytes: (length: number) => Uint8Array,
): SegmentStore => ({
  get: async (id) => {
    const at = prefixOf(name) + id;
    const sealed = await values.get(at);
    const opened = sealed instanceof Uint8Array ? unsealLocal(key, at, sealed) : undefined;
    return opened?.ok === true ? opened.value : undefined;
  },
  keep: (id, bytes) => {
    const at = prefixOf(name) + id;
    return values.put(at, sealLocal(key, at, bytes, randomBytes));
  },
});

export const eraseSegments = (values: ValueStore, name: string): Promise<void> =>
  values.removeAll(prefixOf(name));

/**
 * How far this phone had read each relay's log: opaque bytes of sync, one entry a relay.
 * A damaged copy of the document forgets them; sync itself trusts them only if the document covers what they claim.
 */
import type { ValueStore } from "./value-store.ts";

export interface ResumeStore {
  readonly of: (relayUrl: string) => Uint8Array | undefined;
  readonly keep: (relayUrl: string, resume: Uint8Array) => void;
}

const prefixOf = (name: string): string => `resume/${name}/`;

/** @param name of the document's database */
export const openResumeStore = async (values: ValueStore, name: string): Promise<ResumeStore> => {
  const prefix = prefixOf(name);
  const entries = new Map(await values.list(prefix));
  return {
    of: (relayUrl) => {
      const resume = entries.get(prefix + relayUrl);
      return resume instanceof Uint8Array ? resume : undefined;
    },
    keep: (relayUrl, resume) => {
      // Losing one costs a replay and nothing else.
      values
        .put(prefix + relayUrl, resume)
        .catch((error: unknown) => console.warn("the place in the log was not kept", error));
    },
  };
};

export const eraseResumes = (values: ValueStore, name: string): Promise<void> =>
  values.removeAll(prefixOf(name));

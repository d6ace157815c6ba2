/**
 * How far each relay's log was read in this epoch: the resume bytes of doc-schema/sync, a sealed file a relay.
 * Losing one costs a replay and nothing else; a file of another epoch does not open, and counts as lost.
 */
import { rmSync } from "node:fs";
import path from "node:path";
import { canonicalDigest, sealLocal, unsealLocal, type EpochKeys } from "@deskhand/doc-schema/crypto";
import { makePrivateFolder, readPrivateFile, replacePrivateFile } from "../private-files.ts";

export interface CursorFiles {
  /** undefined: never read, lost, or of another epoch. */
  readonly load: (url: string) => Uint8Array | undefined;
  readonly save: (url: string, resume: Uint8Array) => void;
  readonly forget: (url: string) => void;
}

export const createCursorFiles = (
  folder: string,
  { localSealKey }: Pick<EpochKeys, "localSealKey">,
  randomBytes: (length: number) => Uint8Array,
): CursorFiles => {
  makePrivateFolder(folder);
  const fileOf = (url: string): string => path.join(folder, canonicalDigest("relay-url", url).slice(0, 32));
  return {
    load: (url) => {
      const sealed = readPrivateFile(fileOf(url));
      const opened = sealed === undefined ? undefined : unsealLocal(localSealKey, `cursor ${url}`, sealed);
      return opened?.ok === true ? opened.value : undefined;
    },
    save: (url, resume) =>
      replacePrivateFile(fileOf(url), sealLocal(localSealKey, `cursor ${url}`, resume, randomBytes)),
    forget: (url) => rmSync(fileOf(url), { force: true }),
  };
};

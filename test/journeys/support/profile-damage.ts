/** Damage to the files of a Chromium profile's IndexedDB, while the browser is closed. All of it is one LevelDB. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";

const filesOf = (profile: string, kind: RegExp): readonly string[] =>
  readdirSync(profile, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.parentPath.endsWith(".indexeddb.leveldb") && kind.test(entry.name),
    )
    .map((entry) => path.join(entry.parentPath, entry.name));

const DATA = /\.(log|ldb)$/;

/** Numbers from 0 to 1 that follow from the seed. */
const fractionOf = (seed: number): number => ((seed * 2_654_435_761) % 1_000) / 1_000;

const overwrite = (file: string, from: number, length: number): void => {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, from, Math.min(bytes.length, from + length));
  writeFileSync(file, bytes);
};

/** The seed says where. */
export const PROFILE_DAMAGE: Readonly<Record<string, (profile: string, seed: number) => void>> = {
  "the files are cut short": (profile, seed) => {
    for (const file of filesOf(profile, DATA))
      truncateSync(file, Math.floor(readFileSync(file).length * fractionOf(seed)));
  },
  "a piece of the files is overwritten": (profile, seed) => {
    for (const file of filesOf(profile, DATA))
      overwrite(file, Math.floor(readFileSync(file).length * fractionOf(seed)), 256);
  },
  "the list of the files is garbage": (profile) => {
    for (const file of filesOf(profile, /^(CURRENT|MANIFEST-.*)$/)) overwrite(file, 0, 64);
  },
};

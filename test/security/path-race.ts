/**
 * [R20] Opens, creates, renames and deletes by our confined walk, while another process swaps folders and files for
 * links to outside. An escape is: a byte read from outside, or anything outside made, changed or gone.
 */
import { spawn, type ChildProcess } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import path from "node:path";
import { createIdFactory } from "@deskhand/doc-schema/document";
import { attempt, type Outcome } from "../../desktop/src/executor/tools/fault.ts";
import {
  moveEntry,
  placeNew,
  removeOwn,
  writeTemporary,
} from "../../desktop/src/executor/tools/file-effects.ts";
import { withFile } from "../../desktop/src/executor/tools/file-facts.ts";
import type { Folder } from "../../desktop/src/executor/tools/folder-handle.ts";
import { atEntry, inGrant } from "../../desktop/src/executor/tools/place.ts";

export interface RaceResult {
  readonly operations: number;
  readonly escapes: number;
  /** Went through inside. */
  readonly through: number;
  /** Met a link, a gap or what the attacker left. */
  readonly refused: number;
}

export interface RaceOptions {
  readonly operations: number;
  /** Where the scene is built; a disk in memory races faster. */
  readonly under: string;
  /** How many at once. */
  readonly width?: number;
  /** Resolves the path and then opens it, as one should not: to see that the race is one. */
  readonly isCareless?: boolean;
}

const SECRET = "outside";
const INSIDE = "inside";

export const race = async ({
  operations,
  under,
  width = 8,
  isCareless = false,
}: RaceOptions): Promise<RaceResult> => {
  const root = realpathSync(mkdtempSync(path.join(under, "deskhand-race-")));
  buildScene(root);
  const outside = path.join(root, "outside");
  const before = snapshot(outside);
  const attacker = await startAttacker(root);
  const result = { operations, escapes: 0, through: 0, refused: 0 };
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++; n < operations; n = next++) {
      const done = isCareless ? await readCarelessly(root) : await operate(root, n);
      if (!done.ok) result.refused++;
      else if (done.value.includes(SECRET)) result.escapes++;
      else result.through++;
      if (n % 1000 === 999 && snapshot(outside) !== before) result.escapes++;
    }
  };
  try {
    await Promise.all(Array.from({ length: width }, worker));
  } finally {
    await stopAttacker(attacker);
  }
  if (snapshot(outside) !== before) result.escapes++;
  rmSync(root, { recursive: true, force: true });
  return result;
};

const buildScene = (root: string): void => {
  for (const folder of ["granted/swapped", "granted/steady", "outside"])
    mkdirSync(path.join(root, folder), { recursive: true });
  for (const file of ["granted/swapped/file", "granted/swapped/victim", "granted/steady/swapped"])
    writeFileSync(path.join(root, file), INSIDE);
  // the same names outside: what is renamed or deleted by mistake is seen
  for (const file of ["file", "victim", "swapped", ...MOVED])
    writeFileSync(path.join(root, "outside", file), SECRET);
};

/** Names that operations move to and fro. */
const MOVED = ["moved-0", "moved-1", "moved-2", "moved-3"];

const ids = createIdFactory({ now: () => 0, randomBytes: (length) => new Uint8Array(length) });
const grantId = ids.create("grant");

const operate = (root: string, n: number): Promise<Outcome<string>> => {
  const grant = { id: grantId, name: "Files", path: path.join(root, "granted"), mode: "read-write" } as const;
  const name = `n-${n}`;
  const turn = Math.floor(n / 6);
  const moved = MOVED[turn % MOVED.length] ?? name;
  return inGrant(grant, (folder) => {
    switch (n % 6) {
      case 0:
        return read(folder, ["swapped", "file"]);
      case 1:
        return read(folder, ["steady", "swapped"]);
      case 2:
        return create(folder, ["swapped", name]);
      case 3:
        return move(folder, ["swapped", "file"], ["steady", name]);
      case 4:
        return move(folder, ["steady", "swapped"], ["swapped", moved]);
      default:
        return remove(folder, ["swapped", turn % 2 === 0 ? "victim" : moved]);
    }
  });
};

const read = (root: Folder, parts: readonly string[]): Promise<Outcome<string>> =>
  atEntry(root, parts, "file", (entry) =>
    withFile(entry, "file", ({ handle }) => attempt("file", () => handle.readFile("utf8"))),
  );

/** A file comes, and goes again. */
const create = (root: Folder, parts: readonly string[]): Promise<Outcome<string>> =>
  atEntry(root, parts, "file", (entry) =>
    attempt("file", async () => {
      const temporary = { ...entry, name: `.${entry.name}` };
      await writeTemporary(temporary, { chunks: [Buffer.from(INSIDE)] });
      placeNew(temporary, entry, false);
      removeOwn(entry);
      return INSIDE;
    }),
  );

/** Away and, if that went, back; the target's bytes are looked at in between. */
const move = (root: Folder, from: readonly string[], to: readonly string[]): Promise<Outcome<string>> =>
  atEntry(root, from, "file", (source) =>
    atEntry(root, to, "file", async (target) => {
      const aside = { ...source, name: `.aside-${target.name}` };
      const moved = await attempt("file", async () => moveEntry(source, target, aside, false));
      if (!moved.ok) return moved;
      const bytes = await withFile(target, "file", ({ handle }) =>
        attempt("file", () => handle.readFile("utf8")),
      );
      const back = { ...target, name: `.back-${target.name}` };
      const returned = await attempt("file", async () => moveEntry(target, source, back, false));
      return returned.ok || bytes.ok ? bytes : returned;
    }),
  );

/** Deletes, and makes anew for the next one. */
const remove = (root: Folder, parts: readonly string[]): Promise<Outcome<string>> =>
  atEntry(root, parts, "file", (entry) =>
    attempt("file", async () => {
      removeOwn(entry);
      await writeTemporary(entry, { chunks: [Buffer.from(INSIDE)] });
      return INSIDE;
    }),
  );

const readCarelessly = async (root: string): Promise<Outcome<string>> =>
  attempt("file", async () => {
    const wanted = path.join(root, "granted/swapped/file");
    const real = await realpath(wanted);
    const isInside = !path.relative(path.join(root, "granted"), real).startsWith("..");
    return isInside ? readFile(wanted, "utf8") : INSIDE;
  });

const snapshot = (folder: string): string =>
  readdirSync(folder)
    .toSorted()
    .map((name) => `${name}=${readFileSync(path.join(folder, name), "utf8")}`)
    .join("\n");

const startAttacker = (root: string): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const script = path.join(import.meta.dirname, "swapping-process.ts");
    const child = spawn(process.execPath, [script, root], { stdio: ["pipe", "pipe", "inherit"] });
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the attacker ended at once")));
    child.stdout.once("data", () => resolve(child));
  });

const stopAttacker = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });

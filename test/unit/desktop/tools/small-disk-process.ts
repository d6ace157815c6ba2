/**
 * What the tools do on a full disk. argv[2] is a folder on a disk of 1 MB, argv[3] one on a large disk; prints JSON
 * { what was tried → the word of the result }, and throws where a file is not as it has to be.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { createIdFactory } from "@deskhand/doc-schema/document";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import { createUndoStore } from "../../../../desktop/src/executor/undo/undo-store.ts";

const [small = "", large = ""] = process.argv.slice(2);
const ids = createIdFactory({ now: () => 1_760_000_000_000, randomBytes });
const words: Record<string, string> = {};

const assert = (what: string, holds: boolean): void => {
  if (!holds) throw new Error(what);
};

const scene = (files: string, storeDir: string): ((name: string, input: object) => Promise<string>) => {
  mkdirSync(files, { recursive: true });
  const grant = { id: ids.create("grant"), name: "Files", path: files, mode: "read-write" } as const;
  const undo = createUndoStore({ dir: storeDir, resolveGrant: () => grant, now: () => 0 });
  if (!undo.ok) throw new Error(undo.error.type);
  const tools = createTools({ undo: undo.value, now: () => 0 });
  return async (name, input) => {
    const [stepId, runId] = [ids.create("step"), ids.create("run")];
    const signal = new AbortController().signal;
    const context = { grants: [grant], runId, stepId, signal, progress: () => {} };
    const [tool] = tools.filter((one) => one.name === name);
    const prepared = await tool?.prepare({ folder: "Files", ...input }, context);
    const done = prepared?.ok === true ? await tool?.run(prepared.value, context) : prepared;
    return done === undefined ? "none" : done.ok ? "ok" : done.error.type;
  };
};

/** Leaves not a byte free. */
const fillDisk = (file: string): void => {
  for (const size of [65_536, 4096, 512, 1])
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
};

const onSmall = scene(path.join(small, "files"), path.join(large, "store"));
const file = path.join(small, "files/a.txt");
writeFileSync(file, "before");
const big = "x".repeat(2 * 1024 * 1024);
words["create"] = await onSmall("write_file", { path: "big.txt", text: big });
words["overwrite"] = await onSmall("write_file", { path: "a.txt", text: big });
words["edit"] = await onSmall("edit_file", { path: "a.txt", old: "before", new: big });
assert("the file is as before", readFileSync(file, "utf8") === "before");
assert("nothing half-written is left", readdirSync(path.join(small, "files")).join() === "a.txt");
rmSync(path.join(small, "files"), { recursive: true });

const onLarge = scene(path.join(large, "files"), path.join(small, "store"));
const kept = path.join(large, "files/b.txt");
writeFileSync(kept, "y".repeat(900_000));
writeFileSync(path.join(large, "files/c.txt"), "z".repeat(900_000));
words["first"] = await onLarge("write_file", { path: "b.txt", text: "new" });
words["no room for the previous bytes"] = await onLarge("write_file", { path: "c.txt", text: "new" });
words["no room for what is trashed"] = await onLarge("trash_files", { paths: ["c.txt"] });
assert("c.txt is as before", readFileSync(path.join(large, "files/c.txt"), "utf8").length === 900_000);
assert("no temporary bytes are left", readdirSync(path.join(small, "store/preimages")).length === 1);
assert("no part is left", readdirSync(path.join(small, "store/kept")).length === 0);

const filler = path.join(small, "filler");
fillDisk(filler);
const many = Array.from({ length: 30 }, (_, n) => `${n}-${"long".repeat(50)}.txt`);
for (const name of many) writeFileSync(path.join(large, "files", name), name);
const moves = many.map((name) => ({ from: name, to: `moved/${name}` }));
words["no room for the undo records"] = await onLarge("move_files", { moves });
const isWhole = (name: string): boolean =>
  existsSync(path.join(large, "files", name)) !== existsSync(path.join(large, "files/moved", name));
assert("every file has one name", many.every(isWhole));
rmSync(filler);
words["with room again"] = await onLarge("move_files", {
  moves: moves.filter(({ from }) => existsSync(path.join(large, "files", from))),
});
assert("all were moved", readdirSync(path.join(large, "files/moved")).length === many.length);
process.stdout.write(JSON.stringify(words));

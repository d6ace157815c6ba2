/**
 * [T59] A process that is killed at each failpoint of each changing tool. Afterwards `check` tells the truth, `run`
 * finishes exactly once, and undo gives back every byte; undo at once, without finishing, does so too.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import { createScene, journaled, must, openStore, put, treeOf, wordOf, type Scene } from "./scene.ts";
import type { Order } from "./tool-process.ts";
import { zipOf } from "./zip-bytes.ts";

const CHILD = path.join(import.meta.dirname, "tool-process.ts");

/** "killed", or the word of the result. */
const runInProcess = (order: Order): string => {
  const child = spawnSync(process.execPath, [CHILD, JSON.stringify({ order })], { encoding: "utf8" });
  if (child.signal === "SIGKILL") return "killed";
  if (child.status !== 0) throw new Error(child.stderr);
  return child.stdout;
};

/** A folder on another disk than the granted one. */
const otherDisk = (): string => {
  const folder = mkdtempSync("/dev/shm/deskhand-other-disk-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

interface Case {
  readonly name: string;
  readonly tool: string;
  readonly input: object;
  /** How often the tool passes a failpoint. */
  readonly failpoints: number;
  /** At how many of them part of the effect is there. */
  readonly partly: number;
  readonly onOtherDisk?: boolean;
}

const CASES: readonly Case[] = [
  {
    name: "moving two files and a folder",
    tool: "move_files",
    input: {
      moves: [
        { from: "a.txt", to: "x/a.txt" },
        { from: "folder", to: "x/folder" },
        { from: "b.txt", to: "c.txt" },
      ],
    },
    failpoints: 10,
    partly: 8,
  },
  {
    name: "creating a file",
    tool: "write_file",
    input: { path: "x/new.txt", text: "new" },
    failpoints: 4,
    partly: 1,
  },
  {
    name: "overwriting a file",
    tool: "write_file",
    input: { path: "a.txt", text: "new" },
    failpoints: 3,
    partly: 0,
  },
  {
    name: "editing a file",
    tool: "edit_file",
    input: { path: "a.txt", old: "alpha", new: "x" },
    failpoints: 3,
    partly: 0,
  },
  {
    name: "copying a file and a folder",
    tool: "copy_files",
    input: {
      copies: [
        { from: "a.txt", to: "x/a.txt" },
        { from: "folder", to: "x/folder" },
      ],
    },
    failpoints: 8,
    partly: 5,
  },
  {
    name: "packing an archive",
    tool: "zip_files",
    input: { paths: ["a.txt", "folder"], to: "x/all.zip" },
    failpoints: 4,
    partly: 1,
  },
  {
    name: "unpacking an archive",
    tool: "unzip_file",
    input: { path: "two.zip", to: "x" },
    failpoints: 8,
    partly: 5,
  },
  { name: "making folders", tool: "make_folder", input: { path: "x/y" }, failpoints: 2, partly: 0 },
  { name: "trashing", tool: "trash_files", input: { paths: ["a.txt", "folder"] }, failpoints: 4, partly: 2 },
  {
    name: "trashing to another disk",
    tool: "trash_files",
    input: { paths: ["a.txt", "folder"] },
    failpoints: 8,
    partly: 6,
    onOtherDisk: true,
  },
];

describe("[T59] killed in the middle", () => {
  test.each(CASES)("$name", async ({ tool, input, failpoints, partly, onOtherDisk }) => {
    const verdicts: string[] = [];
    for (let killAt = 1; killAt <= failpoints + 1; killAt++) {
      const scene = createScene();
      scene.undo.close();
      fill(scene);
      const before = treeOf(scene.files);
      const finished = await finishedTree(tool, input);
      const storeDir = onOtherDisk === true ? otherDisk() : path.join(scene.root, "store");
      const context = scene.context();
      const prepared = journaled(
        must(await scene.tool(tool).prepare({ folder: "Files", ...input }, context)),
      );
      const order = {
        grant: scene.grant,
        storeDir,
        runId: scene.runId,
        stepId: context.stepId,
        tool,
        input,
        prepared,
      };
      const ended = runInProcess({ ...order, killAt });
      expect(ended).toBe(killAt <= failpoints ? "killed" : "ok");

      const undo = openStore(storeDir, [scene.grant]);
      const [again] = createTools({ undo, now: () => 0 }).filter(({ name }) => name === tool);
      if (again === undefined) throw new Error(tool);
      const verdict = await again.check(prepared, context);
      verdicts.push(verdict);
      for (let round = 0; round < 2; round++) {
        expect(wordOf(await again.run(prepared, context))).toBe("ok");
        expect(treeOf(scene.files)).toBe(finished);
        expect(await again.check(prepared, context)).toBe("done");
      }
      const ids = undo
        .changesOf(scene.runId)
        .map(({ kind, path: file, to }) => `${kind} ${file} ${to ?? ""}`);
      expect(new Set(ids).size).toBe(ids.length);

      const items = await undo.undoRun(scene.runId);
      expect(items.filter(({ outcome }) => outcome !== "undone")).toEqual([]);
      expect(treeOf(scene.files)).toBe(before);
      undo.close();
    }
    expect(verdicts.at(-1)).toBe("done");
    expect(verdicts[0]).toBe("not-done");
    expect(verdicts).not.toContain("conflict");
    expect(verdicts.filter((verdict) => verdict === "partly")).toHaveLength(partly);
  });

  test.each(CASES)("$name, then undone at once", async ({ tool, input, failpoints, onOtherDisk }) => {
    for (let killAt = 1; killAt <= failpoints; killAt++) {
      const scene = createScene();
      fill(scene);
      const before = treeOf(scene.files);
      const storeDir = onOtherDisk === true ? otherDisk() : path.join(scene.root, "store");
      const context = scene.context();
      const order = { grant: scene.grant, storeDir, runId: scene.runId, stepId: context.stepId, tool };
      const withFolder = { folder: "Files", ...input };
      expect(runInProcess({ ...order, input: withFolder, killAt })).toBe("killed");
      const undo = openStore(storeDir, [scene.grant]);
      await undo.undoRun(scene.runId);
      expect([killAt, treeOf(scene.files)]).toEqual([killAt, before]);
      expect(readdirSync(scene.files).filter((name) => name.startsWith(".deskhand"))).toEqual([]);
      undo.close();
    }
  });
});

describe("[T59] undo killed in the middle", () => {
  test.each(CASES)("of $name", async ({ tool, input, onOtherDisk }) => {
    const endings = ["killed"];
    for (let killAt = 1; endings.at(-1) === "killed"; killAt++) {
      const scene = createScene();
      fill(scene);
      const before = treeOf(scene.files);
      const storeDir = onOtherDisk === true ? otherDisk() : path.join(scene.root, "store");
      const context = scene.context();
      const order = { grant: scene.grant, storeDir, runId: scene.runId, stepId: context.stepId, tool };
      expect(runInProcess({ ...order, input: { folder: "Files", ...input } })).toBe("ok");
      endings.push(runInProcess({ ...order, input: {}, tool: "undo", killAt }));
      const undo = openStore(storeDir, [scene.grant]);
      const again = await undo.undoRun(scene.runId);
      const left = again.filter(({ outcome }) => outcome !== "undone" && outcome !== "already-undone");
      expect([killAt, left.filter(({ change }) => change.kind !== "make-folder")]).toEqual([killAt, []]);
      expect(treeOf(scene.files)).toBe(before);
      expect(readdirSync(path.join(storeDir, "kept")).filter((name) => name.endsWith(".part"))).toEqual([]);
      undo.close();
    }
    expect(endings.length).toBeGreaterThan(2);
    expect(endings.at(-1)).toBe("ok");
  });
});

const FILLED_AT = new Date("2026-03-01T12:00:00Z");

const fill = ({ files }: Scene): void => {
  put(
    path.join(files, "two.zip"),
    zipOf([
      { name: "one.txt", bytes: "1" },
      { name: "sub/two.txt", bytes: "22" },
    ]),
  );
  put(path.join(files, "a.txt"), "alpha");
  put(path.join(files, "b.txt"), "beta");
  put(path.join(files, "folder/sub/inner.txt"), "inner");
  // An archive holds when its files were changed: two scenes must not differ by when they were filled.
  for (const name of ["a.txt", "folder/sub/inner.txt", "folder/sub", "folder"]) {
    utimesSync(path.join(files, name), FILLED_AT, FILLED_AT);
  }
};

/** The tree after the same call without a crash. */
const finishedTree = async (tool: string, input: object): Promise<string> => {
  const scene = createScene();
  fill(scene);
  must(await scene.call(tool, { folder: "Files", ...input }));
  return treeOf(scene.files);
};

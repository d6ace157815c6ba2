/** One file of a step taken back by itself, the rest later; and how a step that is not back whole is told. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { StepId } from "@deskhand/doc-schema/document";
import { createUndo } from "../../../../desktop/src/executor/undo-order.ts";
import type { ChangeRecord } from "../../../../desktop/src/executor/undo/change.ts";
import type { UndoneItem } from "../../../../desktop/src/executor/undo/reversal.ts";
import {
  leftAloneAfter,
  leftAloneOf,
  stepFiles,
  takenBackOf,
} from "../../../../desktop/src/executor/undo/taken-back.ts";
import { createUndoStore, type UndoStore } from "../../../../desktop/src/executor/undo/undo-store.ts";
import { createScene, ids, must, openStore, put, treeOf, type Scene } from "../tools/scene.ts";

const NAMES = ["a.txt", "b.txt", "c.txt"] as const;

/** Three files moved into a new folder by one step. */
const moved = async () => {
  const scene = createScene();
  for (const name of NAMES) put(path.join(scene.files, name), `${name} at first`);
  const before = treeOf(scene.files);
  const stepId = ids.create("step");
  const moves = NAMES.map((name) => ({ from: name, to: `sorted/${name}` }));
  must(await scene.call("move_files", { folder: "Files", moves }, { stepId }));
  const at = (name: string): string => path.join(scene.files, name);
  return { scene, stepId, before, at };
};
const changesOf = ({ runId }: Scene, store: UndoStore, stepId: StepId): readonly ChangeRecord[] =>
  store.changesOf(runId).filter((change) => change.stepId === stepId);
const nameOf = (n: number): string => NAMES[n] ?? "";
const fileOf = (stepId: StepId, file: number) => ({ stepId, file, path: nameOf(file) });

describe("undo of one file", () => {
  test("takes back that one; the step takes back the others and the folder", async () => {
    const { scene, stepId, before, at } = await moved();
    const item = await scene.undo.undoFile(fileOf(stepId, 1));
    expect(item).toMatchObject({ outcome: "undone", change: { path: "b.txt" } });
    expect(readFileSync(at("b.txt"), "utf8")).toBe("b.txt at first");
    expect([existsSync(at("a.txt")), existsSync(at("sorted/a.txt"))]).toEqual([false, true]);
    expect(await scene.undo.undoFile(fileOf(stepId, 1))).toMatchObject({ outcome: "already-undone" });
    expect(takenBackOf(changesOf(scene, scene.undo, stepId), [], undefined)).toEqual({
      at: 1_760_000_000_000,
      back: 1,
      left: 2,
      files: [1],
    });
    const rest = await scene.undo.undoStep(stepId);
    expect(rest.map(({ outcome }) => outcome).toSorted()).toEqual([
      "already-undone",
      "undone",
      "undone",
      "undone",
    ]);
    expect(treeOf(scene.files)).toBe(before);
  });

  test("the last one takes along the folder that the step made; after a restart too", async () => {
    const { scene, stepId, before, at } = await moved();
    await scene.undo.undoFile(fileOf(stepId, 2));
    await scene.undo.undoFile(fileOf(stepId, 0));
    expect(existsSync(at("sorted"))).toBe(true);
    scene.undo.close();
    const again = openStore(path.join(scene.root, "undo"), [scene.grant]);
    expect(await again.undoFile(fileOf(stepId, 1))).toMatchObject({ outcome: "undone" });
    expect(treeOf(scene.files)).toBe(before);
    expect(takenBackOf(changesOf(scene, again, stepId), [], undefined)).toMatchObject({ back: 3, left: 0 });
    again.close();
  });

  test("a folder that holds something else stays, and its last file is back all the same", async () => {
    const { scene, stepId, at } = await moved();
    writeFileSync(at("sorted/theirs.txt"), "theirs");
    for (const file of [0, 1, 2])
      expect(await scene.undo.undoFile(fileOf(stepId, file))).toMatchObject({ outcome: "undone" });
    expect(readFileSync(at("sorted/theirs.txt"), "utf8")).toBe("theirs");
  });

  test("a file that was changed since stays; cleared away, it can be tried again", async () => {
    const { scene, stepId, before, at } = await moved();
    writeFileSync(at("a.txt"), "theirs");
    const tree = treeOf(scene.files);
    expect(await scene.undo.undoFile(fileOf(stepId, 0))).toMatchObject({
      outcome: "conflict",
      why: "in-the-way",
    });
    expect(treeOf(scene.files)).toBe(tree);
    rmSync(at("a.txt"));
    expect(await scene.undo.undoFile(fileOf(stepId, 0))).toMatchObject({ outcome: "undone" });
    await scene.undo.undoStep(stepId);
    expect(treeOf(scene.files)).toBe(before);
  });

  test("place and path must both fit: else nothing is touched", async () => {
    const { scene, stepId } = await moved();
    const tree = treeOf(scene.files);
    for (const file of [
      { stepId, file: 0, path: "b.txt" },
      { stepId, file: 3, path: "a.txt" },
      { stepId, file: 0, path: "sorted/a.txt" },
      { stepId: ids.create("step"), file: 0, path: "a.txt" },
    ])
      expect(await scene.undo.undoFile(file)).toBeUndefined();
    expect(treeOf(scene.files)).toBe(tree);
  });

  test("a file and its step ordered at once: each change is taken back once", async () => {
    const { scene, stepId, before } = await moved();
    const [one, all] = await Promise.all([
      scene.undo.undoFile(fileOf(stepId, 0)),
      scene.undo.undoStep(stepId),
    ]);
    expect(one?.outcome).toBe("undone");
    expect(all.filter(({ outcome }) => outcome === "undone")).toHaveLength(3);
    expect(treeOf(scene.files)).toBe(before);
  });

  test.each(["linked", "aside", "done"])(
    "[T59] cut at “%s”, it is done when it is ordered again",
    async (where) => {
      const { scene, stepId, before, at } = await moved();
      scene.undo.close();
      class Cut extends Error {}
      const open = (isCut: boolean) =>
        must(
          createUndoStore({
            dir: path.join(scene.root, "undo"),
            resolveGrant: () => scene.grant,
            now: () => 0,
            failpoint: (name) => {
              if (isCut && name === where) throw new Cut();
            },
          }),
        );
      const cut = open(true);
      await expect(cut.undoFile(fileOf(stepId, 1))).rejects.toThrow(Cut);
      cut.close();
      const again = open(false);
      expect(await again.undoFile(fileOf(stepId, 1))).toMatchObject({ outcome: "undone" });
      expect([existsSync(at("b.txt")), existsSync(at("sorted/b.txt"))]).toEqual([true, false]);
      await again.undoStep(stepId);
      expect(treeOf(scene.files)).toBe(before);
      again.close();
    },
  );
});

describe("what a step's undo came to", () => {
  test("one conflict among many: the others are back, and the one is named with its reason", async () => {
    const { scene, stepId, at } = await moved();
    writeFileSync(at("sorted/b.txt"), "changed by a person");
    const undo = createUndo(scene.undo, () => 7);
    const order = { id: ids.create("intent"), createdAt: 0, runId: scene.runId, stepId } as const;
    const [record] = await undo({ ...order, type: "undo" });
    const leftAlone = [{ changeId: `${stepId}.2`, path: "b.txt", why: "changed" as const }];
    expect(record).toMatchObject({ type: "step-undone", outcome: "conflict", leftAlone });
    expect(takenBackOf(changesOf(scene, scene.undo, stepId), leftAlone, 7)).toEqual({
      at: 1_760_000_000_000,
      back: 2,
      left: 1,
      files: [0, 2],
      leftAlone: [{ path: "b.txt", why: "changed", file: 1 }],
    });
    const [single] = await undo({ ...order, type: "undo-file", file: 1, path: "b.txt" });
    expect(single).toMatchObject({ type: "file-undone", leftAlone: leftAlone[0] });
    const [unknown] = await undo({ ...order, type: "undo-file", file: 9, path: "z.txt" });
    expect(unknown).toMatchObject({ type: "file-undone", leftAlone: { path: "z.txt", why: "gone" } });
    expect(readFileSync(at("sorted/b.txt"), "utf8")).toBe("changed by a person");
  });

  test("a grant that is gone or only for reading is said to be the reason", async () => {
    const { scene, stepId } = await moved();
    const dir = path.join(scene.root, "undo");
    scene.undo.close();
    for (const grants of [[], [{ ...scene.grant, mode: "read" as const }]]) {
      const store = openStore(dir, grants);
      expect(leftAloneOf(await store.undoStep(stepId)).map(({ why }) => why)).toEqual(
        Array(3).fill("not-granted"),
      );
      store.close();
    }
  });
});

describe("the bounds of what is told", () => {
  const change = (n: number, fields: Partial<ChangeRecord> = {}): ChangeRecord => ({
    id: `s.${n}`,
    runId: ids.create("run"),
    stepId: ids.create("step"),
    grantId: ids.create("grant"),
    kind: "trash",
    path: `${n}.txt`,
    isFolder: false,
    pre: null,
    post: null,
    mode: null,
    modifiedMs: null,
    at: 0,
    undoneAt: undefined,
    ...fields,
  });
  const item = (
    n: number,
    outcome: UndoneItem["outcome"],
    fields: Partial<ChangeRecord> = {},
  ): UndoneItem => ({
    change: change(n, fields),
    outcome,
    ...(outcome === "conflict" ? { why: "changed" as const } : {}),
  });
  const many = Array.from({ length: 10_000 }, (_, n) => change(n));

  test("ten thousand files: their number, and the first names within 384 bytes", () => {
    expect(stepFiles(many)).toEqual({
      count: 10_000,
      first: many.slice(0, 16).map(({ path: name }) => name),
    });
    const long = many.map((one) => ({ ...one, path: `${"x".repeat(100)}/${one.path}` }));
    expect(stepFiles(long)?.first).toHaveLength(3);
    const wide = many.map((one) => ({ ...one, path: `${"檔".repeat(40)}${one.path}` }));
    expect(stepFiles(wide)?.first).toHaveLength(3);
    const tooLong = [change(0, { path: "x".repeat(500) }), change(1)];
    expect(stepFiles(tooLong)).toEqual({ count: 2, first: [] });
  });
  test("folders that were made on the way are no files; a step of one file has no list", () => {
    const folder = change(0, { kind: "make-folder", path: "x" });
    expect(stepFiles([folder, change(1), change(2)])).toEqual({ count: 2, first: ["1.txt", "2.txt"] });
    expect(stepFiles([folder, change(1)])).toBeUndefined();
    expect(stepFiles([folder, { ...folder, id: "s.1" }])).toBeUndefined();
    expect(takenBackOf([folder], [], 3)).toMatchObject({ back: 0, left: 1 });
    expect(takenBackOf([folder, change(1)], [], undefined)).toBeUndefined();
    expect(takenBackOf([], [], 3)).toBeUndefined();
  });
  test("of what is left the first five are named, by the end of a long path; folders only where no file is", () => {
    const conflicts = Array.from({ length: 9 }, (_, n) =>
      item(n, "conflict", { path: `${"x/".repeat(60)}${n}.txt` }),
    );
    const folder = item(20, "conflict", { kind: "make-folder" });
    const left = leftAloneOf([...conflicts.toReversed(), item(21, "undone"), folder]);
    expect(left.map(({ changeId }) => changeId)).toEqual([0, 1, 2, 3, 4].map((n) => `s.${n}`));
    expect(left[0]?.path).toMatch(/^….{74}0\.txt$/);
    expect(leftAloneOf([item(20, "conflict", { kind: "make-folder" }), item(21, "undone")])).toEqual([
      { changeId: "s.20", path: "20.txt", why: "changed" },
    ]);
  });
  test("a file that is back, by whichever order, is not named as left any more", () => {
    const left = [0, 1].map((n) => ({ changeId: `s.${n}`, path: `${n}.txt`, why: "changed" as const }));
    const records = [change(0, { undoneAt: 9 }), change(1)];
    expect(takenBackOf(records, left, 3)).toEqual({
      at: 9,
      back: 1,
      left: 1,
      files: [0],
      leftAlone: [{ path: "1.txt", why: "changed", file: 1 }],
    });
    expect(leftAloneAfter(left, "s.0", undefined).map(({ changeId }) => changeId)).toEqual(["s.1"]);
    const again = { changeId: "s.0", path: "0.txt", why: "gone" } as const;
    expect(leftAloneAfter(left, "s.0", again).map(({ why }) => why)).toEqual(["changed", "gone"]);
  });
});

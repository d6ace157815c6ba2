/** Undo of every kind on a real disk: afterwards every file has the same hash; nothing that changed since is touched. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { StepId } from "@deskhand/doc-schema/document";
import type { UndoneItem } from "../../../../desktop/src/executor/undo/reversal.ts";
import { createUndoStore } from "../../../../desktop/src/executor/undo/undo-store.ts";
import { createScene, ids, must, openStore, put, treeOf, type Scene } from "../tools/scene.ts";

/** Runs a tool in a step of its own. */
const step = async (scene: Scene, tool: string, input: object): Promise<StepId> => {
  const stepId = ids.create("step");
  must(await scene.call(tool, { folder: "Files", ...input }, { stepId }));
  return stepId;
};
const outcomes = (items: readonly UndoneItem[]): readonly string[] => items.map(({ outcome }) => outcome);

describe("undo of one step", () => {
  const KINDS: readonly (readonly [name: string, tool: string, input: object, records: number])[] = [
    ["a created file", "write_file", { path: "new.txt", text: "new" }, 1],
    ["a created file and its folders", "write_file", { path: "x/y/new.txt", text: "new" }, 3],
    ["an overwritten file", "write_file", { path: "a.txt", text: "other" }, 1],
    ["a file overwritten with nothing", "write_file", { path: "a.txt", text: "" }, 1],
    ["an edited file", "edit_file", { path: "a.txt", old: "alpha", new: "omega" }, 1],
    ["a made folder", "make_folder", { path: "x/y" }, 2],
    ["a moved file", "move_files", { moves: [{ from: "a.txt", to: "x/a.txt" }] }, 2],
    ["a moved folder", "move_files", { moves: [{ from: "folder", to: "x/folder" }] }, 2],
    ["a trashed file", "trash_files", { paths: ["a.txt"] }, 1],
    ["a trashed folder", "trash_files", { paths: ["folder"] }, 1],
  ];
  test.each(KINDS)("%s", async (_, tool, input, records) => {
    const scene = createScene();
    const file = path.join(scene.files, "a.txt");
    put(file, "alpha beta");
    put(path.join(scene.files, "folder/sub/b.bin"), new Uint8Array([0, 1, 2, 255]));
    mkdirSync(path.join(scene.files, "folder/empty"));
    chmodSync(file, 0o640);
    utimesSync(file, 1_700_000_000, 1_700_000_000.123);
    const before = treeOf(scene.files);
    const stepId = await step(scene, tool, input);
    expect(treeOf(scene.files)).not.toBe(before);
    expect(scene.undo.changesOf(scene.runId)).toHaveLength(records);
    expect(outcomes(await scene.undo.undoStep(stepId))).toEqual(Array(records).fill("undone"));
    expect(treeOf(scene.files)).toBe(before);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(statSync(file).mtimeMs).toBeCloseTo(1_700_000_000_123, -1);
    expect(outcomes(await scene.undo.undoStep(stepId))).toEqual(Array(records).fill("already-undone"));
    expect(treeOf(scene.files)).toBe(before);
  });

  test("a step that nobody knows has nothing to undo", async () => {
    expect(await createScene().undo.undoStep(ids.create("step"))).toEqual([]);
  });

  test("folders that were removed since are made again for what comes back", async () => {
    const scene = createScene();
    put(path.join(scene.files, "deep/down/a.txt"), "a");
    put(path.join(scene.files, "deep/down/b.txt"), "b");
    const before = treeOf(scene.files);
    const moved = await step(scene, "move_files", { moves: [{ from: "deep/down/a.txt", to: "a.txt" }] });
    const trashed = await step(scene, "trash_files", { paths: ["deep/down/b.txt"] });
    rmSync(path.join(scene.files, "deep"), { recursive: true });
    await scene.undo.undoStep(trashed);
    await scene.undo.undoStep(moved);
    expect(treeOf(scene.files)).toBe(before);
  });
});

describe("undo of a run", () => {
  test("goes backwards through steps that build on each other, after a restart, to the same bytes", async () => {
    const scene = createScene();
    for (const file of ["a.txt", "b.txt", "folder/c.txt"])
      put(path.join(scene.files, file), `${file} at first`);
    const before = treeOf(scene.files);
    await step(scene, "move_files", { moves: [{ from: "a.txt", to: "sorted/a.txt" }] });
    await step(scene, "edit_file", { path: "sorted/a.txt", old: "first", new: "second" });
    await step(scene, "write_file", { path: "sorted/a.txt", text: "third" });
    await step(scene, "move_files", { moves: [{ from: "sorted", to: "again" }] });
    await step(scene, "trash_files", { paths: ["b.txt"] });
    await step(scene, "write_file", { path: "b.txt", text: "another b" });
    await step(scene, "trash_files", { paths: ["b.txt", "folder"] });
    await step(scene, "make_folder", { path: "folder" });
    await step(scene, "write_file", { path: "folder/new.txt", text: "new" });
    scene.undo.close();
    const again = openStore(path.join(scene.root, "undo"), [scene.grant]);
    const changes = again.changesOf(scene.runId);
    const items = await again.undoRun(scene.runId);
    expect(items.filter(({ outcome }) => outcome !== "undone")).toEqual([]);
    expect(items.map(({ change }) => change.id)).toEqual(changes.map(({ id }) => id).toReversed());
    expect(treeOf(scene.files)).toBe(before);
    expect(again.changesOf(scene.runId).every(({ undoneAt }) => undoneAt === 1_760_000_000_000)).toBe(true);
    again.close();
    const third = openStore(path.join(scene.root, "undo"), [scene.grant]);
    expect(new Set(outcomes(await third.undoRun(scene.runId)))).toEqual(new Set(["already-undone"]));
    expect(treeOf(scene.files)).toBe(before);
  });

  test("two undos at once take each change back once", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    const before = treeOf(scene.files);
    await step(scene, "move_files", { moves: [{ from: "a.txt", to: "b.txt" }] });
    const both = await Promise.all([scene.undo.undoRun(scene.runId), scene.undo.undoRun(scene.runId)]);
    expect(both.map(outcomes)).toEqual([["undone"], ["already-undone"]]);
    expect(treeOf(scene.files)).toBe(before);
  });

  test("a step that is undone can be done and undone again", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    const before = treeOf(scene.files);
    for (let round = 0; round < 3; round++) {
      const stepId = await step(scene, "trash_files", { paths: ["a.txt"] });
      expect(outcomes(await scene.undo.undoStep(stepId))).toEqual(["undone"]);
      expect(treeOf(scene.files)).toBe(before);
    }
  });
});

test("[T59] a made folder that is not there any more is as before, whoever removed it: undo may have been cut", async () => {
  const scene = createScene();
  const stepId = await step(scene, "make_folder", { path: "x" });
  rmSync(path.join(scene.files, "x"), { recursive: true });
  expect(outcomes(await scene.undo.undoStep(stepId))).toEqual(["undone"]);
});

describe("what changed since is a conflict and stays", () => {
  const at = ({ files }: Scene, file: string): string => path.join(files, file);
  const append = (file: string) => (scene: Scene) => appendFileSync(at(scene, file), " and more");
  const make = (file: string) => (scene: Scene) => writeFileSync(at(scene, file), "another");
  const remove = (file: string) => (scene: Scene) => rmSync(at(scene, file), { recursive: true });
  const link = (scene: Scene): void => linkSync(at(scene, "a.txt"), at(scene, "second"));

  const create = { tool: "write_file", path: "new.txt", text: "new" };
  const overwrite = { tool: "write_file", path: "a.txt", text: "new" };
  const edit = { tool: "edit_file", path: "a.txt", old: "alpha", new: "beta" };
  const move = { tool: "move_files", moves: [{ from: "a.txt", to: "b.txt" }] };
  const trash = { tool: "trash_files", paths: ["a.txt"] };
  const makeFolder = { tool: "make_folder", path: "x" };
  const CHANGED: readonly (readonly [
    what: string,
    call: { readonly tool: string },
    meddle: (scene: Scene) => void,
    outcome: string,
  ])[] = [
    ["a created file that was saved", create, append("new.txt"), "conflict"],
    ["an overwritten file that was saved", overwrite, append("a.txt"), "conflict"],
    ["an edited file that was saved", edit, append("a.txt"), "conflict"],
    ["a rewritten file that got a second name", overwrite, link, "conflict"],
    ["a moved file that was saved", move, append("b.txt"), "conflict"],
    ["a moved file whose old place is taken", move, make("a.txt"), "conflict"],
    ["a trashed file whose place is taken", trash, make("a.txt"), "conflict"],
    ["a made folder that holds a file now", makeFolder, make("x/theirs"), "conflict"],
    ["a created file that was removed", create, remove("new.txt"), "gone"],
    ["an overwritten file that was removed", overwrite, remove("a.txt"), "gone"],
    ["a moved file that was removed", move, remove("b.txt"), "gone"],
  ];
  test.each(CHANGED)("%s", async (_, { tool, ...input }, meddle, outcome) => {
    const scene = createScene();
    put(at(scene, "a.txt"), "alpha");
    const stepId = await step(scene, tool, input);
    meddle(scene);
    const meddled = treeOf(scene.files);
    const [item] = await scene.undo.undoStep(stepId);
    expect(item).toMatchObject({ outcome, text: expect.stringMatching(/\.$/) });
    expect(treeOf(scene.files)).toBe(meddled);
  });

  test("a conflict can be undone once it is cleared away", async () => {
    const scene = createScene();
    put(at(scene, "a.txt"), "alpha");
    const before = treeOf(scene.files);
    const stepId = await step(scene, "trash_files", { paths: ["a.txt"] });
    put(at(scene, "a.txt"), "another");
    expect(outcomes(await scene.undo.undoStep(stepId))).toEqual(["conflict"]);
    rmSync(at(scene, "a.txt"));
    expect(outcomes(await scene.undo.undoStep(stepId))).toEqual(["undone"]);
    expect(treeOf(scene.files)).toBe(before);
  });
});

describe("the store itself", () => {
  test("a grant that is gone, read-only or whose folder vanished", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    const stepId = await step(scene, "write_file", { path: "a.txt", text: "new" });
    const dir = path.join(scene.root, "undo");
    scene.undo.close();
    const revoked = openStore(dir, []);
    expect(outcomes(await revoked.undoStep(stepId))).toEqual(["gone"]);
    revoked.close();
    const narrowed = openStore(dir, [{ ...scene.grant, mode: "read" }]);
    expect(outcomes(await narrowed.undoStep(stepId))).toEqual(["failed"]);
    narrowed.close();
    const store = openStore(dir, [scene.grant]);
    renameSync(scene.files, `${scene.files}-away`);
    expect(outcomes(await store.undoStep(stepId))).toEqual(["gone"]);
    renameSync(`${scene.files}-away`, scene.files);
    expect(outcomes(await store.undoStep(stepId))).toEqual(["undone"]);
    expect(readFileSync(path.join(scene.files, "a.txt"), "utf8")).toBe("a");
  });

  test("kept bytes that were damaged are not put back", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    const stepId = await step(scene, "write_file", { path: "a.txt", text: "new" });
    const preimages = path.join(scene.root, "undo/preimages");
    for (const name of readdirSync(preimages)) writeFileSync(path.join(preimages, name), "damaged");
    expect(outcomes(await scene.undo.undoStep(stepId))).toEqual(["failed"]);
    expect(readFileSync(path.join(scene.files, "a.txt"), "utf8")).toBe("new");
    expect(readdirSync(scene.files)).toEqual(["a.txt"]);
  });

  test("[T59] a torn last record is cut off at opening; damage before it is an error", async () => {
    const scene = createScene();
    const first = await step(scene, "write_file", { path: "a.txt", text: "a" });
    const second = await step(scene, "write_file", { path: "b.txt", text: "b" });
    const dir = path.join(scene.root, "undo");
    const file = path.join(dir, "changes.jsonl");
    scene.undo.close();
    truncateSync(file, statSync(file).size - 7);
    const store = openStore(dir, [scene.grant]);
    expect(store.changesOf(scene.runId)).toHaveLength(1);
    expect(await store.undoStep(second)).toEqual([]);
    expect(outcomes(await store.undoStep(first))).toEqual(["undone"]);
    expect(existsSync(path.join(scene.files, "a.txt"))).toBe(false);
    store.close();
    writeFileSync(file, `{"type":"nonsense"}\n${readFileSync(file, "utf8")}`);
    const opened = createUndoStore({ dir, resolveGrant: () => scene.grant, now: () => 0 });
    expect(opened).toMatchObject({ ok: false, error: { type: "damaged-journal", line: 1 } });
  });

  test("only this user may read what is kept", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    await step(scene, "write_file", { path: "a.txt", text: "new" });
    const dir = path.join(scene.root, "undo");
    for (const name of ["", "kept", "preimages"])
      expect(statSync(path.join(dir, name)).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(dir, "changes.jsonl")).mode & 0o777).toBe(0o600);
  });
});

/** A stop in the middle of a plan of ten thousand moves: it is heard, and little more is done. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import type { UndoStore } from "../../../../desktop/src/executor/undo/undo-store.ts";
import { createScene, journaled, must, treeOf, wordOf } from "./scene.ts";

/** The largest number of moves between two looks at the stop (move-effects.ts). */
const BATCH = 128;

/** Makes files, and moves for them. */
const filesIn = (folder: string, count: number, folderOf: (n: number) => string) => {
  mkdirSync(path.join(folder, "in"));
  for (let n = 0; n < count; n++) writeFileSync(path.join(folder, `in/${n}.txt`), `${n}`);
  return Array.from({ length: count }, (_, n) => ({ from: `in/${n}.txt`, to: `${folderOf(n)}/${n}.txt` }));
};

/** A plan whose run is stopped, as by a socket, when its `stopAfter`-th move is done. */
const stopped = async (count: number, stopAfter: number) => {
  let done = 0;
  const stop = new AbortController();
  const failpoint = (place: string): void => {
    if (place === "done" && ++done === stopAfter) setImmediate(() => stop.abort());
  };
  const scene = createScene({ ports: { failpoint } });
  const moves = filesIn(scene.files, count, (n) => `out/${n % 10}`);
  const context = scene.context({ signal: stop.signal });
  const tool = scene.tool("move_files");
  const prepared = must(await tool.prepare({ folder: "Files", moves }, context));
  const result = await tool.run(journaled(prepared), context);
  const left = readdirSync(path.join(scene.files, "in")).length;
  return { result, done, moved: count - left };
};

test.each([
  [1, 2_000],
  [129, 2_000],
  [4_321, 10_000],
])("[T57] after %i of %i moves at most one more batch is moved", async (at, count) => {
  const { result, moved, done } = await stopped(count, at);
  expect(wordOf(result)).toBe("stopped");
  expect(result.ok ? "" : result.error.text).toBe(
    `Stopped after ${moved} of ${count}. What was done can be undone.`,
  );
  expect(moved).toBe(done);
  expect(moved).toBeGreaterThanOrEqual(at);
  expect(moved - at).toBeLessThan(BATCH);
});

test("[T57] where each file goes into a folder of its own, no more folders are made; all of it is undone", async () => {
  const scene = createScene();
  const moves = filesIn(scene.files, 400, (n) => `out/${n}`);
  const before = treeOf(scene.files);
  const stop = new AbortController();
  let folders = 0;
  const record: UndoStore["record"] = (change) => {
    if (change.kind === "make-folder" && ++folders === 101) stop.abort(); // one of them is "out"
    return scene.undo.record(change);
  };
  const tools = createTools({ undo: { ...scene.undo, record }, now: () => 1 });
  const tool = tools.find(({ name }) => name === "move_files");
  if (tool === undefined) throw new Error("there is no move_files");
  const context = scene.context({ signal: stop.signal });
  const prepared = must(await tool.prepare({ folder: "Files", moves }, context));
  expect(wordOf(await tool.run(journaled(prepared), context))).toBe("stopped");
  expect(readdirSync(path.join(scene.files, "out"))).toHaveLength(100);
  const undone = await scene.undo.undoStep(context.stepId);
  expect(undone.map(({ outcome }) => outcome)).toEqual(undone.map(() => "undone"));
  expect(treeOf(scene.files)).toBe(before);
});

/** What a crash or another program does at the worst moment never costs a person's only copy. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { createUndoStore } from "../../../../desktop/src/executor/undo/undo-store.ts";
import { createScene, journaled, must, put, treeOf, type Scene } from "../tools/scene.ts";

/** A folder in memory: another disk than the one below the system's temporary folder. */
const otherDisk = (): string => {
  const folder = mkdtempSync("/dev/shm/deskhand-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

class Cut extends Error {}

describe("[T59] a folder trashed to another disk, cut short while its original is removed", () => {
  const fill = ({ files }: Scene): void => {
    for (const n of [1, 2, 3]) put(path.join(files, `trip/${n}.jpg`), `picture ${n}`);
  };
  /** The process ends with the folder renamed aside and one of its files removed already. */
  const cut = async () => {
    let isCutting = true;
    const failpoint = (name: string): void => {
      if (isCutting && name === "aside") throw new Cut();
    };
    const scene = createScene({ storeDir: otherDisk(), ports: { failpoint } });
    fill(scene);
    const before = treeOf(scene.files);
    const tool = scene.tool("trash_files");
    const context = scene.context();
    const prepared = journaled(must(await tool.prepare({ folder: "Files", paths: ["trip"] }, context)));
    await tool.run(prepared, context).catch((error: unknown) => {
      if (!(error instanceof Cut)) throw error;
    });
    const [aside = ""] = treeOf(scene.files).match(/\.deskhand-[^/\s"]+/) ?? [];
    rmSync(path.join(scene.files, aside, "3.jpg"));
    isCutting = false;
    return { scene, before, again: () => tool.run(prepared, context) };
  };

  test("going on finishes it, and undo gives every file back", async () => {
    const { scene, before, again } = await cut();
    must(await again());
    await scene.undo.undoRun(scene.runId);
    expect(treeOf(scene.files)).toBe(before);
  });

  test("undo right after the crash gives every file back", async () => {
    const { scene, before } = await cut();
    await scene.undo.undoRun(scene.runId);
    expect(treeOf(scene.files)).toBe(before);
  });
});

test("[T59] a folder given back from another disk, cut short while the kept copy is removed: undo goes on", async () => {
  const storeDir = otherDisk();
  const scene = createScene({ storeDir });
  for (const n of [1, 2]) put(path.join(scene.files, `trip/${n}.jpg`), `picture ${n}`);
  const before = treeOf(scene.files);
  must(await scene.call("trash_files", { folder: "Files", paths: ["trip"] }));
  scene.undo.close();
  const failpoint = (name: string): void => {
    if (name === "aside") throw new Cut();
  };
  const open = (more: { readonly failpoint?: typeof failpoint }) =>
    must(createUndoStore({ dir: storeDir, resolveGrant: () => scene.grant, now: () => 0, ...more }));
  const cut = open({ failpoint });
  await expect(cut.undoRun(scene.runId)).rejects.toThrow(Cut);
  cut.close();
  const kept = path.join(storeDir, "kept");
  rmSync(path.join(kept, readdirSync(kept)[0] ?? "", "1.jpg"));
  const again = open({});
  expect((await again.undoRun(scene.runId)).map(({ outcome }) => outcome)).toEqual(["undone"]);
  expect(treeOf(scene.files)).toBe(before);
  expect(readdirSync(kept)).toEqual([]);
  again.close();
});

describe("[T59] moves that are taken back in batches", () => {
  const COUNT = 300;
  const name = (at: number): string => `${String(at).padStart(3, "0")}.txt`;
  const moved = async () => {
    const scene = createScene();
    for (let at = 0; at < COUNT; at++) put(path.join(scene.files, name(at)), `${at}`);
    const before = treeOf(scene.files);
    const moves = Array.from({ length: COUNT }, (_, at) => ({ from: name(at), to: `${at % 3}/${name(at)}` }));
    must(await scene.call("move_files", { folder: "Files", moves }));
    scene.undo.close();
    const open = (failpoint?: (name: string) => void) =>
      must(
        createUndoStore({
          dir: path.join(scene.root, "undo"),
          resolveGrant: () => scene.grant,
          now: () => 0,
          ...(failpoint === undefined ? {} : { failpoint }),
        }),
      );
    return { scene, before, open };
  };

  test.each([
    { place: "linked", cuts: [1, 40] },
    { place: "aside", cuts: [1, 40] },
    { place: "done", cuts: [1, 2] },
  ])("cut short twice at “$place”, undo goes on and gives every file back", async ({ place, cuts }) => {
    const { scene, before, open } = await moved();
    for (const dies of cuts) {
      let passed = 0;
      const cut = open((name) => {
        if (name === place && ++passed === dies) throw new Cut();
      });
      await expect(cut.undoRun(scene.runId)).rejects.toThrow(Cut);
      cut.close();
    }
    const again = open();
    await again.undoRun(scene.runId);
    expect(treeOf(scene.files)).toBe(before);
    const third = await again.undoRun(scene.runId);
    expect(third.every(({ outcome }) => outcome === "already-undone")).toBe(true);
    again.close();
  });

  test("what somebody changed meanwhile stays, and the others of its batch come back", async () => {
    const { scene, open } = await moved();
    put(path.join(scene.files, "1", name(1)), "saved by the person");
    put(path.join(scene.files, name(2)), "something else");
    const undo = open();
    const items = await undo.undoRun(scene.runId);
    const left = items.filter(({ outcome }) => outcome === "conflict").map(({ change }) => change.path);
    // the two files, and the two folders that still hold them
    expect(left.toSorted()).toEqual([name(1), name(2), "1", "2"].toSorted());
    expect(readFileSync(path.join(scene.files, "1", name(1)), "utf8")).toBe("saved by the person");
    expect(readFileSync(path.join(scene.files, name(2)), "utf8")).toBe("something else");
    expect(readFileSync(path.join(scene.files, name(3)), "utf8")).toBe("3");
    undo.close();
  });
});

test("[T59] a save in the middle of undoing an overwrite is kept", async () => {
  const scene = createScene();
  const file = path.join(scene.files, "a.txt");
  put(file, "before");
  must(await scene.call("write_file", { folder: "Files", path: "a.txt", text: "by the task" }));
  scene.undo.close();
  const undo = must(
    createUndoStore({
      dir: path.join(scene.root, "undo"),
      resolveGrant: () => scene.grant,
      now: () => 1_760_000_000_000,
      failpoint: (name) => {
        if (name !== "written") return;
        writeFileSync(`${file}.new`, "by the person");
        renameSync(`${file}.new`, file);
      },
    }),
  );
  expect((await undo.undoRun(scene.runId)).map(({ outcome }) => outcome)).toEqual(["conflict"]);
  expect(readFileSync(file, "utf8")).toBe("by the person");
  undo.close();
});

test("[T42] a folder is not moved to a name that would bring a protected one along", async () => {
  const scene = createScene();
  put(path.join(scene.files, "tmp/workflows/ci.yml"), "on: push");
  const moved = await scene.call("move_files", { folder: "Files", moves: [{ from: "tmp", to: ".github" }] });
  expect(moved).toMatchObject({ ok: false, error: { type: "protected" } });
  expect(treeOf(scene.files)).toContain("workflows");
});

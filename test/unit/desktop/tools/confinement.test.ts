/** [T40] The walk by folder handles: links of every kind, and folders swapped for links while work goes on. */
import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { rename } from "node:fs/promises";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openFolder, whileOpen } from "../../../../desktop/src/executor/tools/folder-handle.ts";
import { withFile } from "../../../../desktop/src/executor/tools/file-facts.ts";
import { ok } from "@deskhand/doc-schema/wire";
import { createScene, must, put, treeOf, wordOf, type Scene } from "./scene.ts";

const withTraps = (): Scene => {
  const scene = createScene();
  put(path.join(scene.root, "outside/secret.txt"), "SECRET");
  put(path.join(scene.files, "real/a.txt"), "inside");
  const traps: readonly (readonly [name: string, target: string])[] = [
    ["to-folder", "../outside"],
    ["absolute", path.join(scene.root, "outside")],
    ["to-file", "../outside/secret.txt"],
    ["inner", "real"],
    ["dangling", "../nowhere"],
    ["loop", "loop"],
    ["proc", "/proc/self/root"],
    ["dot", "."],
    ["real/up", "../../outside"],
  ];
  for (const [name, target] of traps) symlinkSync(target, path.join(scene.files, name));
  return scene;
};

const TRAPPED = [
  ["to-folder/secret.txt", "absolute/secret.txt", "to-file", "inner/a.txt", "dangling", "dangling/x", "loop"],
  ["loop/x", "proc/etc/passwd", "dot/real/a.txt", "real/up/secret.txt", "to-file/x"],
].flat();

describe("[T40] links", () => {
  test.each(TRAPPED)("%s is refused by every tool and nothing outside changes", async (file) => {
    const scene = withTraps();
    const before = treeOf(scene.root);
    const calls: readonly (readonly [tool: string, input: object])[] = [
      ["read_text", { path: file }],
      ["list_folder", { path: file }],
      ["search_files", { path: file, text: "SECRET" }],
      ["write_file", { path: file, text: "x" }],
      ["edit_file", { path: file, old: "SECRET", new: "x" }],
      ["move_files", { moves: [{ from: file, to: "moved" }] }],
      ["move_files", { moves: [{ from: "real/a.txt", to: `${file}/moved` }] }],
      ["make_folder", { path: `${file}/x` }],
      ["trash_files", { paths: [file] }],
    ];
    for (const [tool, input] of calls) {
      const done = await scene.call(tool, { folder: "Files", ...input });
      expect([tool, wordOf(done)]).toEqual([tool, "link"]);
    }
    expect(treeOf(scene.root)).toBe(before);
  });

  test("a walk and a search go past links", async () => {
    const scene = withTraps();
    const search = await scene.call("search_files", { folder: "Files", text: "SECRET" });
    expect(must(search).content).toBe("Nothing was found.");
    const list = await scene.call("list_folder", { folder: "Files", recursive: true });
    expect(must(list).content).not.toContain("secret");
  });

  test("a pipe and a device are neither opened nor waited for", async () => {
    expect(wordOf(await scanDevice("null"))).toBe("bad-input");
  });

  test("where folders are walked by path, links are refused all the same", async () => {
    const scene = withTraps();
    for (const byDescriptor of [true, false]) {
      const words = await Promise.all(
        ["real", "to-folder", "absolute", "inner", "real/up", "real/a.txt", "nothing"].map(async (below) => {
          const folder = await openFolder(path.join(scene.files, below), below, byDescriptor);
          if (folder.ok) await folder.value.close();
          return wordOf(folder);
        }),
      );
      expect(words).toEqual(["ok", "link", "link", "link", "link", "not-found", "not-found"]);
    }
  });
});

const scanDevice = async (name: string): ReturnType<typeof withFile<undefined>> => {
  const folder = must(await openFolder("/dev", "dev"));
  return whileOpen(folder, (dev) => withFile({ folder: dev, name }, name, async () => ok(undefined)));
};

describe("[T40] races", () => {
  test("2,000 reads and writes while a folder is swapped for a link: none lands or looks outside", async () => {
    const scene = createScene();
    const outside = path.join(scene.root, "outside");
    put(path.join(outside, "a.txt"), "SECRET");
    put(path.join(scene.files, "real/a.txt"), "inside");
    put(path.join(scene.files, "real/old.txt"), "inside");
    symlinkSync(outside, path.join(scene.root, "link"));
    const real = path.join(scene.files, "real");
    const link = path.join(scene.root, "link");
    const over = new AbortController();
    let swaps = 0;
    /** A tool may make the folder anew in the gap; then a rename fails, and the attack goes on. */
    const tryRename = (from: string, to: string): Promise<boolean> =>
      rename(from, to).then(
        () => true,
        () => false,
      );
    const attacker = (async () => {
      for (let n = 0; !over.signal.aborted; n++) {
        const parked = path.join(scene.root, `parked-${n}`);
        await tryRename(real, parked);
        if (await tryRename(link, real)) {
          swaps++;
          await tryRename(real, link);
        }
        await tryRename(parked, real);
      }
    })();
    const words = new Map<string, number>();
    const note = (word: string): void => void words.set(word, (words.get(word) ?? 0) + 1);
    for (let n = 0; n < 250; n++) {
      for (let turns = n % 7; turns >= 0; turns--) await nextTurn(); // so the attacker is met at another point each time
      const done = await Promise.all([
        ...[1, 2, 3, 4].map(() => scene.call("read_text", { folder: "Files", path: "real/a.txt" })),
        scene.call("write_file", { folder: "Files", path: `real/new-${n}.txt`, text: "written" }),
        scene.call("make_folder", { folder: "Files", path: `real/folder-${n}` }),
        scene.call("search_files", { folder: "Files", path: "real", text: "secret" }),
        scene.call("move_files", {
          folder: "Files",
          moves: [{ from: `real/new-${n - 1}.txt`, to: `real/moved-${n}.txt` }],
        }),
      ]);
      for (const one of done) {
        note(wordOf(one));
        expect(one.ok ? one.value.content : "").not.toContain("SECRET");
      }
    }
    over.abort();
    await attacker;
    expect(readdirSync(outside)).toEqual(["a.txt"]);
    expect(readFileSync(path.join(outside, "a.txt"), "utf8")).toBe("SECRET");
    expect([...words.values()].reduce((sum, count) => sum + count, 0)).toBe(2000);
    // both sides were at work: some calls went through, some met the link or the gap
    expect(words.get("ok")).toBeGreaterThan(0);
    expect((words.get("link") ?? 0) + (words.get("not-found") ?? 0)).toBeGreaterThan(0);
    expect(swaps).toBeGreaterThan(0);
  });

  test("a folder that was moved away after it was opened is written where it is, not where its name leads", async () => {
    const scene: Scene = createScene({
      ports: {
        failpoint: (place) => {
          if (place !== "written") return;
          renameSync(path.join(scene.files, "real"), path.join(scene.files, "renamed"));
          symlinkSync("../outside", path.join(scene.files, "real"));
        },
      },
    });
    mkdirSync(path.join(scene.root, "outside"));
    mkdirSync(path.join(scene.files, "real"));
    must(await scene.call("write_file", { folder: "Files", path: "real/a.txt", text: "x" }));
    expect(readdirSync(path.join(scene.root, "outside"))).toEqual([]);
    expect(readdirSync(path.join(scene.files, "renamed"))).toEqual(["a.txt"]);
  });

  test("a hard link to a file outside is never written through", async () => {
    const scene = createScene();
    put(path.join(scene.root, "outside.txt"), "outside");
    put(path.join(scene.files, "x.txt"), "");
    linkSync(path.join(scene.root, "outside.txt"), path.join(scene.files, "hard.txt"));
    const moved = await scene.call("move_files", {
      folder: "Files",
      moves: [{ from: "hard.txt", to: "y.txt" }],
    });
    expect(wordOf(moved)).toBe("ok");
    expect(wordOf(await scene.call("write_file", { folder: "Files", path: "y.txt", text: "x" }))).toBe(
      "hard-link",
    );
    expect(readFileSync(path.join(scene.root, "outside.txt"), "utf8")).toBe("outside");
  });
});

/** copy_files, zip_files and unzip_file on a real disk: what they make, what they refuse, and the way back. */
import { spawnSync } from "node:child_process";
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createScene, journaled, must, put, treeOf, wordOf, type Scene } from "./scene.ts";
import { zipOf, type ZipEntry } from "./zip-bytes.ts";

const read = (scene: Scene, file: string): string => readFileSync(path.join(scene.files, file), "utf8");

describe("copy_files", () => {
  const copy = (scene: Scene, pairs: readonly (readonly [string, string])[], more: object = {}) =>
    scene.call("copy_files", {
      folder: "Files",
      copies: pairs.map(([from, to]) => ({ from, to })),
      ...more,
    });

  test("copies files and whole folders with mode and time; undo takes exactly that back", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    put(path.join(scene.files, "folder/sub/b.txt"), "b");
    mkdirSync(path.join(scene.files, "folder/empty"));
    symlinkSync("/etc/passwd", path.join(scene.files, "folder/link"));
    const before = treeOf(scene.files);
    const context = scene.context();
    const copies = [
      { from: "a.txt", to: "x/a.txt" },
      { from: "folder", to: "x/folder" },
    ];
    const tool = scene.tool("copy_files");
    const prepared = must(await tool.prepare({ folder: "Files", copies }, context));
    expect(prepared.action).toMatchObject({
      kind: "copy",
      items: expect.arrayContaining([
        { path: "folder/sub/b.txt", to: "x/folder/sub/b.txt", byteLength: 1, preimage: expect.any(String) },
      ]),
    });
    expect(treeOf(scene.files)).toBe(before);
    const { content } = must(await tool.run(journaled(prepared), context));
    expect(content).toBe("Copied 5 items. 1 link or special file left out.");
    expect(read(scene, "x/folder/sub/b.txt")).toBe("b");
    expect(readdirSync(path.join(scene.files, "x/folder"))).toEqual(["empty", "sub"]);
    const [one, other] = ["a.txt", "x/a.txt"].map((file) => statSync(path.join(scene.files, file)));
    // a disk keeps nanoseconds, a number of milliseconds does not
    expect(Math.round(other?.mtimeMs ?? 0)).toBe(Math.round(one?.mtimeMs ?? -1));
    expect(other?.mode).toBe(one?.mode);
    expect(other?.nlink).toBe(1);
    const undone = await scene.undo.undoStep(context.stepId);
    expect(undone.map(({ outcome }) => outcome)).toEqual(undone.map(() => "undone"));
    expect(treeOf(scene.files)).toBe(before);
  });

  test("a taken name is refused, skipped or numbered, never replaced", async () => {
    const scene = createScene();
    for (const name of ["a.txt", "b.txt", ".hidden"]) put(path.join(scene.files, name), name);
    expect(wordOf(await copy(scene, [["a.txt", "b.txt"]]))).toBe("exists");
    expect(wordOf(await copy(scene, [["a.txt", "b.txt"]], { conflicts: "skip" }))).toBe("exists");
    const pairs = [
      ["a.txt", "b.txt"],
      ["a.txt", "c.txt"],
    ] as const;
    const skipped = must(await copy(scene, pairs, { conflicts: "skip" }));
    expect(skipped.content).toBe("Copied 1 item. 1 name was taken and skipped.");
    must(await copy(scene, [["a.txt", "b.txt"]], { conflicts: "number" }));
    must(await copy(scene, [["a.txt", ".hidden"]], { conflicts: "number" }));
    expect(read(scene, "b (2).txt")).toBe("a.txt");
    expect(read(scene, ".hidden (2)")).toBe("a.txt");
    expect(read(scene, "b.txt")).toBe("b.txt");
  });

  test("refuses itself, links, overlaps and what changed meanwhile", async () => {
    const scene = createScene();
    put(path.join(scene.files, "folder/a"), "a");
    symlinkSync("folder", path.join(scene.files, "link"));
    const before = treeOf(scene.files);
    const refused = [
      ["bad-input", ["folder", "folder/copy"]],
      ["bad-input", ["folder", "folder"]],
      ["bad-input", ["", "copy"]],
      ["bad-input", ["folder/a", "x"], ["folder/a", "x/y"]],
      ["bad-input", ["folder/a", "x"], ["folder/a", "x"]],
      ["link", ["link", "x"]],
      ["link", ["folder/a", "link/x"]],
      ["not-found", ["nothing", "x"]],
      ["outside-grant", ["folder", "../x"]],
      ["protected", ["folder", ".config"]],
    ] as const;
    for (const [word, ...pairs] of refused)
      expect([pairs, wordOf(await copy(scene, pairs))]).toEqual([pairs, word]);
    const context = scene.context();
    const tool = scene.tool("copy_files");
    const input = { folder: "Files", copies: [{ from: "folder/a", to: "b" }] };
    const prepared = must(await tool.prepare(input, context));
    put(path.join(scene.files, "folder/a"), "changed");
    expect(wordOf(await tool.run(journaled(prepared), context))).toBe("changed");
    put(path.join(scene.files, "folder/a"), "a");
    expect(treeOf(scene.files)).toBe(before);
  });

  test("stops between two files, and in the middle of one", async () => {
    const scene = createScene();
    for (const name of ["a", "b"]) put(path.join(scene.files, name), new Uint8Array(3_000_000));
    const stop = new AbortController();
    const stopped = await scene.call(
      "copy_files",
      { folder: "Files", copies: ["a", "b"].map((name) => ({ from: name, to: `x/${name}` })) },
      { signal: stop.signal, progress: () => stop.abort() },
    );
    expect(wordOf(stopped)).toBe("stopped");
    expect(readdirSync(path.join(scene.files, "x"))).toEqual(["a"]);
    const input = { folder: "Files", copies: [{ from: "b", to: "y/b" }] };
    const inside = new AbortController();
    const cutting = createScene({ files: scene.files, ports: { failpoint: () => inside.abort() } });
    expect(wordOf(await cutting.call("copy_files", input, { signal: inside.signal }))).toBe("stopped");
    expect(readdirSync(path.join(scene.files, "y"))).toEqual([]);
  });
});

describe("zip_files and unzip_file", () => {
  test.each([
    ["is gone", (file: string) => rmSync(file)],
    ["was changed", (file: string) => writeFileSync(file, "other")],
  ])("a source that %s after preparing fails the packing, and nothing else", async (_, harm) => {
    const scene = createScene();
    for (const name of ["a.txt", "b.txt", "c.txt"]) put(path.join(scene.files, `in/${name}`), name);
    const tool = scene.tool("zip_files");
    const context = scene.context();
    const input = { folder: "Files", paths: ["in/a.txt", "in/b.txt", "in/c.txt"], to: "out.zip" };
    const prepared = must(await tool.prepare(input, context));
    harm(path.join(scene.files, "in/b.txt"));
    expect((await tool.run(prepared, context)).ok).toBe(false);
    expect(readdirSync(scene.files)).toEqual(["in"]);
  });

  test("what is packed comes back byte for byte, and another program reads it", async () => {
    const scene = createScene();
    put(path.join(scene.files, "in/a.txt"), "a".repeat(100_000));
    put(path.join(scene.files, "in/報表/二月.csv"), "1,2");
    mkdirSync(path.join(scene.files, "in/empty"));
    const packed = must(
      await scene.call("zip_files", {
        folder: "Files",
        paths: ["in/a.txt", "in/報表", "in/empty"],
        to: "out.zip",
      }),
    );
    expect(packed.content).toMatch(/^Packed 4 items into Files\/out\.zip \(\d+ bytes\)\.$/);
    expect(packed.files).toMatchObject([{ name: "out.zip", mediaType: "application/zip" }]);
    expect(spawnSync("python3", ["-m", "zipfile", "-t", path.join(scene.files, "out.zip")]).status).toBe(0);
    const context = scene.context();
    const tool = scene.tool("unzip_file");
    const prepared = must(await tool.prepare({ folder: "Files", path: "out.zip" }, context));
    expect(prepared.action).toMatchObject({ kind: "unzip", source: { path: "out.zip" } });
    expect(must(await tool.run(journaled(prepared), context)).content).toBe(
      "Unpacked 4 items from Files/out.zip.",
    );
    expect(treeOf(path.join(scene.files, "out"))).toBe(treeOf(path.join(scene.files, "in")));
    await scene.undo.undoStep(context.stepId);
    expect(readdirSync(scene.files)).toEqual(["in", "out.zip"]);
  });

  test("names in UTF-8 without a mark, in Big5 and with backslashes are read as people wrote them", async () => {
    const scene = createScene();
    const big5 = new Uint8Array([0xb3, 0xf8, 0xaa, 0xed]); // 報表
    const entries = [{ name: "二月.txt" }, { name: big5 }, { name: String.raw`sub\c.txt` }];
    put(path.join(scene.files, "a.zip"), zipOf(entries));
    must(await scene.call("unzip_file", { folder: "Files", path: "a.zip", to: "a" }));
    expect(readdirSync(path.join(scene.files, "a")).toSorted()).toEqual(
      ["sub", "二月.txt", "報表"].toSorted(),
    );
  });

  const REFUSED: readonly (readonly [string, string, readonly ZipEntry[]])[] = [
    ["climbing", "bad-archive", [{ name: "ok" }, { name: "../x" }]],
    ["climbing in the middle", "bad-archive", [{ name: "a/../../x" }]],
    ["absolute", "bad-archive", [{ name: "/etc/x" }]],
    ["a drive", "bad-archive", [{ name: "C:\\x" }]],
    ["backslashes that climb", "bad-archive", [{ name: String.raw`..\x` }]],
    ["a control character", "bad-archive", [{ name: "a\nb" }]],
    ["a direction mark", "bad-archive", [{ name: "a\u202Etxt.exe" }]],
    ["no name", "bad-archive", [{ name: "./" }]],
    ["a link", "bad-archive", [{ name: "link", bytes: "/etc/passwd", mode: 0o120777 }]],
    ["a device", "bad-archive", [{ name: "dev", mode: 0o060666 }]],
    ["a file through a link", "bad-archive", [{ name: "l", bytes: "/etc", mode: 0o120777 }, { name: "l/x" }]],
    ["one name twice", "bad-archive", [{ name: "a" }, { name: "a" }]],
    ["one name twice, by case", "bad-archive", [{ name: "Readme" }, { name: "README" }]],
    ["a file as a folder", "bad-archive", [{ name: "a" }, { name: "a/b" }]],
    ["a folder as a file", "bad-archive", [{ name: "a/b" }, { name: "a" }]],
    ["encryption", "encrypted", [{ name: "a", flags: 1, bytes: "x" }]],
    ["another method", "bad-archive", [{ name: "a", method: 12, bytes: "x" }]],
    ["nothing", "bad-archive", []],
    ["a half protected name", "protected", [{ name: ".config/x" }]],
  ];
  test.each(REFUSED)("refuses an archive with %s: %s", async (_, word, entries) => {
    const scene = createScene();
    put(path.join(scene.files, "a.zip"), zipOf(entries));
    const before = treeOf(scene.root);
    expect(wordOf(await scene.call("unzip_file", { folder: "Files", path: "a.zip", to: "" }))).toBe(word);
    expect(treeOf(scene.root)).toBe(before);
  });

  test("bombs: entries, bytes in all, swelling, and sizes that do not hold", async () => {
    const unzipLimits = { entries: 3, bytes: 200_000, ratio: 20, freeBytes: 10_000 };
    const scene = createScene({ ports: { unzipLimits } });
    const zeros = "0".repeat(100_000);
    const cases: readonly (readonly [string, readonly ZipEntry[]])[] = [
      ["more than 3 entries", ["a", "b", "c", "d"].map((name) => ({ name }))],
      ["would become larger", ["a", "b", "c"].map((name) => ({ name, bytes: zeros, method: 0 }))],
      ["would swell", [{ name: "a", bytes: zeros }]],
      ["would become larger", [{ name: "a", bytes: "", claimedBytes: 4_000_000_000 }]],
    ];
    for (const [text, entries] of cases) {
      writeFileSync(path.join(scene.files, "a.zip"), zipOf(entries));
      const refused = await scene.call("unzip_file", { folder: "Files", path: "a.zip" });
      expect(refused).toMatchObject({ error: { type: "bad-archive", text: expect.stringContaining(text) } });
    }
    for (const lie of [{ claimedBytes: 10 }, { claimedBytes: 5_000 }, { claimedCrc: 1 }]) {
      writeFileSync(
        path.join(scene.files, "a.zip"),
        zipOf([{ name: "a", bytes: zeros.slice(0, 1000), ...lie }]),
      );
      expect(wordOf(await scene.call("unzip_file", { folder: "Files", path: "a.zip" }))).toBe("bad-archive");
    }
    put(path.join(scene.files, "no.zip"), "this is no archive");
    expect(wordOf(await scene.call("unzip_file", { folder: "Files", path: "no.zip" }))).toBe("bad-archive");
    expect(readdirSync(scene.files).filter((name) => !name.endsWith(".zip"))).toEqual(["a"]);
    expect(readdirSync(path.join(scene.files, "a"))).toEqual([]);
  });

  test("taken names are kept; an archive that changed is not unpacked; protected names are told", async () => {
    const scene = createScene();
    put(
      path.join(scene.files, "a.zip"),
      zipOf([
        { name: "x", bytes: "new" },
        { name: ".git/hooks/y", bytes: "y" },
      ]),
    );
    put(path.join(scene.files, "a/x"), "old");
    const unzip = (more: object): ReturnType<Scene["call"]> =>
      scene.call("unzip_file", { folder: "Files", path: "a.zip", ...more });
    expect(wordOf(await unzip({}))).toBe("exists");
    const context = scene.context();
    const tool = scene.tool("unzip_file");
    const prepared = must(
      await tool.prepare({ folder: "Files", path: "a.zip", conflicts: "number" }, context),
    );
    expect(prepared.action?.items.map(({ path: to, protectedName }) => [to, protectedName])).toEqual([
      ["a/x (2)", undefined],
      ["a/.git/hooks/y", ".git"],
    ]);
    must(await unzip({ conflicts: "skip" }));
    expect(read(scene, "a/x")).toBe("old");
    put(path.join(scene.files, "a.zip"), zipOf([{ name: "z" }]));
    expect(wordOf(await tool.run(journaled(prepared), context))).toBe("changed");
  });

  test("packing refuses a taken name and an archive inside what it packs; hard links are read, links left out", async () => {
    const scene = createScene();
    put(path.join(scene.files, "in/a"), "a");
    symlinkSync("/etc/passwd", path.join(scene.files, "in/link"));
    linkSync(path.join(scene.files, "in/a"), path.join(scene.files, "in/hard"));
    const zip = (to: string): ReturnType<Scene["call"]> =>
      scene.call("zip_files", { folder: "Files", paths: ["in"], to });
    expect(wordOf(await zip("in/all.zip"))).toBe("bad-input");
    expect(must(await zip("all.zip")).content).toContain("1 link or special file left out");
    expect(wordOf(await zip("all.zip"))).toBe("exists");
  });
});

/** write_file, edit_file, move_files, make_folder, trash_files on a real disk: what they do and what they refuse. */
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createScene, journaled, must, put, treeOf, wordOf, type Scene } from "./scene.ts";

const read = (scene: Scene, file: string): string => readFileSync(path.join(scene.files, file), "utf8");

describe("write_file", () => {
  test("makes a file with the folders on the way; the action is creating", async () => {
    const scene = createScene();
    const input = { folder: "Files", path: "a/b/new.md", text: "# Hello\n" };
    const prepared = must(await scene.tool("write_file").prepare(input, scene.context()));
    expect(prepared.action).toMatchObject({
      kind: "create",
      items: [{ path: "a/b/new.md", preimage: null, byteLength: 8 }],
    });
    expect(readdirSync(scene.files)).toEqual([]);
    const output = must(await scene.call("write_file", input));
    expect(read(scene, "a/b/new.md")).toBe("# Hello\n");
    expect(output.files).toMatchObject([
      {
        grantId: scene.grant.id,
        path: "a/b/new.md",
        name: "new.md",
        mediaType: "text/markdown",
        byteLength: 8,
        excerpt: "# Hello\n",
      },
    ]);
    expect(readdirSync(path.join(scene.files, "a/b"))).toEqual(["new.md"]);
  });

  test("replaces a file by a new inode, keeps its permissions and names the hash before", async () => {
    const scene = createScene();
    const file = path.join(scene.files, "run.txt");
    put(file, "before");
    chmodSync(file, 0o750);
    const inode = statSync(file).ino;
    const input = { folder: "Files", path: "run.txt", text: "after" };
    const prepared = must(await scene.tool("write_file").prepare(input, scene.context()));
    expect(prepared.action?.items[0]?.preimage).toMatch(/^[0-9a-f]{64}$/);
    expect(prepared.action?.kind).toBe("overwrite");
    must(await scene.call("write_file", input));
    expect(read(scene, "run.txt")).toBe("after");
    expect(statSync(file).mode & 0o777).toBe(0o750);
    expect(statSync(file).ino).not.toBe(inode);
    expect(readdirSync(scene.files)).toEqual(["run.txt"]);
  });

  test("[T49] what changed between preparing and running is not replaced", async () => {
    const scene = createScene();
    const file = path.join(scene.files, "a.txt");
    put(file, "before");
    const context = scene.context();
    const tool = scene.tool("write_file");
    const prepared = must(await tool.prepare({ folder: "Files", path: "a.txt", text: "mine" }, context));
    put(file, "theirs");
    expect(await tool.check(prepared, context)).toBe("conflict");
    expect(wordOf(await tool.run(journaled(prepared), context))).toBe("changed");
    expect(read(scene, "a.txt")).toBe("theirs");
    const creating = must(await tool.prepare({ folder: "Files", path: "b.txt", text: "mine" }, context));
    put(path.join(scene.files, "b.txt"), "theirs");
    expect(wordOf(await tool.run(journaled(creating), context))).toBe("changed");
    expect(read(scene, "b.txt")).toBe("theirs");
  });

  test("[T49] what is saved while the new bytes are being written stays", async () => {
    const scene: Scene = createScene({
      ports: {
        failpoint: (place) => place === "written" && put(path.join(scene.files, "a.txt"), "theirs, later"),
      },
    });
    put(path.join(scene.files, "a.txt"), "before");
    const written = await scene.call("write_file", { folder: "Files", path: "a.txt", text: "mine" });
    expect(wordOf(written)).toBe("changed");
    expect(read(scene, "a.txt")).toBe("theirs, later");
    expect(readdirSync(scene.files)).toEqual(["a.txt"]);
  });

  test("refuses half characters and what is too large", async () => {
    const scene = createScene();
    const word = async (text: string): Promise<string> =>
      wordOf(await scene.call("write_file", { folder: "Files", path: "a.txt", text }));
    expect(await word("\uD800")).toBe("bad-input");
    expect(await word("a".repeat(4 * 1024 * 1024 + 1))).toBe("too-large");
    expect(readdirSync(scene.files)).toEqual([]);
  });
});

describe("edit_file", () => {
  test("replaces the one place, byte order mark and line ends kept", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "\uFEFFone\r\ntwo $& \r\nthree");
    const input = { folder: "Files", path: "a.txt", old: "two", new: "$& 2" };
    const prepared = must(await scene.tool("edit_file").prepare(input, scene.context()));
    expect(prepared.action).toMatchObject({ kind: "edit", items: [{ excerpt: "− two\n+ $& 2" }] });
    must(await scene.call("edit_file", input));
    expect(read(scene, "a.txt")).toBe("\uFEFFone\r\n$& 2 $& \r\nthree");
  });

  test("refuses a text that occurs not at all, twice, or overlapping itself", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "aaa b");
    const word = async (old: string, replacement = "x"): Promise<string> =>
      wordOf(await scene.call("edit_file", { folder: "Files", path: "a.txt", old, new: replacement }));
    expect(await word("zzz")).toBe("bad-input");
    expect(await word("a")).toBe("bad-input");
    expect(await word("aa")).toBe("bad-input");
    expect(await word("b", "b")).toBe("bad-input");
    expect(await word("")).toBe("bad-input");
    expect(read(scene, "a.txt")).toBe("aaa b");
  });
});

describe("move_files", () => {
  test("moves and renames files and folders, makes folders on the way", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    put(path.join(scene.files, "folder/inner.txt"), "inner");
    const moves = [
      { from: "a.txt", to: "2026/11/b.txt" },
      { from: "folder", to: "2026/renamed" },
    ];
    const prepared = must(
      await scene.tool("move_files").prepare({ folder: "Files", moves }, scene.context()),
    );
    expect(prepared.action).toMatchObject({
      kind: "move",
      items: [
        { path: "a.txt", to: "2026/11/b.txt", byteLength: 1, preimage: expect.stringMatching(/^\d+:1:\d+$/) },
        { path: "folder", to: "2026/renamed", isFolder: true },
      ],
    });
    const seen: unknown[] = [];
    const { content, step } = must(
      await scene.call("move_files", { folder: "Files", moves }, { progress: (...now) => seen.push(now) }),
    );
    expect(content).toBe("Moved 2 items.");
    expect(step).toEqual({ kind: "move", object: "Files", count: 2 });
    expect(seen).toEqual([
      [1, 2, "Files/2026/11/b.txt"],
      [2, 2, "Files/2026/renamed"],
    ]);
    expect(read(scene, "2026/11/b.txt")).toBe("a");
    expect(read(scene, "2026/renamed/inner.txt")).toBe("inner");
    expect(readdirSync(scene.files)).toEqual(["2026"]);
  });

  test("2,000 moves in one call; more than an action holds are refused", async () => {
    const scene = createScene();
    const moves = Array.from({ length: 2000 }, (_, n) => ({ from: `${n}.txt`, to: `${n % 12}/${n}.txt` }));
    for (const { from } of moves) put(path.join(scene.files, from), from);
    must(await scene.call("move_files", { folder: "Files", moves }));
    expect(readdirSync(scene.files)).toHaveLength(12);
    for (const { from, to } of moves) expect(read(scene, to)).toBe(from);
    const many = await scene.call("move_files", {
      folder: "Files",
      moves: Array.from({ length: 10_001 }, (_, n) => ({ from: `${n}`, to: `x/${n}` })),
    });
    expect(wordOf(many)).toBe("bad-input");
  });

  test("refuses whatever would replace, collide or swallow itself; nothing moves then", async () => {
    const scene = createScene();
    for (const file of ["a", "b", "folder/c", "folder/sub/d", "other/e"])
      put(path.join(scene.files, file), file);
    mkdirSync(path.join(scene.files, "empty"));
    const before = treeOf(scene.files);
    const refused: readonly (readonly [
      word: string,
      ...moves: readonly (readonly [from: string, to: string])[],
    ])[] = [
      ["exists", ["a", "b"]],
      ["exists", ["a", "a"]],
      ["exists", ["folder", "empty"]],
      ["exists", ["a", "b/under-a-file"]],
      ["exists", ["a", "b"], ["b", "a"]],
      ["bad-input", ["a", "x"], ["b", "x"]],
      ["bad-input", ["a", "x"], ["a", "y"]],
      ["bad-input", ["folder", "folder/sub/inside"]],
      ["bad-input", ["folder", "moved"], ["folder/c", "c"]],
      ["bad-input", ["folder", "moved"], ["a", "folder/a"]],
      ["bad-input", ["a", "x"], ["b", "x/b"]],
      ["bad-input", ["", "x"]],
      ["bad-input", ["a", "."]],
      ["bad-input"],
      ["not-found", ["nothing", "x"]],
      ["outside-grant", ["a", "../a"]],
      ["protected", ["folder", ".config"]],
    ];
    for (const [word, ...pairs] of refused) {
      const moves = pairs.map(([from, to]) => ({ from, to }));
      expect([word, pairs]).toEqual([
        wordOf(await scene.call("move_files", { folder: "Files", moves })),
        pairs,
      ]);
      expect(treeOf(scene.files)).toBe(before);
    }
  });

  test("a file that appears at the target meanwhile is not replaced, and what moved before can be undone", async () => {
    const scene = createScene();
    for (const file of ["a", "b", "c"]) put(path.join(scene.files, file), file);
    const context = scene.context();
    const moves = ["a", "b", "c"].map((name) => ({ from: name, to: `x/${name}` }));
    const prepared = must(await scene.tool("move_files").prepare({ folder: "Files", moves }, context));
    put(path.join(scene.files, "x/b"), "theirs");
    const moved = await scene.tool("move_files").run(journaled(prepared), context);
    expect(moved).toMatchObject({
      ok: false,
      error: { type: "changed", text: expect.stringContaining("1 of 3") },
    });
    expect([read(scene, "x/a"), read(scene, "b"), read(scene, "x/b"), read(scene, "c")]).toEqual([
      "a",
      "b",
      "theirs",
      "c",
    ]);
    await scene.undo.undoStep(context.stepId);
    expect([read(scene, "a"), read(scene, "b"), read(scene, "x/b"), read(scene, "c")]).toEqual([
      "a",
      "b",
      "theirs",
      "c",
    ]);
  });

  test("a file that is saved anew during its own move stays under its name", async () => {
    const scene: Scene = createScene({
      ports: {
        failpoint: (place) => {
          if (place !== "linked") return;
          rmSync(path.join(scene.files, "a"));
          put(path.join(scene.files, "a"), "saved anew");
        },
      },
    });
    put(path.join(scene.files, "a"), "first");
    must(await scene.call("move_files", { folder: "Files", moves: [{ from: "a", to: "b" }] }));
    expect([read(scene, "a"), read(scene, "b")]).toEqual(["saved anew", "first"]);
    expect(readdirSync(scene.files)).toEqual(["a", "b"]);
  });

  test("stops between two moves", async () => {
    const scene = createScene();
    for (const file of ["a", "b"]) put(path.join(scene.files, file), file);
    const stop = new AbortController();
    const moves = ["a", "b"].map((name) => ({ from: name, to: `x/${name}` }));
    const moved = await scene.call(
      "move_files",
      { folder: "Files", moves },
      { signal: stop.signal, progress: () => stop.abort() },
    );
    expect(moved).toMatchObject({
      ok: false,
      error: { type: "stopped", text: expect.stringContaining("1 of 2") },
    });
    expect(readdirSync(scene.files)).toEqual(["b", "x"]);
  });
});

describe("make_folder and trash_files", () => {
  test("a folder with those on the way; one that is there is refused", async () => {
    const scene = createScene();
    const input = { folder: "Files", path: "a/b" };
    const prepared = must(await scene.tool("make_folder").prepare(input, scene.context()));
    expect(prepared.action?.items.map((item) => item.path)).toEqual(["a", "a/b"]);
    must(await scene.call("make_folder", input));
    expect(statSync(path.join(scene.files, "a/b")).isDirectory()).toBe(true);
    expect(wordOf(await scene.call("make_folder", input))).toBe("exists");
    expect(wordOf(await scene.call("make_folder", { folder: "Files", path: "" }))).toBe("exists");
    put(path.join(scene.files, "file"), "");
    expect(wordOf(await scene.call("make_folder", { folder: "Files", path: "file/x" }))).toBe("exists");
  });

  test("trashing takes files and folders away without deleting a byte", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "a");
    put(path.join(scene.files, "folder/x/b.txt"), "bb");
    const input = { folder: "Files", paths: ["a.txt", "folder"] };
    const prepared = must(await scene.tool("trash_files").prepare(input, scene.context()));
    expect(prepared.action).toMatchObject({
      kind: "trash",
      items: [
        { path: "a.txt", byteLength: 1 },
        { path: "folder", byteLength: 2, isFolder: true },
      ],
    });
    must(await scene.call("trash_files", input));
    expect(readdirSync(scene.files)).toEqual([]);
    const kept = treeOf(path.join(scene.root, "undo/kept"));
    expect(kept).toContain("x/b.txt");
    for (const paths of [[""], ["nothing"], ["a", "a"], ["a", "a/b"], []])
      expect(wordOf(await scene.call("trash_files", { folder: "Files", paths }))).not.toBe("ok");
  });

  test("[T49] what was changed after preparing is not trashed", async () => {
    const scene = createScene();
    const context = scene.context();
    put(path.join(scene.files, "a.txt"), "a");
    const prepared = must(
      await scene.tool("trash_files").prepare({ folder: "Files", paths: ["a.txt"] }, context),
    );
    put(path.join(scene.files, "a.txt"), "changed");
    expect(wordOf(await scene.tool("trash_files").run(journaled(prepared), context))).toBe("changed");
    expect(read(scene, "a.txt")).toBe("changed");
  });
});

describe("refusals that all changing tools share", () => {
  const calls = (file: string): readonly (readonly [tool: string, input: object])[] => [
    ["write_file", { folder: "Files", path: file, text: "x" }],
    ["edit_file", { folder: "Files", path: file, old: "text", new: "x" }],
    ["move_files", { folder: "Files", moves: [{ from: file, to: "moved" }] }],
    ["make_folder", { folder: "Files", path: `${file}/x` }],
    ["trash_files", { folder: "Files", paths: [file] }],
  ];

  test("a read-only grant, an unknown folder", async () => {
    const scene = createScene({ mode: "read" });
    put(path.join(scene.files, "a.txt"), "text");
    for (const [tool, input] of calls("a.txt")) {
      expect(wordOf(await scene.call(tool, input))).toBe("read-only-grant");
      expect(wordOf(await scene.call(tool, { ...input, folder: "Other" }))).toBe("unknown-folder");
    }
  });

  test("a grant that was narrowed after preparing", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.txt"), "text");
    for (const [tool, input] of calls("a.txt").filter(([name]) => name !== "make_folder")) {
      const prepared = must(await scene.tool(tool).prepare(input, scene.context()));
      const narrowed = scene.context({ grants: [{ ...scene.grant, mode: "read" }] });
      expect(wordOf(await scene.tool(tool).run(journaled(prepared), narrowed))).toBe("read-only-grant");
      expect(wordOf(await scene.tool(tool).run(journaled(prepared), scene.context({ grants: [] })))).toBe(
        "unknown-folder",
      );
    }
    expect(read(scene, "a.txt")).toBe("text");
  });

  test("links are neither followed nor moved nor replaced; a hard link is not written", async () => {
    const scene = createScene();
    put(path.join(scene.root, "outside.txt"), "text");
    symlinkSync(path.join(scene.root, "outside.txt"), path.join(scene.files, "link.txt"));
    for (const [tool, input] of calls("link.txt")) expect(wordOf(await scene.call(tool, input))).toBe("link");
    expect(lstatSync(path.join(scene.files, "link.txt")).isSymbolicLink()).toBe(true);
    linkSync(path.join(scene.root, "outside.txt"), path.join(scene.files, "hard.txt"));
    for (const [tool, input] of calls("hard.txt").slice(0, 2))
      expect(wordOf(await scene.call(tool, input))).toBe("hard-link");
    expect(readFileSync(path.join(scene.root, "outside.txt"), "utf8")).toBe("text");
  });

  test("a granted folder that vanished, or became a link, is folder-missing", async () => {
    const scene = createScene();
    rmSync(scene.files, { recursive: true });
    const readers = [
      ["list_folder", { folder: "Files" }],
      ["search_files", { folder: "Files", text: "x" }],
    ] as const;
    for (const [tool, input] of [...calls("a.txt"), ...readers])
      expect(wordOf(await scene.call(tool, input))).toBe("folder-missing");
    mkdirSync(path.join(scene.root, "elsewhere"));
    put(path.join(scene.root, "elsewhere/a.txt"), "text");
    symlinkSync(path.join(scene.root, "elsewhere"), scene.files);
    for (const [tool, input] of [...calls("a.txt"), ...readers])
      expect(wordOf(await scene.call(tool, input))).toBe("folder-missing");
    expect(existsSync(path.join(scene.root, "elsewhere/a.txt"))).toBe(true);
  });

  test("input of another shape and a plan that cannot be read", async () => {
    const scene = createScene();
    for (const [tool] of calls("a")) {
      expect(wordOf(await scene.call(tool, "text"))).toBe("bad-input");
      expect(wordOf(await scene.call(tool, { folder: "Files", path: 1 }))).toBe("bad-input");
      const broken = { plan: { nothing: true }, step: { kind: "write" } };
      expect(wordOf(await scene.tool(tool).run(broken, scene.context()))).toBe("failed");
      expect(await scene.tool(tool).check(broken, scene.context())).toBe("conflict");
    }
  });
});

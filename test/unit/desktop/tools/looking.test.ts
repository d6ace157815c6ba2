/** glob, hash_files, image_facts and read_protected. */
import { symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { ok } from "@deskhand/doc-schema/wire";
import { createContentsLook } from "../../../../desktop/src/executor/tools/folder-contents.ts";
import { atEntry, inGrant } from "../../../../desktop/src/executor/tools/place.ts";
import { createScene, journaled, must, put, sha256, wordOf } from "./scene.ts";

test("glob answers a page at a time and names the next offset", async () => {
  const scene = createScene();
  for (let n = 0; n < 7; n++) put(path.join(scene.files, `x/${n}.pdf`), "");
  put(path.join(scene.files, "x/y.pdf/inner.txt"), "");
  symlinkSync("0.pdf", path.join(scene.files, "x/link.pdf"));
  const glob = async (more: object): Promise<string[]> =>
    must(await scene.call("glob", { folder: "Files", pattern: "*.PDF", ...more })).content.split("\n");
  expect(await glob({})).toEqual([
    "8 hits in Files",
    ...[0, 1, 2, 3, 4, 5, 6].map((n) => `x/${n}.pdf`),
    "x/y.pdf/",
  ]);
  expect(await glob({ kind: "file", limit: 3, offset: 3 })).toEqual([
    "7 hits in Files",
    "x/3.pdf",
    "x/4.pdf",
    "x/5.pdf",
    "[4 to 6 of 7; go on with offset 6.]",
  ]);
  expect(await glob({ path: "x", kind: "folder" })).toEqual(["1 hit in Files/x", "x/y.pdf/"]);
  expect(wordOf(await scene.call("glob", { folder: "Files", pattern: "*a".repeat(50) }))).toBe("bad-input");
  expect(
    wordOf(await scene.call("glob", { folder: "Files", pattern: "*" }, { signal: AbortSignal.abort() })),
  ).toBe("stopped");
});

test("hash_files groups the same bytes and reads nothing outside", async () => {
  const scene = createScene();
  put(path.join(scene.files, "a"), "same");
  put(path.join(scene.files, "b/c"), "same");
  put(path.join(scene.files, "b/d"), "else");
  put(path.join(scene.files, "b/e"), "longer");
  symlinkSync("/etc/passwd", path.join(scene.files, "b/link"));
  const hash = async (more: object): Promise<string[]> =>
    must(await scene.call("hash_files", { folder: "Files", paths: [""], ...more })).content.split("\n");
  const same = ["a", "b/c"].map((name) => `${sha256("same")}\t4\t${name}`);
  expect(await hash({ duplicatesOnly: true })).toEqual([
    "1 group of files with the same bytes, among 4",
    ...same,
  ]);
  expect((await hash({})).slice(0, 3)).toEqual(["4 files", ...same]);
  expect(await hash({ paths: ["b/d", "b/d"] })).toEqual(["1 file", `${sha256("else")}\t4\tb/d`]);
  expect(wordOf(await scene.call("hash_files", { folder: "Files", paths: ["b/link"] }))).toBe("link");
});

describe("image_facts", () => {
  /** A PNG of one pixel, whose head says 640×480. */
  const png = Buffer.concat([
    Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
    Buffer.from("00000280000001e0080200000000000000", "hex"),
  ]);
  const entry = (tag: number, type: number, count: number, value: number): Buffer => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.writeUInt32LE(count, 4);
    bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  /** A JPEG with orientation 6, taken 2025-02-03 04:05:06, of 300×200. */
  const jpeg = (): Buffer => {
    const short = (n: number): Buffer => Buffer.from([n & 255, n >> 8]);
    const none = Buffer.alloc(4);
    const ifd0 = Buffer.concat([short(2), entry(0x0112, 3, 1, 6), entry(0x8769, 4, 1, 38), none]);
    const exif = Buffer.concat([
      short(1),
      entry(0x9003, 2, 20, 56),
      none,
      Buffer.from("2025:02:03 04:05:06\0"),
    ]);
    const tiff = Buffer.concat([Buffer.from("49492a0008000000", "hex"), ifd0, exif]);
    const app1 = Buffer.concat([Buffer.from("Exif\0\0"), tiff]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(app1.length + 2);
    const frame = Buffer.from("ffc0001108 00c8 012c 03012200021101031101ffd9".replaceAll(" ", ""), "hex");
    return Buffer.concat([Buffer.from("ffd8ffe1", "hex"), length, app1, frame]);
  };

  test("format, size, date and orientation from the head; a word for what is no picture", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a.png"), png);
    put(path.join(scene.files, "b.jpg"), jpeg());
    put(path.join(scene.files, "c.txt"), "no picture");
    put(path.join(scene.files, "d.jpg"), "");
    const { content } = must(
      await scene.call("image_facts", { folder: "Files", paths: ["a.png", "b.jpg", "c.txt", "d.jpg", "e"] }),
    );
    expect(content.split("\n")).toEqual([
      "a.png\tpng\t640×480\t-\t-",
      "b.jpg\tjpg\t300×200\t2025-02-03T04:05:06\t6",
      "c.txt\tno picture that is known\t-\t-\t-",
      "d.jpg\tno picture that is known\t-\t-\t-",
      "e\tFiles/e is not there.",
    ]);
  });

  test("every beginning of a picture is answered, none hangs or throws", async () => {
    const scene = createScene();
    const whole = jpeg();
    const paths = Array.from({ length: whole.length }, (_, n) => `${n}.jpg`);
    for (const [n, name] of paths.entries()) put(path.join(scene.files, name), whole.subarray(0, n));
    const { content } = must(await scene.call("image_facts", { folder: "Files", paths }));
    expect(content.split("\n")).toHaveLength(paths.length);
  });
});

describe("what may hold keys", () => {
  test("is read by read_protected only, whose action names it", async () => {
    const scene = createScene({ mode: "read" });
    put(path.join(scene.files, "app/.env"), "TOKEN=canary");
    put(path.join(scene.files, "plain.txt"), "text");
    const env = { folder: "Files", path: "app/.env" };
    expect(wordOf(await scene.call("read_text", env))).toBe("protected");
    expect(wordOf(await scene.call("image_facts", { folder: "Files", paths: ["app/.env"] }))).toBe(
      "protected",
    );
    const found = must(await scene.call("search_files", { folder: "Files", text: "canary" }));
    expect(found.content).toBe("Nothing was found.");
    const tool = scene.tool("read_protected");
    expect(tool.effect).toBe("read-protected");
    const prepared = must(await tool.prepare(env, scene.context()));
    expect(prepared.action).toMatchObject({
      kind: "read-protected",
      items: [{ path: "app/.env", protectedName: ".env", byteLength: 12 }],
    });
    expect(must(await tool.run(journaled(prepared), scene.context())).content).toBe("TOKEN=canary");
    put(path.join(scene.files, "app/.env"), "TOKEN=other-canary");
    expect(wordOf(await tool.run(journaled(prepared), scene.context()))).toBe("changed");
    expect(wordOf(await scene.call("read_protected", { folder: "Files", path: "plain.txt" }))).toBe(
      "bad-input",
    );
    const below = await scene.call("search_files", { folder: "Files", path: ".aws", text: "x" });
    expect(wordOf(below)).toBe("protected");
  });

  test("[T42] a protected name is told on the card, also where it does not exist yet", async () => {
    const scene = createScene();
    put(path.join(scene.files, ".env.local"), "text");
    put(path.join(scene.files, "a.txt"), "text");
    const calls: readonly (readonly [string, object, string])[] = [
      ["write_file", { path: ".env.local", text: "x" }, ".env.local"],
      ["write_file", { path: "a/.mcp.json", text: "x" }, ".mcp.json"],
      ["edit_file", { path: ".env.local", old: "text", new: "x" }, ".env.local"],
      ["move_files", { moves: [{ from: ".env.local", to: "moved" }] }, ".env.local"],
      ["move_files", { moves: [{ from: "a.txt", to: ".git/hooks/post-commit" }] }, ".git"],
      ["copy_files", { copies: [{ from: ".env.local", to: "plain.txt" }] }, ".env.local"],
      ["make_folder", { path: ".vscode" }, ".vscode"],
      ["trash_files", { paths: [".env.local"] }, ".env.local"],
    ];
    for (const [tool, input, name] of calls) {
      const prepared = await scene.tool(tool).prepare({ folder: "Files", ...input }, scene.context());
      expect([tool, must(prepared).action?.items[0]?.protectedName]).toEqual([tool, name]);
    }
    const zipped = await scene
      .tool("zip_files")
      .prepare({ folder: "Files", paths: [".env.local"], to: "a.zip" }, scene.context());
    expect(must(zipped).action?.items[1]?.protectedName).toBe(".env.local");
  });

  test("[T42] a folder that goes elsewhere is looked through: what is protected in it is told on the card", async () => {
    const scene = createScene();
    put(path.join(scene.files, "project/src/deep/id_ed25519"), "key");
    put(path.join(scene.files, "plain/src/a.txt"), "text");
    put(path.join(scene.files, ".config/programs/autostart.txt"), "text");
    put(path.join(scene.files, "home/.config/autostart/x.desktop"), "text");
    symlinkSync(path.join(scene.files, "project"), path.join(scene.files, "plain/link"));
    const told = async (tool: string, input: object): Promise<string | undefined> => {
      const prepared = await scene.tool(tool).prepare({ folder: "Files", ...input }, scene.context());
      return must(prepared).action?.items[0]?.protectedName;
    };
    for (const [from, name] of [
      ["project", "id_ed25519"],
      ["home", ".config/autostart"],
      ["plain", undefined],
      [".config/programs", undefined],
    ] as const) {
      expect([from, await told("move_files", { moves: [{ from, to: "elsewhere" }] })]).toEqual([from, name]);
      expect([from, await told("trash_files", { paths: [from] })]).toEqual([from, name]);
    }
  });

  test("[T42] a folder with more in it than a call looks at counts as one that may hold a key", async () => {
    const scene = createScene();
    for (const name of ["a", "b", "c"]) put(path.join(scene.files, "many", name), name);
    const lookAt = (most: number) =>
      inGrant(scene.grant, (root) =>
        atEntry(root, ["many"], "many", async (entry) =>
          ok(await createContentsLook(new AbortController().signal, most)(entry, ["many"])),
        ),
      );
    expect(must(await lookAt(3))).toEqual({ byteLength: 3, protectedName: undefined });
    expect(must(await lookAt(2))).toEqual({ byteLength: undefined, protectedName: "many/…" });
  });
});

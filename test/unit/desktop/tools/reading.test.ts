/** list_folder, read_text, search_files on a real disk. */
import { chmodSync, readFileSync, symlinkSync, utimesSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createScene, must, put, wordOf } from "./scene.ts";

describe("list_folder", () => {
  test("a heading, then kind, bytes, local time and path from the granted folder on", async () => {
    const scene = createScene();
    put(path.join(scene.files, "b.txt"), "12345");
    put(path.join(scene.files, "a/inner.txt"), "1");
    const time = new Date(2026, 10, 21, 4, 42, 27);
    utimesSync(path.join(scene.files, "b.txt"), time, time);
    const { content, step } = must(await scene.call("list_folder", { folder: "Files" }));
    const [head, folder, file, ...rest] = content.split("\n");
    expect(head).toBe("2 entries in Files");
    expect(folder).toMatch(/^folder\t0\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\ta$/);
    expect(file).toBe("file\t5\t2026-11-21T04:42:27\tb.txt");
    expect(rest).toEqual([]);
    expect(step).toEqual({ kind: "list", object: "Files", count: 2 });
    const below = must(await scene.call("list_folder", { folder: "Files", path: "a" }));
    expect(below.content).toMatch(/^1 entry in Files\/a\nfile\t1\t\S+\ta\/inner\.txt$/);
  });

  test("goes below and takes patterns", async () => {
    const scene = createScene();
    for (const file of ["a.PDF", "x/b.pdf", "x/y/c.pdf", "x/c.txt"]) put(path.join(scene.files, file), "");
    const names = async (pattern?: string): Promise<string[]> =>
      must(
        await scene.call("list_folder", {
          folder: "Files",
          recursive: true,
          ...(pattern ? { pattern } : {}),
        }),
      )
        .content.split("\n")
        .slice(1)
        .map((line) => line.split("\t")[3] ?? "");
    expect(await names()).toEqual(["a.PDF", "x", "x/b.pdf", "x/c.txt", "x/y", "x/y/c.pdf"]);
    expect(await names("*.pdf")).toEqual(["a.PDF", "x/b.pdf", "x/y/c.pdf"]);
    expect(await names("x/*.{pdf,txt}")).toEqual(["x/b.pdf", "x/c.txt"]);
    expect(await names("x/**/c.*")).toEqual(["x/c.txt", "x/y/c.pdf"]);
    expect(await names("[!a].pdf")).toEqual(["x/b.pdf", "x/y/c.pdf"]);
    const refused = await scene.call("list_folder", { folder: "Files", pattern: "*a".repeat(50) });
    expect(wordOf(refused)).toBe("bad-input");
  });

  test("links are counted in the heading and never followed", async () => {
    const scene = createScene();
    put(path.join(scene.root, "outside/secret.txt"), "");
    symlinkSync(path.join(scene.root, "outside"), path.join(scene.files, "link"));
    const { content } = must(await scene.call("list_folder", { folder: "Files", recursive: true }));
    expect(content).toBe("0 entries in Files, besides 1 link or special file");
  });

  test("a long list comes in pieces that join up", async () => {
    const scene = createScene();
    for (let n = 0; n < 2100; n++) put(path.join(scene.files, `file-${String(n).padStart(4, "0")}.txt`), "");
    const { content } = must(await scene.call("list_folder", { folder: "Files" }));
    const lines = content.split("\n");
    expect(lines[0]).toBe("2100 entries in Files");
    const offset = Number(/^Only 1 to (\d+) are shown; go on with offset \1,/.exec(lines.at(-1) ?? "")?.[1]);
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(64 * 1024);
    const rest = must(await scene.call("list_folder", { folder: "Files", offset })).content.split("\n");
    expect(offset + rest.length - 1).toBe(2100);
    expect(rest[1]).toContain(`file-${String(offset).padStart(4, "0")}.txt`);
  });

  test("names that hold control characters cannot forge a line", async () => {
    const scene = createScene();
    put(path.join(scene.files, "a\nfile\t9\tb"), "");
    const { content } = must(await scene.call("list_folder", { folder: "Files" }));
    expect(content.split("\n")).toHaveLength(2);
    expect(content).toContain(String.raw`a\u{a}file\u{9}9`);
  });
});

describe("read_text", () => {
  test("reads whole files and pages", async () => {
    const scene = createScene();
    put(path.join(scene.files, "notes.txt"), "\uFEFFone\ntwo\nthree\nfour");
    const read = async (more: object): Promise<string> =>
      must(await scene.call("read_text", { folder: "Files", path: "notes.txt", ...more })).content;
    expect(await read({})).toBe("one\ntwo\nthree\nfour");
    expect(await read({ offset: 2, limit: 2 })).toBe("two\nthree\n[Lines 2 to 3 of 4; go on with offset 4.]");
    expect(await read({ offset: 4 })).toBe("four");
    expect(await read({ offset: 9 })).toBe("[The file has 4 lines.]");
  });

  test("at most 64 KB a call, and paging reaches the end", async () => {
    const scene = createScene();
    const text = Array.from({ length: 5000 }, (_, n) => `line ${n} ${"ü".repeat(20)}`).join("\n");
    put(path.join(scene.files, "long.txt"), text);
    const seen: string[] = [];
    for (let offset: number | undefined = 1; offset !== undefined;) {
      const { content } = must(await scene.call("read_text", { folder: "Files", path: "long.txt", offset }));
      expect(Buffer.byteLength(content)).toBeLessThanOrEqual(64 * 1024);
      const next = /\n\[Lines .* offset (\d+)\.\]$/.exec(content);
      seen.push(next === null ? content : content.slice(0, next.index));
      offset = next === null ? undefined : Number(next[1]);
    }
    expect(seen.join("\n")).toBe(text);
    put(path.join(scene.files, "one-line.txt"), "ü".repeat(100_000));
    const { content } = must(await scene.call("read_text", { folder: "Files", path: "one-line.txt" }));
    expect(Buffer.byteLength(content)).toBeLessThanOrEqual(64 * 1024);
    expect(content).toContain("longer than fits");
  });

  test("refuses what is no text, no file, too large or missing", async () => {
    const scene = createScene();
    put(path.join(scene.files, "zero.bin"), new Uint8Array([65, 0, 66]));
    put(path.join(scene.files, "latin.txt"), new Uint8Array([0xe4, 0xf6]));
    put(path.join(scene.files, "big.txt"), new Uint8Array(17 * 1024 * 1024).fill(65));
    put(path.join(scene.files, "folder/a"), "");
    const word = async (file: string): Promise<string> =>
      wordOf(await scene.call("read_text", { folder: "Files", path: file }));
    expect(await word("zero.bin")).toBe("not-text");
    expect(await word("latin.txt")).toBe("not-text");
    expect(await word("big.txt")).toBe("too-large");
    expect(await word("folder")).toBe("bad-input");
    expect(await word("")).toBe("bad-input");
    expect(await word("nothing")).toBe("not-found");
    expect(await word("folder/a/b")).toBe("not-found");
  });
});

describe("search_files", () => {
  const withFiles = (ripgrep?: string): ReturnType<typeof createScene> => {
    const scene = createScene(ripgrep === undefined ? {} : { ports: { ripgrep } });
    put(path.join(scene.files, "z.txt"), "first\r\nthe ACME invoice\r\n");
    put(path.join(scene.files, "a/invoices.md"), "Acme\nother\nacme again");
    put(path.join(scene.files, "a-b.md"), "no such word");
    put(path.join(scene.files, ".hidden/note.txt"), "acme hidden");
    put(path.join(scene.files, ".gitignore"), "z.txt");
    put(path.join(scene.files, ".git/config"), "acme");
    put(path.join(scene.files, "node_modules/acme/index.js"), "acme");
    put(path.join(scene.files, "binary.dat"), new Uint8Array([...Buffer.from("acme"), 0]));
    put(path.join(scene.files, "special (1+1)*.txt"), "cost: $5 (a+b)* [x]");
    put(path.join(scene.root, "outside.txt"), "acme outside");
    symlinkSync(path.join(scene.root, "outside.txt"), path.join(scene.files, "link.txt"));
    return scene;
  };
  const found = async (scene: ReturnType<typeof createScene>, input: object): Promise<string[]> =>
    must(await scene.call("search_files", { folder: "Files", ...input })).content.split("\n");

  test("with and without ripgrep the answer is the same", async () => {
    const expected = [
      ".hidden/note.txt:1: acme hidden",
      "a/invoices.md:1: Acme",
      "a/invoices.md:3: acme again",
      "z.txt:2: the ACME invoice",
    ];
    for (const scene of [withFiles(), withFiles("/nonexistent/rg")]) {
      expect(await found(scene, { text: "acme" })).toEqual(expected);
      expect(await found(scene, { text: "acme", name: "*.md" })).toEqual(expected.slice(1, 3));
      expect(await found(scene, { text: "acme", path: "a" })).toEqual(expected.slice(1, 3));
      expect(await found(scene, { text: "$5 (A+b)* [x]" })).toEqual([
        "special (1+1)*.txt:1: cost: $5 (a+b)* [x]",
      ]);
      expect(await found(scene, { text: "-e acme" })).toEqual(["Nothing was found."]);
      expect(await found(scene, { text: "acme", limit: 2 })).toEqual([
        ...expected.slice(0, 2),
        "Only the first 2 lines are shown; there is more.",
      ]);
    }
  });

  test("by name alone", async () => {
    const scene = withFiles();
    expect(await found(scene, { name: "*invoice*" })).toEqual(["a/invoices.md"]);
    expect(await found(scene, { name: "*.TXT" })).toEqual([
      ".hidden/note.txt",
      "special (1+1)*.txt",
      "z.txt",
    ]);
    expect(await found(scene, { name: "*.none" })).toEqual(["Nothing was found."]);
  });

  test("ripgrep is started in the held folder, and what it names is not trusted", async () => {
    const program = path.join(createScene().root, "rg");
    put(
      program,
      String.raw`#!/bin/sh
echo "$(ls)" > seen
printf '../outside.txt\0link.txt\0a/../../outside.txt\0./z.txt\0gone.txt\0'
`,
    );
    chmodSync(program, 0o755);
    const scene = withFiles(program);
    expect(await found(scene, { text: "acme" })).toEqual(["z.txt:2: the ACME invoice"]);
    expect(readFileSync(path.join(scene.files, "seen"), "utf8")).toContain("special (1+1)*.txt");
  });

  test("refuses a search for nothing and texts of several lines; stops when asked", async () => {
    const scene = withFiles();
    expect(wordOf(await scene.call("search_files", { folder: "Files" }))).toBe("bad-input");
    expect(wordOf(await scene.call("search_files", { folder: "Files", text: "a\nb" }))).toBe("bad-input");
    const signal = AbortSignal.abort();
    expect(wordOf(await scene.call("search_files", { folder: "Files", text: "acme" }, { signal }))).toBe(
      "stopped",
    );
    expect(wordOf(await scene.call("list_folder", { folder: "Files" }, { signal }))).toBe("stopped");
  });
});

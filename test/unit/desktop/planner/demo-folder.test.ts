/** The demo folder on a real disk: whole, valid, the same each time, and never written over. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { crc32, inflateSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createDemoFolder } from "../../../../desktop/src/demo/demo-folder.ts";

let parent = "";
beforeEach(async () => {
  parent = await mkdtemp(path.join(os.tmpdir(), "demo-folder-"));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

test("it holds what the first tasks need, dated as named", async () => {
  const { path: folder, files } = await createDemoFolder(path.join(parent, "new"));
  expect(path.basename(folder)).toBe("Deskhand demo");
  const screenshots = files.filter((file) => file.startsWith("Downloads/Screenshot "));
  expect(screenshots).toHaveLength(24);
  expect(new Set(screenshots.map((file) => file.slice(21, 31))).size).toBe(6);
  expect(files.filter((file) => file.endsWith(".tmp"))).toHaveLength(3);
  expect(files.filter((file) => file.startsWith("Reports/"))).toHaveLength(3);
  expect(files.filter((file) => file.startsWith("Data/"))).toHaveLength(2);
  expect(files.filter((file) => file.startsWith("Notes/"))).toHaveLength(2);
  for (const file of screenshots) {
    const { mtime } = await stat(path.join(folder, file));
    const time = [mtime.getHours(), mtime.getMinutes(), mtime.getSeconds()];
    expect(file).toContain(`at ${time.map((n) => String(n).padStart(2, "0")).join(".")}.png`);
  }
  expect(await readdir(path.join(parent, "new"))).toEqual(["Deskhand demo"]);
});

test("the pictures are valid PNGs, each of its own", async () => {
  const { path: folder, files } = await createDemoFolder(parent);
  const pictures = files.filter((file) => file.endsWith(".png"));
  const seen = new Set<string>();
  for (const file of pictures) {
    const bytes = await readFile(path.join(folder, file));
    seen.add(bytes.toString("hex"));
    const chunks = chunksOf(bytes);
    expect(chunks.map(({ type }) => type)).toEqual(["IHDR", "IDAT", "IEND"]);
    const header = chunks[0]?.data ?? Buffer.alloc(0);
    const pixels = inflateSync(chunks[1]?.data ?? Buffer.alloc(0));
    expect(pixels).toHaveLength((header.readUInt32BE(0) * 3 + 1) * header.readUInt32BE(4));
  }
  expect(seen.size).toBe(30);
});

/** Checks the signature and every chunk's sum on the way. */
const chunksOf = (bytes: Buffer): { readonly type: string; readonly data: Buffer }[] => {
  expect(bytes.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
  const chunks: { readonly type: string; readonly data: Buffer }[] = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const typed = bytes.subarray(at + 4, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(typed));
    chunks.push({ type: typed.subarray(0, 4).toString("latin1"), data: typed.subarray(4) });
    at += 12 + length;
  }
  return chunks;
};

test("the PDF's table points at its objects", async () => {
  const { path: folder } = await createDemoFolder(parent);
  const pdf = await readFile(path.join(folder, "Downloads/manual.pdf"), "latin1");
  const places = [...pdf.matchAll(/^(\d{10}) 00000 n $/gm)].map(([, place]) => Number(place));
  expect(places).toHaveLength(5);
  for (const [n, place] of places.entries()) expect(pdf.slice(place)).toMatch(new RegExp(`^${n + 1} 0 obj`));
  expect(pdf.slice(Number(/startxref\n(\d+)/.exec(pdf)?.[1]))).toMatch(/^xref/);
});

test("a folder that is there is taken as it is", async () => {
  const first = await createDemoFolder(parent);
  const changed = path.join(first.path, "Downloads/notes.txt");
  await writeFile(changed, "mine");
  await rm(path.join(first.path, "Notes"), { recursive: true });
  const again = await createDemoFolder(parent);
  expect(again.path).toBe(first.path);
  expect(again.files).toEqual(first.files.filter((file) => !file.startsWith("Notes/")));
  expect(await readFile(changed, "utf8")).toBe("mine");
});

test("the bytes are the same each time", async () => {
  const [one, two] = [
    await createDemoFolder(path.join(parent, "1")),
    await createDemoFolder(path.join(parent, "2")),
  ];
  expect(two.files).toEqual(one.files);
  for (const file of one.files)
    expect(await readFile(path.join(two.path, file))).toEqual(await readFile(path.join(one.path, file)));
});

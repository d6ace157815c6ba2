/** read_document and read_table on real files, honest and hostile ones; each in its own thread. */
import path from "node:path";
import { Readable } from "node:stream";
import { createDeflate } from "node:zlib";
import { describe, expect, test } from "vitest";
import { docxOf, pdfOf, xlsxOf } from "../../../fixtures/documents.ts";
import { createScene, must, put, wordOf, type Scene, type SceneOptions } from "./scene.ts";

const sceneWith = (files: Readonly<Record<string, string | Uint8Array>>, options?: SceneOptions): Scene => {
  const scene = createScene(options);
  for (const [name, bytes] of Object.entries(files)) put(path.join(scene.files, name), bytes);
  return scene;
};
const text = async (scene: Scene, name: string, more: object = {}): Promise<string> =>
  must(await scene.call("read_document", { folder: "Files", path: name, ...more })).content;
const table = async (scene: Scene, name: string, more: object = {}): Promise<readonly unknown[]> =>
  must(await scene.call("read_table", { folder: "Files", path: name, ...more }))
    .content.split("\n")
    .map((line): unknown => JSON.parse(line));
const refusal = async (scene: Scene, name: string, tool = "read_document"): Promise<string> =>
  wordOf(await scene.call(tool, { folder: "Files", path: name }));

describe("read_document", () => {
  test("Word: headings, paragraphs and tables as Markdown", async () => {
    const scene = sceneWith({
      "會議.docx": docxOf([
        "# 會議紀錄",
        "預算是 1,200 元。",
        [
          ["Item", "Cost"],
          ["Poster | large", "12"],
        ],
      ]),
    });
    expect(await text(scene, "會議.docx")).toBe(
      "# 會議紀錄\n\n預算是 1,200 元。\n\n| Item | Cost |\n| --- | --- |\n| Poster \\| large | 12 |",
    );
  });

  test("PDF: the text of each page; Excel: each sheet as a table; text as it stands, also in Big5", async () => {
    const big5 = Uint8Array.of(0xa4, 0xa4, 0xa4, 0xe5); // 中文
    const scene = sceneWith({
      "a.pdf": pdfOf([["First line", "second (line)"], ["On page two"]]),
      "a.xlsx": xlsxOf({
        Costs: [
          ["Item", "Cost"],
          ["Ink", 12.5],
        ],
        Empty: [],
      }),
      "a.txt": "plain\n",
      "big5.txt": big5,
    });
    expect(await text(scene, "a.pdf")).toBe("[Page 1]\nFirst line\nsecond (line)\n\n[Page 2]\nOn page two");
    expect(await text(scene, "a.xlsx")).toBe(
      "## Costs\n\n| Item | Cost |\n| --- | --- |\n| Ink | 12.5 |\n\n## Empty\n\n",
    );
    expect(await text(scene, "a.txt")).toBe("plain\n");
    expect(await text(scene, "big5.txt")).toBe("中文");
  });

  test("what a file is decides, not what it is called; long ones come in pieces", async () => {
    const lines = Array.from({ length: 3_000 }, (_, n) => `Line ${n} ${"x".repeat(40)}`);
    const scene = sceneWith({ "report.pdf": docxOf(lines) });
    const first = await text(scene, "report.pdf");
    const next = Number(/go on with offset (\d+)/.exec(first)?.[1]);
    expect(next).toBeGreaterThan(1_000);
    const both = `${first.replace(/\n\[Lines.*\]$/, "")}\n${await text(scene, "report.pdf", { offset: next })}`;
    expect(both.match(/Line \d+/g)?.slice(0, 2_000)).toEqual(
      lines.slice(0, 2_000).map((line) => line.replace(/ x+$/, "")),
    );
    expect(await text(scene, "report.pdf", { offset: 5_999, limit: 1 })).toContain("Line 2999");
  });
});

describe("read_table", () => {
  test("an Excel sheet: numbers, texts, dates, errors and saved values of formulas", async () => {
    const scene = sceneWith({
      "b.xlsx": xlsxOf({
        第三季: [
          ["日期", "Amount", "ok"],
          [{ date: "2026-07-01" }, 0.1 + 0.2, true],
          [{ date: "2026-07-01T10:30:00" }, { formula: "B2*2", value: 0.6 }, null],
        ],
        Other: [["x"]],
      }),
    });
    expect(await table(scene, "b.xlsx")).toEqual([
      { sheet: "第三季", sheets: ["第三季", "Other"], rows: 3, from: 1 },
      ["日期", "Amount", "ok"],
      ["2026-07-01", 0.3, true],
      ["2026-07-01T10:30:00", 0.6],
    ]);
    expect((await table(scene, "b.xlsx", { sheet: "Other" }))[1]).toEqual(["x"]);
    expect(wordOf(await scene.call("read_table", { folder: "Files", path: "b.xlsx", sheet: "no" }))).toBe(
      "not-found",
    );
  });

  test("a CSV: texts as they stand there, and what stands between them", async () => {
    const scene = sceneWith({ "c.csv": '\uFEFFa;b\n007;"1.234,50"\n\n' });
    expect(await table(scene, "c.csv")).toEqual([
      { sheet: "", sheets: [""], rows: 2, from: 1, delimiter: ";" },
      ["a", "b"],
      ["007", "1.234,50"],
    ]);
  });

  test("many rows come in pieces that join up", async () => {
    const rows = Array.from({ length: 9_000 }, (_, n) => `row ${n},${n}`);
    const scene = sceneWith({ "long.csv": ["name,n", ...rows].join("\n") });
    const found: unknown[] = [];
    for (let offset = 1, more = true; more;) {
      const [, ...lines] = await table(scene, "long.csv", { offset });
      const last = lines.at(-1);
      more = last !== null && typeof last === "object" && "next" in last;
      if (more) offset = (lines.pop() as { next: number }).next; // checked above
      found.push(...lines);
    }
    expect(found).toHaveLength(9_001);
    expect(found.at(-1)).toEqual(["row 8999", "8999"]);
  });

  test("a document without rows, and a broken CSV, are refused with a sentence", async () => {
    const scene = sceneWith({ "a.docx": docxOf(["text"]), "a.csv": 'a,b\n"x,1\n' });
    expect(await refusal(scene, "a.docx", "read_table")).toBe("not-text");
    const broken = await scene.call("read_table", { folder: "Files", path: "a.csv" });
    expect(broken.ok ? "" : broken.error.text).toMatch(/a\.csv cannot be read: it is damaged .*Quote/);
  });
});

describe("hostile documents", () => {
  const zeros = (megabytes: number): Buffer => Buffer.alloc(megabytes * 1024 ** 2, 0x20);

  test("[T61] a bomb is refused by what it claims, and by what it does when it lies", async () => {
    const scene = sceneWith({
      "swells.docx": docxOf([], [{ name: "word/document.xml", bytes: zeros(97) }]),
      "lies.docx": docxOf([], [{ name: "word/document.xml", bytes: zeros(97), claimedBytes: 100 }]),
      "many.xlsx": xlsxOf(
        { A: [] },
        Array.from({ length: 5_001 }, (_, n) => ({ name: `xl/p${n}.xml` })),
      ),
    });
    expect(await refusal(scene, "swells.docx")).toBe("too-large");
    expect(await refusal(scene, "lies.docx")).toBe("not-text");
    expect(await refusal(scene, "many.xlsx")).toBe("too-large");
  });

  test("[T61] entities are never defined: XML with a document type is refused", async () => {
    const bomb = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>';
    const scene = sceneWith({ "e.docx": docxOf([], [{ name: "word/document.xml", bytes: bomb }]) });
    expect(await refusal(scene, "e.docx")).toBe("not-text");
  });

  test("[T61] a reader that takes too long is ended; so is one whose run is stopped", async () => {
    const limits = { milliseconds: 1, megabytes: 256, bytes: 1_000_000 };
    const slow = sceneWith({ "a.docx": docxOf(["text"]) }, { ports: { documentLimits: limits } });
    expect(await refusal(slow, "a.docx")).toBe("timed-out");
    const scene = sceneWith({ "a.docx": docxOf(["text"]) });
    const stopped = await scene.call(
      "read_document",
      { folder: "Files", path: "a.docx" },
      { signal: AbortSignal.abort() },
    );
    expect(wordOf(stopped)).toBe("stopped");
  });

  test("[T61] a reader that fills its memory is ended, and the executor is not", async () => {
    const limits = { milliseconds: 60_000, megabytes: 16, bytes: 100_000_000 };
    const rows = Array.from({ length: 60_000 }, (_, n) => [`a cell of its own ${n}`, n, `and another ${n}`]);
    const scene = sceneWith({ "a.xlsx": xlsxOf({ A: rows }) }, { ports: { documentLimits: limits } });
    expect(await refusal(scene, "a.xlsx", "read_table")).toBe("too-large");
  });

  test("[T61] a PDF whose streams swell is ended before it fills the computer", async () => {
    const limits = { milliseconds: 60_000, megabytes: 64, bytes: 100_000_000 };
    const megabyte = Buffer.alloc(1024 ** 2, 0x20);
    const swelling = Readable.from(Array.from({ length: 700 }, () => megabyte)).pipe(createDeflate());
    const bomb = Buffer.concat(await swelling.toArray());
    const scene = sceneWith({ "bomb.pdf": pdfOf([bomb]) }, { ports: { documentLimits: limits } });
    expect(await refusal(scene, "bomb.pdf")).toBe("too-large");
  });

  test("[T61] macros, pictures and outside links are passed over", async () => {
    const relation = `<Relationship Id="x1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="http://127.0.0.1:9/secret.png" TargetMode="External"/>`;
    const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${relation}</Relationships>`;
    const scene = sceneWith({
      "m.docx": docxOf(
        ["kept"],
        [
          { name: "word/vbaProject.bin", bytes: "Sub AutoOpen" },
          { name: "word/_rels/document.xml.rels", bytes: rels },
        ],
      ),
    });
    expect(await text(scene, "m.docx")).toBe("kept");
  });

  test("locked, old, empty and foreign files are told apart; too large ones are not opened", async () => {
    const scene = sceneWith({
      "locked.docx": docxOf([], [{ name: "word/x.xml", flags: 1, bytes: "x" }]),
      "old.doc": Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1),
      "empty.pdf": pdfOf([[]]),
      "broken.pdf": "%PDF-1.7\ngarbage",
      "bytes.bin": Uint8Array.of(0, 1, 2, 255),
    });
    expect(await refusal(scene, "locked.docx")).toBe("encrypted");
    const others = ["old.doc", "empty.pdf", "broken.pdf", "bytes.bin"];
    for (const name of others) expect([name, await refusal(scene, name)]).toEqual([name, "not-text"]);
    const small = sceneWith(
      { "a.txt": "12345" },
      { ports: { documentLimits: { milliseconds: 9_000, megabytes: 64, bytes: 4 } } },
    );
    expect(await refusal(small, "a.txt")).toBe("too-large");
  });

  test("files that may hold keys are not read", async () => {
    const scene = sceneWith({ ".env": "KEY=1" });
    expect(await refusal(scene, ".env")).toBe("protected");
    expect(await refusal(scene, ".env", "read_table")).toBe("protected");
  });
});

/** Whole conversations that only look: find, list, read, help, and what is not understood. */
import { describe, expect, test } from "vitest";
import { diskOf, runRequest } from "./fake-tools.ts";

const disk = diskOf({
  Reports: { "sales.csv": "region,units\nAcme,1\n", "2026/Invoice 7.pdf": "" },
  Notes: { "ideas.md": "# Ideas\nAsk Acme for samples\n```\ncode\n```\n", "invoice.txt": "nothing" },
});

describe("find", () => {
  test("by name, in all folders", async () => {
    const { answer } = await runRequest("Find files named invoice", disk);
    expect(answer).toBe(
      'I found 2 matches for "invoice" in Reports, Notes:\n\n- Reports/2026/Invoice 7.pdf\n- Notes/invoice.txt',
    );
  });
  test("by name or content, in one folder", async () => {
    const { answer, calls } = await runRequest("find 'Acme' in Notes", disk);
    expect(calls.map(({ input }) => input)).toEqual([
      { folder: "Notes", name: "*Acme*" },
      { folder: "Notes", text: "Acme" },
    ]);
    expect(answer).toContain("- Notes/ideas.md:2: Ask Acme for samples");
  });
  test("by kind, and in Chinese by content", async () => {
    expect((await runRequest("find all PDFs in Reports", disk)).answer).toContain(
      "- Reports/2026/Invoice 7.pdf",
    );
    expect((await runRequest("找包含「samples」的檔案", disk)).answer).toBe(
      "在 Reports、Notes 裡找到 1 筆「samples」：\n\n- Notes/ideas.md:2: Ask Acme for samples",
    );
  });
  test("nothing, and a failure", async () => {
    expect((await runRequest("Find files named found", disk)).answer).toBe(
      'I found nothing for "found" in Reports, Notes.',
    );
    expect(
      (await runRequest("find files containing x in Notes", disk, { fails: () => "Stopped." })).answer,
    ).toBe("That didn't work: Stopped.");
  });
});

describe("list and summarise", () => {
  test("what lies in a folder", async () => {
    const { answer } = await runRequest("What is in Reports?", disk);
    expect(answer).toBe(
      [
        "Reports holds 1 file (20 B) and 1 folder.",
        "- Spreadsheets: 1 file, 20 B",
        "Newest: sales.csv (2026-11-20). Largest: sales.csv (20 B).",
        "- 2026/\n- sales.csv",
      ].join("\n\n"),
    );
  });
  test("a summary looks into the folders below", async () => {
    const { answer, calls } = await runRequest("摘要 Reports 資料夾", disk);
    expect(calls.map(({ input }) => input)).toEqual([{ folder: "Reports", recursive: true }]);
    expect(answer).toContain("Reports（含以下各層）有 2 個檔案（20 B）和 1 個資料夾。");
  });
  test("one kind only", async () => {
    const { answer } = await runRequest("show me the spreadsheets in Reports", disk);
    expect(answer).toContain("Reports holds 1 file (20 B) and 0 folders.");
  });
  test("this folder is the only grant; with several it asks; an empty one is said to be", async () => {
    const one = diskOf({ Notes: { "a.md": "x" } });
    expect((await runRequest("what is in this folder?", one)).answer).toContain("Notes holds 1 file");
    expect((await runRequest("what is in this folder?", disk)).answer).toBe(
      "Which folder do you mean? It could be: Reports, Notes.",
    );
    expect((await runRequest("list Notes", diskOf({ Notes: {} }))).answer).toBe(
      "There is nothing to show in Notes.",
    );
  });
  test("a list that was cut says so", async () => {
    const many = diskOf({ Notes: Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}`, ""])) });
    expect((await runRequest("list Notes", many, { mostLines: 2 })).answer).toContain(
      "these counts are of its first part",
    );
  });
});

describe("read", () => {
  test("a named file in a code block that the file cannot end", async () => {
    const { answer } = await runRequest("read ideas.md", disk);
    expect(answer).toBe("Notes/ideas.md says:\n\n````\n# Ideas\nAsk Acme for samples\n```\ncode\n```\n````");
  });
  test("in a folder; missing; of one name twice", async () => {
    expect((await runRequest("open Notes/invoice.txt", disk)).answer).toContain("nothing");
    expect((await runRequest("read missing.txt", disk)).answer).toBe(
      'I found nothing for "missing.txt" in Reports, Notes.',
    );
    expect((await runRequest("read missing.txt in Notes", disk)).answer).toBe(
      "That didn't work: missing.txt is not there.",
    );
    const twice = diskOf({ A: { "n.txt": "" }, B: { "n.txt": "" } });
    expect((await runRequest("read n.txt", twice)).answer).toBe(
      "There are several files of that name: A/n.txt, B/n.txt. Say which one.",
    );
  });
});

describe("what the planner is", () => {
  test("help, and what is not understood, name it, its examples and its folders, in the person's language", async () => {
    const help = await runRequest("What can you do?", disk);
    expect(help.answer).toContain("planner built into Deskhand: no model key, no network");
    const unknown = await runRequest("Sing me a song", disk);
    expect(unknown.answer).toContain("I did not understand that, and nothing was changed.");
    expect(unknown.answer).toContain('"Organize the screenshots in Downloads by date"');
    expect(unknown.answer).toContain("I may use: Reports, Notes.");
    const chinese = await runRequest("唱歌給我聽", disk);
    expect(chinese.answer).toContain("我沒有聽懂");
    const declined = await runRequest("Book me a flight to Paris", disk);
    expect(declined.answer).toBe(
      "I don't buy, book or pay for anything. Nothing was changed. I may use: Reports, Notes.",
    );
    const byLocale = await runRequest("Sing me a song", disk, { locale: "zh-Hant-TW" });
    expect(byLocale.answer).toContain("「刪除 Downloads 裡的 *.tmp」");
    expect([...help.calls, ...declined.calls, ...unknown.calls, ...chinese.calls]).toEqual([]);
  });
});

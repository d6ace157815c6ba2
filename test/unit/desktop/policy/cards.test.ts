/** [T48] The cards of commands, pages, keys, copies and archives: literal, complete, in both languages. */
import { actionDigest, parseAction, type Action } from "@deskhand/doc-schema/document";
import { renderApproval, shownDigest } from "@deskhand/doc-schema/views";
import { describe, expect, test } from "vitest";
import { ids } from "../tools/scene.ts";

const names = { v: 1, tool: "any", grantId: ids.create("grant"), folder: "Files" } as const;
const medium = { risk: "medium", reversible: "undo" } as const;
const high = { risk: "high", reversible: "no" } as const;

const command = (line: string, more: object = {}): Action => ({
  ...names,
  kind: "command",
  items: [{ path: "in", isFolder: true, preimage: "1" }],
  command: line,
  access: "write",
  timeoutSeconds: 60,
  ...more,
});
const page: Action = {
  v: 1,
  kind: "fetch",
  tool: "fetch_page",
  url: "https://site.example/a?q=1",
  host: "site.example",
  items: [],
};

describe("[T48] cards", () => {
  test("a command is shown line by line, to the last character", () => {
    const card = renderApproval(command("rm -r x\n\techo \u202edone\u0007"), medium, "en");
    expect(card).toEqual({
      heading: "Run this command in Files/in?",
      detail:
        "It sees this folder only, has no network and at most 60 seconds. It works on a copy; what it changes is then " +
        "put in place, and old versions are kept. It can be undone.",
      lines: ["rm -r x", "⟨0009⟩echo ⟨202e⟩done⟨0007⟩"],
      excerpts: [],
    });
    const reading = renderApproval(
      command("ls", { access: "read", items: [{ path: "", preimage: "1" }] }),
      medium,
      "en",
    );
    expect(reading.heading).toBe("Run this command in Files?");
    expect(reading.detail).toContain("cannot change it");
    expect(renderApproval(command("ls"), medium, "zh-TW").heading).toBe("要在「Files/in」執行這個指令嗎？");
  });

  test("a page is shown by its literal address", () => {
    expect(renderApproval(page, high, "en")).toMatchObject({
      heading: "Open this page of site.example?",
      lines: ["https://site.example/a?q=1"],
      warning: "High risk",
    });
    expect(renderApproval(page, high, "zh-Hant")).toMatchObject({
      heading: "要開啟 site.example 的這個網頁嗎？",
    });
  });

  test("a protected name is named in the warning, each once", () => {
    const items = [".env", "a/.env", "id_rsa"].map((path) => ({
      path,
      preimage: null,
      protectedName: path.split("/").at(-1) ?? "",
    }));
    const action: Action = { ...names, kind: "copy", items };
    expect(renderApproval(action, high, "en").warning).toBe(
      "High risk: .env, id_rsa may hold keys, or make a program do something",
    );
    expect(renderApproval(action, high, "zh-TW").warning).toBe(
      "高風險：.env、id_rsa 可能含有金鑰，或能讓程式執行動作",
    );
    expect(renderApproval({ ...action, kind: "read-protected" }, high, "en").heading).toBe(
      "Show the contents of .env in Files to the model?",
    );
  });

  test("copies and archives show every item and where it goes", () => {
    const items = [{ path: "a.txt", to: "b.txt", byteLength: 1200, preimage: "1:2:3" }];
    const source = { path: "all.zip", preimage: "1:2:3" };
    const of = (action: Action): unknown => renderApproval(action, medium, "en");
    expect(of({ ...names, kind: "copy", items })).toMatchObject({
      heading: "Copy 1 item in Files?",
      lines: ["a.txt (1.2 kB) → b.txt"],
    });
    expect(of({ ...names, kind: "unzip", items, source })).toMatchObject({
      heading: "Unpack 1 item from all.zip in Files?",
    });
    expect(of({ ...names, kind: "zip", items })).toMatchObject({
      heading: "Pack files into b.txt in Files?",
    });
  });

  test("what differs in command, access, time, address or host differs in digest and card", () => {
    const all: readonly Action[] = [
      command("ls"),
      command("ls "),
      command("ls", { access: "read" }),
      command("ls", { timeoutSeconds: 61 }),
      command("ls", { items: [{ path: "out", isFolder: true, preimage: "1" }] }),
      page,
      { ...page, url: "https://site.example/a?q=2" },
      { ...page, host: "other.example" },
    ];
    expect(new Set(all.map(actionDigest)).size).toBe(all.length);
    for (const language of ["en", "zh-Hant"])
      expect(new Set(all.map((action) => shownDigest(action, medium, language))).size).toBe(all.length);
  });

  test("an action that is not whole is none", () => {
    expect(parseAction(command("ls"))).toEqual(command("ls"));
    expect(parseAction(page)).toEqual(page);
    const broken: readonly unknown[] = [
      { ...page, kind: "send" },
      { ...page, url: undefined },
      { ...page, items: [{ path: "x", preimage: null }] },
      { ...command("ls"), command: "" },
      { ...command("ls"), access: "all" },
      { ...command("ls"), items: [] },
      { ...names, kind: "copy", items: [] },
      {
        ...names,
        kind: "copy",
        items: Array.from({ length: 10_001 }, () => ({ path: "x", preimage: null })),
      },
    ];
    for (const value of broken) expect(parseAction(value)).toBeUndefined();
  });
});

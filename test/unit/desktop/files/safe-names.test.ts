/** Names that others chose, made harmless. */
import { describe, expect, test } from "vitest";
import { parsePath } from "../../../../desktop/src/executor/policy/path-scope.ts";
import { protectedPart } from "../../../../desktop/src/executor/policy/protected-names.ts";
import { safeName, safeNames } from "../../../../desktop/src/executor/files/safe-names.ts";

const HOSTILE = [
  "../../.ssh/authorized_keys",
  "..\\..\\autorun.inf",
  "/etc/passwd",
  ".env",
  ".env.local",
  ".bashrc",
  "id_rsa",
  "server.pem",
  "git~1",
  "CON",
  "nul.txt",
  "COM1.log.txt",
  "CLAUDE.md",
  "a\u202Egpj.exe",
  "a\u0000b\nc\tname.txt",
  "\uFEFF\u200B",
  "half \uD800 character.txt",
  "trailing. . .",
  ".",
  "..",
  "",
  "a:b:$DATA",
  'what?<|>*".txt',
  `${"長".repeat(300)}.pdf`,
  `${"a".repeat(300)}.${"b".repeat(300)}`,
];

describe("names of files that others sent", () => {
  test.each(HOSTILE)("%j becomes one plain name that no program obeys", (given) => {
    const name = safeName(given);
    expect(name).not.toBe("");
    expect(name).not.toMatch(/[/\\\p{C}]/u);
    expect(name.startsWith(".")).toBe(false);
    expect(parsePath(name, "win32")).toEqual({ ok: true, value: [name] });
    expect(protectedPart([name])).toBeUndefined();
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(210);
  });

  test("an ordinary name stays as it is, in any script", () => {
    for (const name of [
      "photo 1.jpg",
      "請款單 2026.pdf",
      "résumé.docx",
      "archive.tar.gz",
      "👩‍👩‍👧.png".replaceAll("\u200D", ""),
    ])
      expect(safeName(name)).toBe(name);
  });

  test("the end of a long name stays, and no character is halved", () => {
    expect(safeName(`${"長".repeat(300)}.pdf`)).toMatch(/^長+\.pdf$/u);
  });

  test("two of the same get numbers, also where the disk has no case", () => {
    expect(safeNames(["a.txt", "A.TXT", "x/a.txt", "a (2).txt", "b"])).toEqual([
      "a.txt",
      "A (2).TXT",
      "a (3).txt",
      "a (2) (2).txt",
      "b",
    ]);
  });
});

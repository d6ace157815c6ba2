/** [T40] A corpus of paths: what is refused before any file is touched, and what is left alone. */
import { describe, expect, test } from "vitest";
import { parsePath, scopeContents, scopePath } from "../../../../desktop/src/executor/policy/path-scope.ts";
import { keyPart, protectedPart } from "../../../../desktop/src/executor/policy/protected-names.ts";
import { ids, must, wordOf } from "../tools/scene.ts";

const OUTSIDE = [
  ["..", "../", "../x", "a/..", "a/../b", "a/../../b", "a/b/../../..", "./..", "./../x", "x/./../y"],
  ["/", "/etc/passwd", "//server/share", "///x", "/./x", "~", "~/x"],
  ["C:", "C:/Windows", "c:x", "Z:/x/y"],
].flat();
const CONTROL = ["\0", "\u0001", "\t", "\n", "\r", "\u001B", "\u007F", "\u0085", "\u009F"];
const UNSEEN = [
  ["\u061C", "\u180E", "\u200B", "\u200E", "\u200F", "\u2028", "\u2029", "\u202A", "\u202B", "\u202C"],
  ["\u202D", "\u202E", "\u2060", "\u2061", "\u2066", "\u2067", "\u2068", "\u2069", "\u206A", "\u206F"],
  ["\uFEFF", "\uFFF9", "\uFFFB", "\u{E0001}", "\u{E0020}", "\u{E007F}"],
].flat();
const DEVICES = [
  [
    "con",
    "CON",
    "prn",
    "aux",
    "nul",
    "NUL",
    "com1",
    "COM9",
    "com¹",
    "lpt1",
    "LPT³",
    "conin$",
    "CONOUT$",
    "clock$",
  ],
  ["con.txt", "nul.tar.gz", "aux .txt", "COM1.", "com0", "a/con/b", "x/NUL.md", "prn:x"],
].flat();
const BAD = [
  CONTROL.flatMap((character) => [character, `a${character}b`, `folder/${character}`]),
  UNSEEN.flatMap((character) => [`a${character}b`, `x/${character}y.txt`]),
  DEVICES,
  [String.raw`a\b`, String.raw`..\..\x`, String.raw`\\server\share`, String.raw`C\x`],
  ["ab::$DATA", "a.txt:$DATA", "ab:hidden:$DATA", "folder/x::$INDEX_ALLOCATION"],
  ["\uD800", "a\uDFFFb", "x".repeat(256), "ü".repeat(128), `a/${"x".repeat(300)}/b`],
  ["a/".repeat(2049), `${"a/".repeat(129)}b`, "x".repeat(5000)],
].flat();
const WINDOWS_ONLY = [
  "a.txt:stream",
  "a*b",
  "a?b",
  'a"b',
  "a<b",
  "a>b",
  "a|b",
  "Acme Inc.",
  "end ",
  "a./b",
  "x /y",
];
const FINE: readonly (readonly [text: string, path: string])[] = [
  ["", ""],
  [".", ""],
  ["./", ""],
  ["./a", "a"],
  ["a//b/", "a/b"],
  ["a/./b", "a/b"],
  ["...", "..."],
  ["..a/b..", "..a/b.."],
  ["%2e%2e/x", "%2e%2e/x"],
  ["console.log", "console.log"],
  ["com10.txt", "com10.txt"],
  ["nullable.ts", "nullable.ts"],
  ["Rechnung März.pdf", "Rechnung März.pdf"],
  ["請求書/二〇二六.xlsx", "請求書/二〇二六.xlsx"],
  ["عربي.txt", "عربي.txt"],
  ["می\u200Cخواهم.txt", "می\u200Cخواهم.txt"],
  ["👨\u200D👩\u200D👧.png", "👨\u200D👩\u200D👧.png"],
  ["-rf", "-rf"],
  ["~backup", "~backup"],
  ["$HOME", "$HOME"],
  ["a b (1).txt", "a b (1).txt"],
  ["x".repeat(255), "x".repeat(255)],
];

describe("[T40] lexical refusals", () => {
  test("the corpus has more than a hundred paths", () => {
    expect(OUTSIDE.length + BAD.length + WINDOWS_ONLY.length).toBeGreaterThan(100);
  });
  test.each(OUTSIDE)("%j leads outside", (text) =>
    expect(wordOf(parsePath(text, "linux"))).toBe("outside-grant"),
  );
  test.each(BAD)("%j is no path", (text) => expect(wordOf(parsePath(text, "linux"))).toBe("bad-input"));
  test.each(WINDOWS_ONLY)("%j is a file name, but not on Windows", (text) => {
    expect(wordOf(parsePath(text, "linux"))).toBe("ok");
    expect(wordOf(parsePath(text, "win32"))).toBe("bad-input");
  });
  test.each(FINE)("%j is %j", (text, path) => expect(must(parsePath(text, "linux")).join("/")).toBe(path));

  test("sentences show no control or direction character", () => {
    for (const text of [...OUTSIDE, ...BAD]) {
      const refused = parsePath(text, "linux");
      expect(refused.ok ? "" : refused.error.text).not.toMatch(
        /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/u,
      );
    }
  });
});

describe("[T42] protected names", () => {
  const PROTECTED = [
    [
      ".git",
      ".git/hooks/pre-commit",
      "project/.git/config",
      ".GIT/hooks/x",
      ".git./x",
      ".git /x",
      "GIT~1/hooks",
    ],
    [".g\u200Cit/config", "．git/config", ".env", ".env.local", "app/.ENV.production", ".envrc"],
    [".ssh/config", "id_rsa", "keys/id_ed25519", "server.pem", "cert.p12", "vault.kdbx", ".bashrc", ".zshrc"],
    [".profile", ".config/autostart/x.desktop", ".config/systemd/user/x.service", ".claude/settings.json"],
    ["CLAUDE.md", "docs/AGENTS.md", ".mcp.json", ".vscode/tasks.json", ".cursor/rules", ".idea/x"],
    ["LaunchAgents/x.plist", "Start Menu/Programs/Startup/x.lnk", ".github/workflows/ci.yml", ".npmrc"],
  ].flat();
  const FREE = [
    ["git/notes.md", "environment.md", "Talk.key", "agents.txt", "hooks/pre-commit", "config/autostart.md"],
    [".gitignore", ".github/ISSUE_TEMPLATE.md", "profile.md", "bashrc.txt", "Startup/plan.md"],
  ].flat();
  test.each(PROTECTED)("%s", (path) => expect(protectedPart(path.split("/"))).toBeDefined());
  test.each([".env", "x/.env.local", "id_rsa", "server.PEM", ".aws/credentials", ".npmrc", "a.kdbx"])(
    "%s may hold keys",
    (path) => expect(keyPart(path.split("/"))).toBeDefined(),
  );
  test.each(["id_rsa.pub", ".git/config", "AGENTS.md", "Talk.key", ".bashrc"])("%s holds none", (path) =>
    expect(keyPart(path.split("/"))).toBeUndefined(),
  );
  test.each(FREE)("%s is free", (path) => expect(protectedPart(path.split("/"))).toBeUndefined());
});

describe("places", () => {
  const grant = { id: ids.create("grant"), name: "Invoices", path: "/data/invoices", mode: "read" } as const;

  test("a folder is named exactly, and unknown ones are told what there is", () => {
    expect(must(scopePath([grant], "Invoices", "2026/a.pdf", "read"))).toMatchObject({
      parts: ["2026", "a.pdf"],
      shown: "Invoices/2026/a.pdf",
    });
    const refused = scopePath([grant], "invoices", "", "read");
    expect(refused).toMatchObject({
      error: { type: "unknown-folder", text: expect.stringContaining("“Invoices”") },
    });
    expect(wordOf(scopePath([], "Invoices", "", "read"))).toBe("unknown-folder");
  });

  test("reading passes where writing is refused", () => {
    expect(wordOf(scopePath([grant], "Invoices", "a.pdf", "write"))).toBe("read-only-grant");
    const writable = { ...grant, mode: "read-write" } as const;
    expect(must(scopePath([writable], "Invoices", "a/.git/config", "write")).protectedName).toBe(".git");
    expect(must(scopePath([writable], "Invoices", "a.pdf", "write"))).not.toHaveProperty("protectedName");
    expect(wordOf(scopeContents([writable], "Invoices", "a/.env"))).toBe("protected");
    expect(wordOf(scopeContents([writable], "Invoices", ""))).toBe("bad-input");
    expect(wordOf(scopeContents([writable], "Invoices", "a/.git/config"))).toBe("ok");
  });
});

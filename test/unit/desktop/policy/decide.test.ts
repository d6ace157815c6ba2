/** The table of policy, row by row. */
import type { Action, ActionKind } from "@deskhand/doc-schema/document";
import { describe, expect, test } from "vitest";
import { decide, usedBy, type DecideInput } from "../../../../desktop/src/executor/policy/decide.ts";
import { ids } from "../tools/scene.ts";

const grantId = ids.create("grant");
const grant = { id: grantId, name: "Files", path: "/data/files", mode: "read-write" } as const;
const MIB = 1024 * 1024;

const action = (
  kind: Exclude<ActionKind, "command" | "fetch" | "budget" | "remember" | "schedule">,
  count: number,
  byteLength = 1,
  path = "",
): Action => ({
  v: 1,
  kind,
  tool: "any",
  grantId,
  folder: "Files",
  items: Array.from({ length: count }, (_, n) => ({ path: `${path}${n}`, preimage: null, byteLength })),
});

/** Of a folder in which the tool found a key. */
const moveOfKey = {
  ...action("move", 0),
  items: [{ path: "project", to: "old", isFolder: true, preimage: "1:2:3", protectedName: "id_rsa" }],
} as Action; // the spread widens the kind

const command = (access: "read" | "write"): Action => ({
  v: 1,
  kind: "command",
  tool: "run_command",
  grantId,
  folder: "Files",
  items: [{ path: "", isFolder: true, preimage: "1:2:3" }],
  command: "ls",
  access,
  timeoutSeconds: 10,
});
const fetching = (query = ""): Action => ({
  v: 1,
  kind: "fetch",
  tool: "fetch_page",
  url: `https://site.example/page${query}`,
  host: "site.example",
  items: [],
});
const others: Readonly<Record<"budget" | "remember" | "schedule", Action>> = {
  budget: { v: 1, kind: "budget", tool: "any", per: "run", limit: "tokens", used: 1, more: 1, items: [] },
  remember: { v: 1, kind: "remember", tool: "any", name: "n", text: "t", preimage: null, items: [] },
  schedule: {
    v: 1,
    kind: "schedule",
    tool: "any",
    title: "t",
    rule: "0 8 * * *",
    timeZone: "Asia/Taipei",
    prompt: "p",
    ifMissed: "run",
    nextRuns: [],
    items: [],
  },
};

describe("what changes no file", () => {
  const untrusted = { hasReadPrivate: false, hasReadUntrusted: true };
  const clean = { hasReadPrivate: true, hasReadUntrusted: false };
  test.each([
    ["budget", clean, "deny", "own-limits"],
    ["remember", clean, "allow", "remember"],
    ["remember", untrusted, "ask", "remember-untrusted"],
    ["schedule", clean, "ask", "schedule"],
  ] as const)("%s", (effect, taint, verdict, reason) => {
    const decision = decide({
      effect,
      action: others[effect],
      usedSoFar: { filesModified: 0, bytesModified: 0 },
      grants: [],
      taint,
      allowedHosts: new Set(),
    });
    expect(decision).toMatchObject({ verdict, reason });
  });
});

const knownHost = { allowedHosts: new Set(["site.example"]) };
const tainted = { taint: { hasReadPrivate: true, hasReadUntrusted: true } };

const ask = (input: Partial<DecideInput>): string => {
  const usedSoFar = { filesModified: 0, bytesModified: 0 };
  const { verdict, risk, reason } = decide({
    effect: "read",
    usedSoFar,
    grants: [grant],
    taint: { hasReadPrivate: false, hasReadUntrusted: false },
    allowedHosts: new Set(),
    ...input,
  });
  return `${verdict} ${risk} ${reason}`;
};

const used = (filesModified: number, bytesModified = 0): Pick<DecideInput, "usedSoFar"> => ({
  usedSoFar: { filesModified, bytesModified },
});

const TABLE: readonly (readonly [string, Partial<DecideInput>])[] = [
  ["allow low read", { effect: "read" }],
  ["allow low create", { effect: "create", action: action("create", 1) }],
  ["allow low create", { effect: "create", action: action("make-folder", 500) }],
  ["allow low create", { effect: "modify", action: action("create", 1, 99 * MIB), ...used(500, 99 * MIB) }],
  ["allow low modify", { effect: "modify", action: action("overwrite", 1) }],
  ["allow low modify", { effect: "modify", action: action("edit", 1), ...used(19) }],
  ["ask medium modify-many-files", { effect: "modify", action: action("edit", 1), ...used(20) }],
  ["allow low modify", { effect: "modify", action: action("edit", 1, MIB), ...used(0, 9 * MIB) }],
  [
    "ask medium modify-many-bytes",
    { effect: "modify", action: action("edit", 1, MIB + 1), ...used(0, 9 * MIB) },
  ],
  ["ask medium modify-many-bytes", { effect: "create", action: action("overwrite", 1, 11 * MIB) }],
  ["allow low move", { effect: "move", action: action("move", 20) }],
  ["ask medium move-many", { effect: "move", action: action("move", 21) }],
  ["ask medium trash", { effect: "trash", action: action("trash", 1) }],
  ["ask medium trash", { effect: "trash", action: action("trash", 100) }],
  ["ask high trash-many", { effect: "trash", action: action("trash", 101) }],
  ["ask medium trash", { effect: "read", action: action("trash", 1) }],
  [
    "deny high read-only",
    { effect: "create", action: action("create", 1), grants: [{ ...grant, mode: "read" }] },
  ],
  [
    "deny high read-only",
    { effect: "trash", action: action("trash", 1), grants: [{ ...grant, mode: "read" }] },
  ],
  ["deny high not-granted", { effect: "move", action: action("move", 1), grants: [] }],
  ["allow low create", { effect: "create", action: action("copy", 10_000) }],
  ["allow low create", { effect: "create", action: action("unzip", 100) }],
  ["allow low create", { effect: "create", action: action("zip", 100) }],
  ["ask high protected", { effect: "create", action: action("create", 1, 1, ".git/hooks/") }],
  ["ask high protected", { effect: "modify", action: action("edit", 1, 1, ".env") }],
  ["ask high protected", { effect: "move", action: action("move", 1, 1, "a/.ssh/") }],
  ["ask high protected", { effect: "move", action: moveOfKey }],
  ["ask high read-protected", { effect: "read-protected", action: action("read-protected", 1, 1, ".env") }],
  [
    "ask high read-protected",
    { effect: "read", action: action("read-protected", 1), grants: [{ ...grant, mode: "read" }] },
  ],
  ["deny high not-granted", { effect: "read-protected", action: action("read-protected", 1), grants: [] }],
  ["allow low command-read", { effect: "shell", action: command("read") }],
  [
    "allow low command-read",
    { effect: "shell", action: command("read"), grants: [{ ...grant, mode: "read" }] },
  ],
  ["ask medium command-write", { effect: "shell", action: command("write") }],
  [
    "deny high read-only",
    { effect: "shell", action: command("write"), grants: [{ ...grant, mode: "read" }] },
  ],
  ["deny high not-granted", { effect: "shell", action: command("read"), grants: [] }],
  ["deny high no-action", { effect: "shell" }],
  ["ask medium fetch-new-host", { effect: "fetch", action: fetching() }],
  ["allow low fetch", { effect: "fetch", action: fetching(), ...knownHost, grants: [] }],
  ["allow low fetch", { effect: "fetch", action: fetching(`?${"q".repeat(511)}`), ...knownHost }],
  ["ask high fetch-long-query", { effect: "fetch", action: fetching(`?${"q".repeat(512)}`), ...knownHost }],
  ["ask high fetch-tainted", { effect: "fetch", action: fetching(), ...knownHost, ...tainted }],
  [
    "allow low fetch",
    {
      effect: "fetch",
      action: fetching(),
      ...knownHost,
      taint: { hasReadPrivate: true, hasReadUntrusted: false },
    },
  ],
  ["deny high no-action", { effect: "fetch" }],
  ["deny high no-action", { effect: "trash" }],
  ["ask high unknown-effect", { effect: "send", action: action("create", 1) }],
  ["ask high unknown-effect", { effect: undefined }],
  ["ask high unknown-effect", { effect: "toString" }],
];

describe("[AP1] decide", () => {
  test.each(TABLE)("%s", (expected, input) => expect(ask(input)).toBe(expected));

  test("only modifying uses up the free amount", () => {
    expect(usedBy(action("edit", 2, 5))).toEqual({ filesModified: 2, bytesModified: 10 });
    for (const kind of ["create", "make-folder", "move", "trash"] as const)
      expect(usedBy(action(kind, 2))).toEqual({ filesModified: 0, bytesModified: 0 });
  });
});

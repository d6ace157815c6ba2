/** The table of policy, row by row. */
import type { Action, ActionKind } from "@deskhand/doc-schema/document";
import { describe, expect, test } from "vitest";
import { decide, usedBy, type DecideInput } from "../../../../desktop/src/executor/policy/decide.ts";
import { ids } from "../tools/scene.ts";

const grantId = ids.create("grant");
const grant = { id: grantId, name: "Files", path: "/data/files", mode: "read-write" } as const;
const MIB = 1024 * 1024;

const action = (kind: ActionKind, count: number, byteLength = 1): Action => ({
  v: 1,
  kind,
  tool: "any",
  grantId,
  folder: "Files",
  items: Array.from({ length: count }, (_, n) => ({ path: `${n}`, preimage: null, byteLength })),
});

const ask = (input: Partial<DecideInput>): string => {
  const usedSoFar = { filesModified: 0, bytesModified: 0 };
  const { verdict, risk, reason } = decide({ effect: "read", usedSoFar, grants: [grant], ...input });
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
  ["deny high no-action", { effect: "trash" }],
  ["ask high unknown-effect", { effect: "send", action: action("create", 1) }],
  ["ask high unknown-effect", { effect: undefined }],
  ["ask high unknown-effect", { effect: "toString" }],
];

describe("decide", () => {
  test.each(TABLE)("%s", (expected, input) => expect(ask(input)).toBe(expected));

  test("only modifying uses up the free amount", () => {
    expect(usedBy(action("edit", 2, 5))).toEqual({ filesModified: 2, bytesModified: 10 });
    for (const kind of ["create", "make-folder", "move", "trash"] as const)
      expect(usedBy(action(kind, 2))).toEqual({ filesModified: 0, bytesModified: 0 });
  });
});

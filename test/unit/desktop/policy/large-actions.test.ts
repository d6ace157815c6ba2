/** Actions of very many items: packed without loss, small enough to be asked about, or refused with a word. */
import path from "node:path";
import {
  actionDigest,
  actionToText,
  canBeAsked,
  parseAction,
  type Action,
  type FileAction,
} from "@deskhand/doc-schema/document";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decideCall } from "../../../../desktop/src/executor/runner/decide-call.ts";
import { createScene, ids, must, put } from "../tools/scene.ts";

const names = {
  v: 1,
  kind: "move",
  tool: "move_files",
  grantId: ids.create("grant"),
  folder: "Files",
} as const;
const moving = (items: FileAction["items"]): FileAction => ({ ...names, items });

test("what is packed comes back to the character, whatever the names", () => {
  const name = fc.string({ unit: "binary", maxLength: 12 }).filter((text) => text.isWellFormed());
  const item = fc.record(
    {
      path: fc.oneof(name, fc.constantFrom("a/1.png", "a/2.png", "a/b/😀.png", "a/b/😁.png")),
      to: fc.oneof(name, fc.constantFrom("x/1.png", "x/2.png", "-", "=", "0:")),
      preimage: fc.oneof(fc.constant(null), fc.constant("1:2:3")),
      byteLength: fc.nat(),
      isFolder: fc.boolean(),
      protectedName: fc.constant(".env"),
    },
    { requiredKeys: ["path", "preimage"] },
  );
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), (some) => {
      const items = Array.from(
        { length: 1001 },
        (_, at) => some[at % some.length] ?? { path: "", preimage: null },
      );
      const action = moving(items);
      const text = actionToText(action);
      expect(text).toContain('"packed"');
      const back = parseAction(JSON.parse(text));
      expect(back).toEqual(action);
      expect(back && actionDigest(back)).toBe(actionDigest(action));
    }),
    { numRuns: 100 },
  );
});

test("a packed action that was tampered with is none, or another one", () => {
  const items = Array.from({ length: 1001 }, (_, n) => ({
    path: `a/${n}.png`,
    to: `b/${n}.png`,
    preimage: null,
  }));
  const whole = JSON.parse(actionToText(moving(items))) as { readonly packed: Record<string, unknown[]> };
  const broken: readonly object[] = [
    { ...whole, packed: 1 },
    { ...whole, packed: { ...whole.packed, paths: ["5:x"] } },
    { ...whole, packed: { ...whole.packed, paths: ["x"] } },
    { ...whole, packed: { ...whole.packed, targets: [] } },
    { ...whole, packed: { ...whole.packed, bytes: [] } },
    { ...whole, packed: { ...whole.packed, rest: { 0: { path: 1 } } } },
    { ...whole, packed: { ...whole.packed, paths: Array.from({ length: 10_001 }, () => "0:x") } },
  ];
  for (const value of broken) expect(parseAction(value)).toBeUndefined();
});

test("10,000 screenshots sorted by month fit one question; names that do not are refused", async () => {
  const sorted = Array.from({ length: 10_000 }, (_, n) => {
    const day = new Date(Date.UTC(2025, 0, 1) + n * 3_000_000).toISOString();
    const name = `Screenshot ${day.slice(0, 10)} at ${day.slice(11, 19).replaceAll(":", ".")}.png`;
    return {
      path: name,
      to: `Screenshots/${day.slice(0, 7)}/${name}`,
      preimage: null,
      byteLength: 100_000 + n,
    };
  });
  expect(canBeAsked(moving(sorted))).toBe(true);
  const long = sorted.map(({ to }, n) => ({ path: `${n}`.padEnd(200, `${n}`), to, preimage: null }));
  expect(canBeAsked(moving(long))).toBe(false);
  const scene = createScene();
  const decision = decideCall(
    scene.tool("move_files"),
    { plan: {}, action: { ...moving(long), grantId: scene.grant.id }, step: { kind: "move" } },
    [scene.grant],
    [],
  );
  expect(decision).toEqual({ type: "deny", text: expect.stringContaining("in parts") });
});

test("[T49] beyond a thousand moves one digest stands for the files as they are", async () => {
  const scene = createScene();
  const moves = Array.from({ length: 1001 }, (_, n) => ({ from: `${n}`, to: `x/${n}` }));
  for (const { from } of moves) put(path.join(scene.files, from), from);
  const prepare = async (): Promise<Action | undefined> =>
    must(await scene.tool("move_files").prepare({ folder: "Files", moves }, scene.context())).action;
  const first = await prepare();
  expect(first?.items[7]).toEqual({ path: "7", to: "x/7", byteLength: 1, preimage: null });
  expect(first).toEqual(await prepare());
  put(path.join(scene.files, "7"), "changed");
  const changed = await prepare();
  expect(changed && actionDigest(changed)).not.toBe(first && actionDigest(first));
});

import { describe, expect, test } from "vitest";
import { createIdFactory, parseAction, type Action } from "@deskhand/doc-schema/document";
import { NEVER } from "../../../../desktop/src/executor/clock.ts";
import { lockedPaths } from "../../../../desktop/src/executor/runner/locked-paths.ts";
import {
  createPathLocks,
  type Held,
  type LockedPath,
} from "../../../../desktop/src/executor/runner/path-locks.ts";
import { seededBytes, NOW } from "../../../fixtures/workspace-doc.ts";

const paths = (...names: readonly string[]): readonly LockedPath[] =>
  names.map((name) => ({ path: `/w/${name}`, shown: `Work/${name}` }));

const settledSoon = async (take: Promise<Held | undefined>): Promise<Held | undefined | "waits"> =>
  Promise.race([take, new Promise<"waits">((resolve) => setImmediate(() => resolve("waits")))]);

const taken = async (take: Promise<Held | undefined>): Promise<Held> => {
  const held = await settledSoon(take);
  if (held === undefined || held === "waits") throw new Error("the locks were not given");
  return held;
};

describe("locks on paths", () => {
  test("what has nothing in common does not wait", async () => {
    const locks = createPathLocks();
    expect((await taken(locks.take(paths("a/x"), NEVER))).hasWaited).toBe(false);
    expect((await taken(locks.take(paths("a/y", "b"), NEVER))).hasWaited).toBe(false);
    expect((await taken(locks.take(paths("ax"), NEVER))).hasWaited).toBe(false);
  });

  test.each([
    ["the same path", "a/x", "a/x"],
    ["what lies in a held folder", "a", "a/x/y"],
    ["the folder around a held file", "a/x/y", "a"],
  ])("%s waits, says for what, and is told that it waited", async (_what, first, second) => {
    const locks = createPathLocks();
    const held = await taken(locks.take(paths(first), NEVER));
    const waited: string[] = [];
    const next = locks.take(paths("free", second), NEVER, ({ shown }) => waited.push(shown));
    expect(await settledSoon(next)).toBe("waits");
    expect(waited).toEqual([`Work/${second}`]);
    held.release();
    expect((await taken(next)).hasWaited).toBe(true);
  });

  test("all paths of a call or none: who waits holds nothing", async () => {
    const locks = createPathLocks();
    const held = await taken(locks.take(paths("a"), NEVER));
    const stop = new AbortController();
    const waiting = locks.take(paths("a", "b"), stop.signal);
    expect(await settledSoon(waiting)).toBe("waits");
    stop.abort();
    expect(await waiting).toBeUndefined();
    await taken(locks.take(paths("b"), NEVER));
    held.release();
    await taken(locks.take(paths("a"), NEVER));
  });

  test("first come, first served: nobody overtakes a call that it would get in the way of", async () => {
    const locks = createPathLocks();
    const held = await taken(locks.take(paths("a/x"), NEVER));
    const whole = locks.take(paths("a"), NEVER);
    const late = locks.take(paths("a/y"), NEVER);
    expect(await settledSoon(late)).toBe("waits");
    await taken(locks.take(paths("b"), NEVER));
    held.release();
    const first = await taken(whole);
    expect(await settledSoon(late)).toBe("waits");
    first.release();
    first.release(); // a second time changes nothing
    await taken(late);
  });

  test("a stop in front lets those behind go on", async () => {
    const locks = createPathLocks();
    await taken(locks.take(paths("a/x"), NEVER));
    const stop = new AbortController();
    const whole = locks.take(paths("a"), stop.signal);
    const behind = locks.take(paths("a/y"), NEVER);
    stop.abort();
    expect(await whole).toBeUndefined();
    await taken(behind);
    expect(await locks.take(paths("z"), stop.signal)).toBeUndefined();
  });

  test("what a crash cut short is locked again, and handed over once", async () => {
    const locks = createPathLocks();
    const runId = createIdFactory({ now: () => NOW, randomBytes: seededBytes(5) }).create("run");
    locks.retake(runId, paths("a"));
    const other = locks.take(paths("a/x"), NEVER);
    expect(await settledSoon(other)).toBe("waits");
    const held = locks.handOver(runId);
    expect(held?.covers(paths("a/deep/down"))).toBe(true);
    expect(held?.covers(paths("b"))).toBe(false);
    expect(locks.handOver(runId)).toBeUndefined();
    held?.release();
    await taken(other);
  });

  test("1,000 random histories: no two holders ever meet, and everybody gets their turn", async () => {
    const random = seededBytes(11);
    const pick = (below: number): number => (random(1)[0] ?? 0) % below;
    const all = ["a", "a/x", "a/x/1", "a/y", "b", "b/x", "c"];
    const meets = (one: string, other: string): boolean =>
      one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
    const locks = createPathLocks();
    const holding = new Map<number, readonly string[]>();
    let served = 0;
    await Promise.all(
      Array.from({ length: 1000 }, async (_, caller) => {
        const names = [...new Set(Array.from({ length: 1 + pick(3) }, () => all[pick(all.length)] ?? "a"))];
        const held = await locks.take(paths(...names), NEVER);
        for (const other of holding.values())
          expect(names.some((name) => other.some((one) => meets(name, one)))).toBe(false);
        holding.set(caller, names);
        for (let turn = pick(4); turn > 0; turn--) await Promise.resolve();
        holding.delete(caller);
        served++;
        held?.release();
      }),
    );
    expect(served).toBe(1000);
  });
});

describe("what an action locks", () => {
  const ids = createIdFactory({ now: () => NOW, randomBytes: seededBytes(6) });
  const grant = { id: ids.create("grant"), name: "tmp", path: "/tmp", mode: "read-write" as const };
  const action = (fields: object): Action => {
    const base = { v: 1, tool: "t", grantId: grant.id, folder: grant.name };
    const parsed = parseAction({ ...base, ...fields });
    if (parsed === undefined) throw new Error("no action");
    return parsed;
  };
  const lockedBy = (fields: object): readonly string[] =>
    lockedPaths(action(fields), [grant]).map(({ path }) => path);
  const item = { preimage: null };

  test("source and target of a move; of a path that is not there yet the first missing folder", () => {
    expect(
      lockedBy({ kind: "move", items: [{ ...item, path: "one", to: "no-such-1/no-such-2/one" }] }),
    ).toEqual(["/tmp/no-such-1", "/tmp/one"]);
  });

  test("a command that may write locks its whole granted folder, one that reads and a page lock nothing", () => {
    const command = { kind: "command", command: "ls", timeoutSeconds: 5, items: [{ ...item, path: "sub" }] };
    expect(lockedBy({ ...command, access: "write" })).toEqual(["/tmp"]);
    expect(lockedBy({ ...command, access: "read" })).toEqual([]);
    expect(lockedPaths(undefined, [grant])).toEqual([]);
    expect(lockedBy({ kind: "read-protected", items: [{ ...item, path: "one" }] })).toEqual([]);
  });
});

/**
 * The guards look at each update before anything else does, so their time may grow with its size and with nothing
 * else. Sixteen times the size may cost 64 times the CPU here, where the square would be 256: no clock on the wall, and
 * room for a busy machine.
 */
import { ownershipGuard } from "@deskhand/doc-schema/document";
import { guardUpdate, UPDATE_LIMITS } from "@deskhand/doc-schema/sync";
import * as encoding from "lib0/encoding";
import { expect, test } from "vitest";
import * as Y from "yjs";

/** Yjs's update format version 1, by hand: one text of one letter for each client. */
const textsOf = (count: number, originOf: (client: number) => number | undefined): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, count);
    for (let client = 1; client <= count; client++) {
      for (const value of [1, client, 0]) encoding.writeVarUint(encoder, value);
      const origin = originOf(client);
      encoding.writeUint8(encoder, origin === undefined ? STRING : STRING | HAS_ORIGIN);
      if (origin === undefined) {
        encoding.writeVarUint(encoder, PARENT_IS_ROOT);
        encoding.writeVarString(encoder, "t");
      } else for (const value of [origin, 0]) encoding.writeVarUint(encoder, value);
      encoding.writeVarString(encoder, "x");
    }
    encoding.writeVarUint(encoder, 0);
  });
const STRING = 4;
const HAS_ORIGIN = 0x80;
const PARENT_IS_ROOT = 1;

const updateOf = (edit: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc();
  doc.transact(() => edit(doc));
  return Y.encodeStateAsUpdate(doc);
};

/** Updates that grow with `size`; the largest has between 100 and 512 KiB. */
const SHAPES: Readonly<Record<string, (size: number) => Uint8Array>> = {
  "one long text": (size) => updateOf((doc) => doc.getText("t").insert(0, "x".repeat(size * 30))),
  "many keys": (size) =>
    updateOf((doc) => Array.from({ length: size }, (_, i) => doc.getMap("m").set(`key ${i}`, i))),
  "text put in at random places": (size) =>
    updateOf((doc) => {
      for (let i = 0; i < size; i++) doc.getText("t").insert((i * 7_919) % (i + 1), "x");
    }),
  "deletions with gaps": (size) =>
    encoding.encode((encoder) => {
      for (const value of [1, 1, 1, 0, STRING, PARENT_IS_ROOT]) encoding.writeVarUint(encoder, value);
      for (const text of ["t", "x".repeat(size * 2)]) encoding.writeVarString(encoder, text);
      for (const value of [1, 1, size]) encoding.writeVarUint(encoder, value);
      for (let i = 0; i < size; i++) for (const value of [2 * i, 1]) encoding.writeVarUint(encoder, value);
    }),
  "values within values": (size) =>
    updateOf((doc) => {
      const deep = Array.from({ length: 20 }).reduce<unknown>((inner) => [inner, 1], 0);
      doc.getArray("a").push(Array.from({ length: size >> 2 }, () => deep));
    }),
  "clients in the order in which they build on each other": (size) =>
    textsOf(size, (client) => (client === 1 ? undefined : client - 1)),
  "clients in the other order": (size) =>
    textsOf(size, (client) => (client === size ? undefined : client + 1)),
  "clients who all build on the last": (size) =>
    textsOf(size, (client) => (client === size ? undefined : size)),
  "clients in a circle": (size) => textsOf(size, (client) => (client % size) + 1),
};

const SMALL = 1_000;
const TIMES = 16;

const GUARDS: Readonly<Record<string, (update: Uint8Array) => unknown>> = {
  guardUpdate: (update) => guardUpdate(new Y.Doc(), update),
  ownershipGuard: (update) => ownershipGuard(new Y.Doc(), update),
};

/** CPU of this process in microseconds: the least of some, because compiler and collector run when they like. */
const costOf = (run: () => unknown): number =>
  Math.min(
    ...Array.from({ length: 6 }, () => {
      const before = process.cpuUsage();
      run();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    }),
  );

test.each(
  Object.keys(SHAPES).flatMap((shape) => Object.keys(GUARDS).map((guard) => [shape, guard] as const)),
)("[T39] %s: %s", (shape, guard) => {
  const make = SHAPES[shape];
  const look = GUARDS[guard];
  if (make === undefined || look === undefined) throw new Error(shape);
  const [small, large] = [make(SMALL), make(SMALL * TIMES)];
  expect(large.length).toBeLessThanOrEqual(UPDATE_LIMITS.bytes);
  const costOfSmall = Math.max(
    1_000,
    costOf(() => look(small)),
  );
  expect(costOf(() => look(large)) / costOfSmall).toBeLessThan(4 * TIMES);
});

test("[T39] an update that is larger than its limit is not looked into", () => {
  const large = updateOf((doc) => doc.getText("t").insert(0, "x".repeat(UPDATE_LIMITS.bytes)));
  expect(guardUpdate(new Y.Doc(), large)).toEqual({ ok: false, error: { type: "too-large" } });
});

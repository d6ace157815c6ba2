/**
 * Changes of an update that know its grammar: each leaves bytes that still look like an update, with one lie in them.
 * They name only places, lengths and keys that an attacker would think of; byte-mutations.ts does the blind ones.
 */
import * as encoding from "lib0/encoding";
import { EDGE_NUMBERS } from "./byte-mutations.ts";
import { pick, type Random } from "../sim/random.ts";
import {
  lengthOf,
  type Content,
  type Place,
  type Section,
  type Struct,
  type Update,
} from "./update-format.ts";

/** Where a mutation finds what is worth naming. */
export interface MutationContext {
  /** Another update, to take parts of. */
  readonly other: Update;
  readonly roots: readonly string[];
  /** Client ids that the document knows. */
  readonly clients: readonly number[];
  /** Map keys that are there. */
  readonly keys: readonly string[];
}

type Mutation = (update: Update, random: Random, context: MutationContext) => void;

const HOSTILE_KEYS = ["__proto__", "constructor", "prototype", "toString", ""] as const;
const keyIn = (random: Random, { keys }: MutationContext): string =>
  pick(random, random.chance(0.5) ? HOSTILE_KEYS : keys);
const JSON_TEXTS = [
  "null",
  "{}",
  '{"__proto__":{"isAdmin":true}}',
  '{"a":{"__proto__":1}}',
  '[[[[{"constructor":{"prototype":1}}]]]]',
  "[".repeat(40) + "]".repeat(40),
  "not json",
  "undefined",
  "",
  '"\\ud800"',
  "1e999",
] as const;

const nested = (depth: number, random: Random): unknown => {
  let value: unknown = null;
  for (let i = 0; i < depth; i++) value = random.chance(0.5) ? [value] : { k: value };
  return value;
};

const anyValue = (random: Random): Uint8Array =>
  encoding.encode((to) =>
    encoding.writeAny(
      to,
      pick<() => encoding.AnyEncodable>(random, [
        () => null,
        () => undefined,
        () => 1.5,
        () => BigInt(2) ** BigInt(62),
        () => "\u0000",
        () => random.bytes(random.below(20)),
        // What writeAny takes is what nested() makes: arrays and objects down to null.
        () => nested(pick(random, [1, 31, 32, 33, 200]), random) as encoding.AnyEncodable,
        () => JSON.parse('{"__proto__":{"isAdmin":true}}') as encoding.AnyEncodable,
        () => JSON.parse('[{"a":{"__proto__":null}}]') as encoding.AnyEncodable,
      ])(),
    ),
  );

const placeIn = (update: Update, random: Random, context: MutationContext): Place => {
  if (update.sections.length === 0 || random.chance(0.15))
    return { client: pick(random, [...context.clients, 0, 77]), clock: pick(random, EDGE_NUMBERS) };
  const { client, clock, structs } = pick(random, update.sections);
  const end = structs.reduce((sum, struct) => sum + lengthOf(struct), clock);
  // Mostly what is or was there, now and then what is just not.
  const span = Number.isSafeInteger(end) && end < 2 ** 31 ? end : 8;
  return { client, clock: random.below(span + 2) };
};

const contentFor = (random: Random, context: MutationContext): Content =>
  pick<() => Content>(random, [
    () => ({ ref: 1, length: pick(random, EDGE_NUMBERS) }),
    () => ({ ref: 2, texts: [pick(random, JSON_TEXTS), "1"].slice(0, random.below(3)) }),
    () => ({ ref: 3, bytes: random.bytes(random.below(9)) }),
    () => ({ ref: 4, text: pick(random, ["", "a", "😀", "\ud83d", "long ".repeat(20)]) }),
    () => ({ ref: 5, json: pick(random, JSON_TEXTS) }),
    () => ({ ref: 6, key: keyIn(random, context), json: pick(random, JSON_TEXTS) }),
    () => ({
      ref: 7,
      type: random.below(9),
      ...(random.chance(0.5) ? { name: keyIn(random, context) } : {}),
    }),
    () => ({ ref: 8, values: Array.from({ length: random.below(4) }, () => anyValue(random)) }),
    () => ({ ref: 9, guid: "guid", options: anyValue(random) }),
  ])();

const structFor = (update: Update, random: Random, context: MutationContext): Struct => {
  if (random.chance(0.2))
    return { type: random.chance(0.5) ? "gc" : "skip", length: pick(random, EDGE_NUMBERS) };
  return {
    type: "item",
    origin: random.chance(0.4) ? placeIn(update, random, context) : undefined,
    right: random.chance(0.3) ? placeIn(update, random, context) : undefined,
    parent: random.chance(0.5)
      ? placeIn(update, random, context)
      : pick(random, [...context.roots, "__proto__", "new"]),
    key: random.chance(0.3) ? keyIn(random, context) : undefined,
    content: contentFor(random, context),
  };
};

const withSection =
  (change: (section: Section, random: Random, update: Update, context: MutationContext) => void): Mutation =>
  (update, random, context) => {
    if (update.sections.length > 0) change(pick(random, update.sections), random, update, context);
  };

/** Replaces one struct by what `change` makes of it. */
const withStruct = (
  change: (struct: Struct, random: Random, update: Update, context: MutationContext) => Struct | Struct[],
): Mutation =>
  withSection(({ structs }, random, update, context) => {
    const at = random.below(structs.length);
    const struct = structs[at];
    if (struct !== undefined) structs.splice(at, 1, ...[change(struct, random, update, context)].flat());
  });

const withItem = (
  change: (
    item: Extract<Struct, { type: "item" }>,
    random: Random,
    update: Update,
    context: MutationContext,
  ) => Struct,
) =>
  withStruct((struct, random, update, context) =>
    struct.type === "item" ? change(struct, random, update, context) : struct,
  );

const STRUCT_MUTATIONS: readonly Mutation[] = [
  withItem((item, random, update, context) => ({ ...item, origin: placeIn(update, random, context) })),
  withItem((item) => ({ ...item, origin: undefined })),
  withItem((item, random, update, context) => ({ ...item, right: placeIn(update, random, context) })),
  withItem((item) => ({ ...item, right: undefined })),
  withItem((item, random, update, context) => ({ ...item, parent: placeIn(update, random, context) })),
  withItem((item, random, _update, context) => ({
    ...item,
    parent: pick(random, [...context.roots, ...HOSTILE_KEYS]),
  })),
  withItem((item, random, _update, context) => ({
    ...item,
    key: random.chance(0.3) ? undefined : keyIn(random, context),
  })),
  withItem((item, random, _update, context) => ({ ...item, content: contentFor(random, context) })),
  withStruct((struct) => ({ type: "gc", length: lengthOf(struct) })),
  withStruct((_struct, random) => ({ type: "gc", length: pick(random, EDGE_NUMBERS) })),
  withStruct((struct) => ({ type: "skip", length: lengthOf(struct) })),
  withStruct((struct, random, update, context) => [struct, structFor(update, random, context)]),
  withStruct((struct) => [struct, structuredClone(struct)]),
  withStruct(() => []),
];

const SECTION_MUTATIONS: readonly Mutation[] = [
  withSection((section, random) => {
    section.clock = random.chance(0.6)
      ? Math.max(0, section.clock + random.below(7) - 3)
      : pick(random, EDGE_NUMBERS);
  }),
  withSection((section, random, update, context) => {
    section.client = random.chance(0.6)
      ? placeIn(update, random, context).client
      : pick(random, EDGE_NUMBERS);
  }),
  withSection((section, random) => {
    section.count = random.chance(0.7)
      ? section.structs.length + random.below(3)
      : pick(random, EDGE_NUMBERS);
  }),
  withSection((section, random, update) => {
    update.sections.splice(random.below(update.sections.length + 1), 0, structuredClone(section));
  }),
  withSection((section, random) => {
    const from = random.below(section.structs.length);
    section.structs.push(...section.structs.splice(from, 1)); // out of order: its clock becomes another's
  }),
  withSection((section, _random, update) => {
    update.sections.splice(update.sections.indexOf(section), 1);
  }),
  withSection((section, random, update, context) => {
    const { client, clock } = placeIn(update, random, context);
    update.sections.push({ client, clock, structs: section.structs.slice(0, 1 + random.below(3)) });
  }),
  (update, random, { other }) => {
    if (other.sections.length > 0) update.sections.push(structuredClone(pick(random, other.sections)));
  },
];

const DELETE_MUTATIONS: readonly Mutation[] = [
  (update, random, context) => {
    const { client, clock } = placeIn(update, random, context);
    update.deletes.push({ client, ranges: [{ clock, length: 1 + random.below(4) }] });
  },
  (update, random, context) => {
    const { client, clock } = placeIn(update, random, context);
    update.deletes.push({ client, ranges: [{ clock, length: pick(random, EDGE_NUMBERS) }] });
  },
  (update, random) => {
    if (update.deletes.length === 0) return;
    const { ranges } = pick(random, update.deletes);
    const range = ranges[random.below(ranges.length)];
    if (range === undefined) return;
    if (random.chance(0.5)) range.clock = pick(random, EDGE_NUMBERS);
    else range.length += random.below(5) - 2;
    range.length = Math.max(0, range.length);
  },
  (update, random) => {
    if (update.deletes.length > 0) update.deletes.push(structuredClone(pick(random, update.deletes)));
  },
  (update, _random, { other }) => {
    update.deletes.push(...structuredClone(other.deletes));
  },
  (update) => {
    update.deletes.length = 0;
  },
];

/** Changes `update` in place, by one to three lies. */
export const mutateUpdate: Mutation = (update, random, context) => {
  for (let left = 1 + random.below(3); left > 0; left--) {
    const family = pick(random, [STRUCT_MUTATIONS, STRUCT_MUTATIONS, SECTION_MUTATIONS, DELETE_MUTATIONS]);
    pick(random, family)(update, random, context);
  }
};

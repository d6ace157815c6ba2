/**
 * The items of a large action as a short text: 10,000 moves fit one update of the document.
 * 1. Packing loses nothing: what comes out is what went in, to the character, so the digest is the same.
 * 2. A path is written as how many characters it shares with the one before, and the rest. A target that is the last
 *    target's folder with the own name is "=", none is "-".
 */
import * as z from "zod/mini";
import type { JsonValue } from "../crypto/index.ts";

interface Item {
  readonly path: string;
  readonly to?: string | undefined;
  readonly byteLength?: number | undefined;
  readonly preimage: string | null;
}

const PACKED = z.object({
  paths: z.array(z.string()),
  targets: z.array(z.string()),
  /** Bytes of each; -1 for none. */
  bytes: z.array(z.number()),
  /** All that an item has besides, by its place. */
  rest: z.record(z.string(), z.record(z.string(), z.unknown())),
});

/** JSON; items hold nothing else. */
export const packItems = (items: readonly Item[]): JsonValue => {
  const paths: string[] = [];
  const targets: string[] = [];
  const bytes: number[] = [];
  const rest: Record<string, JsonValue> = {};
  let [lastPath, lastTarget] = ["", ""];
  for (const [at, { path, to, byteLength, preimage, ...others }] of items.entries()) {
    paths.push(against(lastPath, path));
    targets.push(to === undefined ? "-" : to === guess(lastTarget, path) ? "=" : against(lastTarget, to));
    bytes.push(byteLength ?? -1);
    const besides = { ...others, ...(preimage === null ? {} : { preimage }) };
    if (Object.keys(besides).length > 0) rest[at] = besides;
    lastPath = path;
    lastTarget = to ?? lastTarget;
  }
  return { paths, targets, bytes, rest };
};

/** Plain items, still to be parsed; undefined when they are not packed as above, or are more than `most`. */
export const unpackItems = (value: unknown, most: number): readonly unknown[] | undefined => {
  const { data: packed } = PACKED.safeParse(value);
  if (packed === undefined || packed.paths.length > most) return undefined;
  const items: unknown[] = [];
  let [lastPath, lastTarget] = ["", ""];
  for (const [at, written] of packed.paths.entries()) {
    const path = readAgainst(lastPath, written);
    const target = packed.targets[at];
    const byteLength = packed.bytes[at];
    if (path === undefined || target === undefined || byteLength === undefined) return undefined;
    const to = target === "-" ? undefined : readTarget(lastTarget, target, path);
    if (target !== "-" && to === undefined) return undefined;
    const size = byteLength < 0 ? {} : { byteLength };
    items.push({ path, preimage: null, ...(to === undefined ? {} : { to }), ...size, ...packed.rest[at] });
    lastPath = path;
    lastTarget = to ?? lastTarget;
  }
  return items;
};

const readTarget = (last: string, target: string, path: string): string | undefined =>
  target === "=" ? guess(last, path) : readAgainst(last, target);

const guess = (last: string, path: string): string =>
  `${last.slice(0, last.lastIndexOf("/") + 1)}${path.slice(path.lastIndexOf("/") + 1)}`;

/** "12:rest" */
const against = (last: string, text: string): string => {
  let shared = 0;
  while (shared < last.length && shared < text.length && last[shared] === text[shared]) shared++;
  // never half a character
  if (isHalf(text.charCodeAt(shared - 1))) shared--;
  return `${shared}:${text.slice(shared)}`;
};
const isHalf = (code: number): boolean => code >= 0xd800 && code < 0xdc00;

const readAgainst = (last: string, written: string): string | undefined => {
  const [, count, rest = ""] = /^(\d{1,5}):(.*)$/s.exec(written) ?? [];
  const shared = Number(count);
  return count === undefined || shared > last.length ? undefined : last.slice(0, shared) + rest;
};

/**
 * Names for files that somebody else named: what becomes of them is a name that a person sees whole and no program
 * obeys.
 * 1. One name, never a way: what stands before "/" or "\" is dropped, so are leading dots and spaces.
 * 2. Nothing that cannot be seen or turns the writing around, nothing that Windows reads otherwise.
 * 3. A protected name (policy/protected-names.ts) gets a "_", so that it is none; two of the same get numbers.
 */
import { parsePath } from "../policy/path-scope.ts";
import { protectedPart } from "../policy/protected-names.ts";

const FALLBACK = "file";
/** Beside a number and ".part" every common disk takes it (UTF-8 bytes). */
const LONGEST_BYTES = 200;

/** Controls, private use, halves of characters, invisible and direction marks; what Windows has no room for. */
const UNWANTED = /[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029<>:"|?*]/gu;

export const safeName = (given: string): string => {
  const last = given.toWellFormed().split(/[/\\]/u).at(-1) ?? "";
  const plain = last
    .replaceAll(UNWANTED, "")
    .replace(/^[. ]+/u, "")
    .replace(/[. ]+$/u, "");
  const short = shortened(plain === "" ? FALLBACK : plain);
  const candidates = [short, `_${short}`, `${short}_`, `_${short}_`];
  return (
    candidates.find((name) => parsePath(name, "win32").ok && protectedPart([name]) === undefined) ?? FALLBACK
  );
};

/** Each its own name, also on a disk without case: "a.txt", "a (2).txt". */
export const safeNames = (given: readonly string[]): readonly string[] => {
  const taken = new Set<string>();
  return given.map((text) => {
    const name = safeName(text);
    let free = name;
    for (let number = 2; taken.has(folded(free)); number++) free = numbered(name, number);
    taken.add(folded(free));
    return free;
  });
};

export const numbered = (name: string, number: number): string => {
  const { stem, end } = partsOf(name);
  return `${stem} (${number})${end}`;
};

const folded = (name: string): string => name.normalize("NFKC").toLowerCase();

const partsOf = (name: string): { readonly stem: string; readonly end: string } => {
  const at = name.lastIndexOf(".");
  return at > 0 ? { stem: name.slice(0, at), end: name.slice(at) } : { stem: name, end: "" };
};

/** Cuts the stem, never half a character; an end that is no end of a name is cut with it. */
const shortened = (name: string): string => {
  const { stem, end } = partsOf(name);
  const kept = Buffer.byteLength(end) <= 20 ? end : "";
  const whole = kept === "" ? name : stem;
  let room = LONGEST_BYTES - Buffer.byteLength(kept);
  let cut = "";
  for (const character of whole) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    cut += character;
  }
  return `${cut}${kept}`;
};

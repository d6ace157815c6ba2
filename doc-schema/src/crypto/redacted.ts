/**
 * Secrets that cannot be printed by accident.
 * 1. String, JSON and inspection of a secret show `<redacted>`.
 * 2. The only way to the bytes is `reveal`, so every use can be found by searching for that word.
 */
const VALUES = new WeakMap<object, Uint8Array>();

export interface Redacted<Name extends string> {
  readonly secret: Name;
  toString(): string;
  toJSON(): string;
}

const text = (): string => "<redacted>";

export const redact = <Name extends string>(secret: Name, bytes: Uint8Array): Redacted<Name> => {
  const box: Redacted<Name> = Object.freeze({ secret, toString: text, toJSON: text });
  VALUES.set(box, Uint8Array.from(bytes));
  return box;
};

export const reveal = (box: Redacted<string>): Uint8Array => {
  const bytes = VALUES.get(box);
  if (bytes === undefined) throw new Error("reveal: not a secret made by redact()");
  return bytes;
};

/** One byte string for one JSON value: RFC 8785 (JCS), so that two devices sign and hash the same bytes. */
import { sha256 } from "@noble/hashes/sha2.js";
import canonicalize from "canonicalize";
import { bytesToHex, utf8ToBytes } from "./encoding.ts";

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/** Throws for what JSON cannot say (functions, undefined, NaN): that is a bug of the caller. */
export const canonicalText = (value: JsonValue): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new Error("canonicalText: not a JSON value");
  return text;
};

/** Hex SHA-256 of `context ‖ canonical JSON`; the context keeps digests of different uses apart. */
export const canonicalDigest = (context: string, value: JsonValue): string =>
  bytesToHex(sha256(utf8ToBytes(`deskhand/1 ${context}\n${canonicalText(value)}`)));

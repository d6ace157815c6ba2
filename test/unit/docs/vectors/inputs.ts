/** What all vectors of docs/PROTOCOL.md are made from: nothing is random, and every input stands in the block itself. */
import {
  bytesToHex,
  canonicalText,
  createDeviceKeys,
  createEpochKeys,
  createFrameChain,
  redact,
  type FrameChain,
  type JsonValue,
} from "@deskhand/doc-schema/crypto";
import { createIdFactory } from "@deskhand/doc-schema/document";
import { sha256 } from "@noble/hashes/sha2.js";

/** Name and value, in the order in which the document shows them. */
export type Vector = readonly [name: string, value: string];

export const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
/** Randomness of so many equal bytes, whatever is asked for. */
export const always =
  (value: number) =>
  (length: number): Uint8Array =>
    filled(length, value);

/** Longer values stand in the document as their hash. */
const SHOWN_BYTES = 160;
export const hex = (bytes: Uint8Array): string =>
  bytes.length <= SHOWN_BYTES
    ? bytesToHex(bytes)
    : `sha256 ${bytesToHex(sha256(bytes))} of ${bytes.length} bytes`;

/** Canonical JSON, bytes in hex. */
export const json = (value: unknown): string => canonicalText(jsonOf(value));
const jsonOf = (value: unknown): JsonValue => {
  if (value instanceof Uint8Array) return bytesToHex(value);
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonOf(inner)]));
  return value as JsonValue; // what is left is a JSON scalar
};

/** The value of a Result that cannot be an error here. */
export const valueOf = <Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: unknown },
): Value => {
  if (!result.ok) throw new Error(json(result.error));
  return result.value;
};

export const EPOCH = 7;
export const rootKey = redact("root-key", filled(32, 0x01));
export const keys = createEpochKeys(rootKey, EPOCH);
export const phone = createDeviceKeys(filled(32, 0x02), filled(32, 0x03));
export const executor = createDeviceKeys(filled(32, 0x04), filled(32, 0x05));

export const STREAM = filled(8, 0x06);
export const NONCE = 0x07;
export const LOG_ID = filled(16, 0x08);
export const freshChain = (): FrameChain => createFrameChain(phone.deviceId, STREAM);

/** 2026-01-02 03:04:05.678 UTC, in milliseconds. */
export const TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
/** Seven bytes 09 end each id; the counter rises. */
export const ids = createIdFactory({ now: () => TIME, randomBytes: always(0x09) });

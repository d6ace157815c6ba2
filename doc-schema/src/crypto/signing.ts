/**
 * Signatures over canonical JSON.
 *   signature = Ed25519(signKey, "deskhand/1 " ‖ context ‖ "\n" ‖ JCS(value))
 * A context is used for one kind of value only: a signed task can never be read as a signed decision.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { canonicalText, type JsonValue } from "./canonical.ts";
import type { SigningSecret } from "./device-keys.ts";
import { base64UrlToBytes, bytesToBase64Url, utf8ToBytes } from "./encoding.ts";
import { reveal } from "./redacted.ts";

/** Every use of a device's signing key. Append only. */
export const SIGNING_CONTEXTS = [
  "device",
  "revocation",
  "thread",
  "message",
  "task",
  "intent",
  "decision",
  "pairing-proof",
  "move",
  "pairing-receipt",
  "audit-head",
] as const;
export type SigningContext = (typeof SIGNING_CONTEXTS)[number];

const signedBytes = (context: SigningContext, value: JsonValue): Uint8Array =>
  utf8ToBytes(`deskhand/1 ${context}\n${canonicalText(value)}`);

/** base64url of the 64 signature bytes. */
export const signValue = (context: SigningContext, value: JsonValue, secret: SigningSecret): string =>
  bytesToBase64Url(ed25519.sign(signedBytes(context, value), reveal(secret)));

export const verifyValue = (
  context: SigningContext,
  value: JsonValue,
  signature: string,
  signKey: Uint8Array,
): boolean => {
  const bytes = base64UrlToBytes(signature);
  if (bytes?.length !== 64 || signKey.length !== 32) return false;
  try {
    return ed25519.verify(bytes, signedBytes(context, value), signKey, { zip215: false });
  } catch {
    return false; // a key that is no curve point: noble throws, for us it is a bad signature
  }
};

/**
 * What the QR code, the link and the typed code carry.
 *   link = app URL ‖ "#p=" ‖ base64url(code)
 *   code = "DH" | version 1 | expiry u32 (seconds since 1970) | pairing key 32 | one-time key 32
 *          | count 1 | (length 1 | relay URL) * count
 * 1. It is in the fragment, which no browser sends to a server. Whoever holds it can ask to pair, and no more: it
 *    is void after two minutes or one use, and needs the digits that only the asking phone shows.
 */
import { base64UrlToBytes, bytesToBase64Url, redact, reveal, utf8ToBytes } from "../../crypto/index.ts";
import type { RootKey } from "../../crypto/index.ts";
import { concatBytes, createByteReader, err, ok, uint32, type Result } from "../../wire/index.ts";

export interface PairingCode {
  /** Milliseconds since 1970, whole seconds. */
  readonly expiresAt: number;
  /** Opens the pairing room, and is the pre-shared key of the exchange. */
  readonly pairingKey: RootKey;
  /** The desktop's X25519 public key for this one exchange, 32 bytes. */
  readonly oneTimeKey: Uint8Array;
  /** One to eight, such as "wss://relay.example". */
  readonly relayUrls: readonly string[];
}

export type PairingCodeError = { readonly type: "not-deskhand" | "unknown-version" | "damaged" };

export const PAIRING_CODE_VERSION = 1;
const MAGIC = "DH";
const KEY_BYTES = 32;
const MAX_RELAYS = 8;
const RELAY_URL = /^wss?:\/\/[\x21-\x7e]{1,240}$/;

/** @param appUrl where the phone app is served, without a fragment */
export const encodePairingCode = (code: PairingCode, appUrl: string): string => {
  const bytes = concatBytes(
    utf8ToBytes(MAGIC),
    Uint8Array.of(PAIRING_CODE_VERSION),
    uint32(Math.floor(code.expiresAt / 1000)),
    reveal(code.pairingKey),
    code.oneTimeKey,
    Uint8Array.of(code.relayUrls.length),
    ...code.relayUrls.map((url) => concatBytes(Uint8Array.of(url.length), utf8ToBytes(url))),
  );
  return `${appUrl}#p=${bytesToBase64Url(bytes)}`;
};

/** @param text what was scanned, pasted or typed: the link, its fragment, or the code alone */
export const parsePairingCode = (text: string): Result<PairingCode, PairingCodeError> => {
  const [, encoded = ""] = /(?:^|#)(?:p=)?([\w-]+)$/.exec(text.trim()) ?? [];
  const reader = createByteReader(base64UrlToBytes(encoded) ?? new Uint8Array(0));
  if (ascii(reader.bytes(MAGIC.length)) !== MAGIC) return err({ type: "not-deskhand" });
  if (reader.uint8() !== PAIRING_CODE_VERSION) return err({ type: "unknown-version" });
  const expiresAt = reader.uint32() * 1000;
  const pairingKey = redact("root-key", reader.bytes(KEY_BYTES));
  const oneTimeKey = reader.bytes(KEY_BYTES);
  const count = reader.uint8();
  if (count < 1 || count > MAX_RELAYS) return err({ type: "damaged" });
  const relayUrls = Array.from({ length: count }, () => ascii(reader.bytes(reader.uint8())));
  if (!reader.finished || !relayUrls.every((url) => RELAY_URL.test(url))) return err({ type: "damaged" });
  return ok({ expiresAt, pairingKey, oneTimeKey: Uint8Array.from(oneTimeKey), relayUrls });
};

/** @param now milliseconds since 1970 */
export const isExpired = (code: PairingCode, now: number): boolean => now >= code.expiresAt;

const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/**
 * HPKE, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305, one message a context; mode_psk with a
 * pre-shared key, else mode_base.
 * 1. Each call makes a fresh context and seals once, so no nonce of a context can be used twice.
 * 2. Only who holds the recipient's key, and the pre-shared key if there is one, can open, or export the same secret.
 * 3. The primitives are noble's; what is written here is the RFC's key schedule, checked against another
 *    implementation in both directions.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, err, ok, type Result } from "../wire/index.ts";
import { utf8ToBytes } from "./encoding.ts";
import { reveal, type Redacted } from "./redacted.ts";

export interface HpkeInfo {
  /** Names the use and what both sides must agree on. */
  readonly info: Uint8Array;
  /** Absent: mode_base, in which anybody can seal to the recipient. */
  readonly psk?: Redacted<string> | undefined;
  readonly pskId?: Uint8Array | undefined;
}

export interface HpkeContext {
  /** RFC 9180, 5.3: a secret that only both ends know; `context` keeps uses apart. */
  readonly exportSecret: (context: string, length: number) => Uint8Array;
}

export interface HpkeSealed extends HpkeContext {
  /** The sender's one-time public key, 32 bytes. */
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export interface HpkeOpened extends HpkeContext {
  readonly plaintext: Uint8Array;
}

export interface HpkeSealInput extends HpkeInfo {
  /** X25519 public key, 32 bytes. */
  readonly recipientKey: Uint8Array;
  /** 32 random bytes, used once. */
  readonly ephemeralSeed: Uint8Array;
  readonly plaintext: Uint8Array;
}

export interface HpkeOpenInput extends HpkeInfo {
  readonly recipientSecret: Redacted<string>;
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

const MODE_BASE = 0;
const MODE_PSK = 1;
const KEM_ID = 0x20;
const KDF_ID = 1;
const AEAD_ID = 3;
const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value);
const KEM_SUITE = concatBytes(utf8ToBytes("KEM"), uint16(KEM_ID));
const HPKE_SUITE = concatBytes(utf8ToBytes("HPKE"), uint16(KEM_ID), uint16(KDF_ID), uint16(AEAD_ID));
const VERSION = utf8ToBytes("HPKE-v1");
const NONE = new Uint8Array(0);

/** Fails with "bad-key" for a recipient key that is no usable curve point. */
export const hpkeSeal = (input: HpkeSealInput): Result<HpkeSealed, { readonly type: "bad-key" }> => {
  const enc = x25519.getPublicKey(input.ephemeralSeed);
  const shared = diffieHellman(input.ephemeralSeed, input.recipientKey);
  if (shared === undefined) return err({ type: "bad-key" });
  const { key, nonce, exportSecret } = schedule(shared, enc, input.recipientKey, input);
  return ok({ enc, ciphertext: chacha20poly1305(key, nonce, NONE).encrypt(input.plaintext), exportSecret });
};

/** Fails with "bad-key" for an unusable `enc`, with "bad-tag" when any of key, psk, info or bytes does not fit. */
export const hpkeOpen = (
  input: HpkeOpenInput,
): Result<HpkeOpened, { readonly type: "bad-key" | "bad-tag" }> => {
  const secret = reveal(input.recipientSecret);
  const shared = diffieHellman(secret, input.enc);
  if (shared === undefined) return err({ type: "bad-key" });
  const { key, nonce, exportSecret } = schedule(shared, input.enc, x25519.getPublicKey(secret), input);
  try {
    return ok({ plaintext: chacha20poly1305(key, nonce, NONE).decrypt(input.ciphertext), exportSecret });
  } catch {
    return err({ type: "bad-tag" }); // noble's only way to say that the tag does not fit
  }
};

const diffieHellman = (secret: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined => {
  try {
    return x25519.getSharedSecret(secret, publicKey);
  } catch {
    return undefined; // wrong length or a low-order point
  }
};

const labeledExtract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array =>
  extract(sha256, concatBytes(VERSION, suite, utf8ToBytes(label), ikm), salt);

const labeledExpand = (
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array =>
  expand(sha256, prk, concatBytes(uint16(length), VERSION, suite, utf8ToBytes(label), info), length);

const schedule = (
  diffieHellmanSecret: Uint8Array,
  enc: Uint8Array,
  recipientKey: Uint8Array,
  { info, psk, pskId = NONE }: HpkeInfo,
): HpkeContext & { readonly key: Uint8Array; readonly nonce: Uint8Array } => {
  const eaePrk = labeledExtract(KEM_SUITE, NONE, "eae_prk", diffieHellmanSecret);
  const shared = labeledExpand(KEM_SUITE, eaePrk, "shared_secret", concatBytes(enc, recipientKey), 32);
  const context = concatBytes(
    Uint8Array.of(psk === undefined ? MODE_BASE : MODE_PSK),
    labeledExtract(HPKE_SUITE, NONE, "psk_id_hash", pskId),
    labeledExtract(HPKE_SUITE, NONE, "info_hash", info),
  );
  const secret = labeledExtract(HPKE_SUITE, shared, "secret", psk === undefined ? NONE : reveal(psk));
  const exporter = labeledExpand(HPKE_SUITE, secret, "exp", context, 32);
  return {
    key: labeledExpand(HPKE_SUITE, secret, "key", context, 32),
    nonce: labeledExpand(HPKE_SUITE, secret, "base_nonce", context, 12),
    exportSecret: (exporterContext, length) =>
      labeledExpand(HPKE_SUITE, exporter, "sec", utf8ToBytes(exporterContext), length),
  };
};

/**
 * Bytes at rest on this device.
 *   sealed = nonce 24 | XChaCha20-Poly1305(key, nonce, AD = "deskhand/1 local " ‖ context)
 * 1. The context names the file and its use: one sealed file cannot stand in for another.
 * 2. A passphrase becomes a key by scrypt with N = 2^17, r = 8, p = 1: 128 MiB and about 0.7 s for each guess.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { concatBytes, createByteReader, err, ok, type Result } from "../wire/index.ts";
import { utf8ToBytes } from "./encoding.ts";
import { redact, reveal, type Redacted } from "./redacted.ts";

const NONCE_BYTES = 24;
export const PASSPHRASE_SALT_BYTES = 16;

const associatedData = (context: string): Uint8Array => utf8ToBytes(`deskhand/1 local ${context}`);

/** @param key 32 bytes */
export const sealLocal = (
  key: Redacted<string>,
  context: string,
  plaintext: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array => {
  const nonce = randomBytes(NONCE_BYTES);
  return concatBytes(
    nonce,
    xchacha20poly1305(reveal(key), nonce, associatedData(context)).encrypt(plaintext),
  );
};

/** One word for a wrong key, a wrong context and damage: they cannot be told apart. */
export const unsealLocal = (
  key: Redacted<string>,
  context: string,
  sealed: Uint8Array,
): Result<Uint8Array, { readonly type: "bad-seal" }> => {
  const reader = createByteReader(sealed);
  const nonce = reader.bytes(NONCE_BYTES);
  if (!reader.intact) return err({ type: "bad-seal" });
  try {
    return ok(xchacha20poly1305(reveal(key), nonce, associatedData(context)).decrypt(reader.rest()));
  } catch {
    return err({ type: "bad-seal" }); // noble's only way to say that the tag does not fit
  }
};

/** @param salt 16 random bytes, kept beside what the key seals */
export const createPassphraseKey = (passphrase: string, salt: Uint8Array): Redacted<"passphrase-key"> =>
  redact(
    "passphrase-key",
    scrypt(utf8ToBytes(passphrase.normalize("NFKC")), salt, { N: 2 ** 17, r: 8, p: 1, dkLen: 32 }),
  );

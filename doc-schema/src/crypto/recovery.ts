/**
 * The recovery kit: 24 words that a person keeps on paper, and what comes out of them.
 *
 *   words  = BIP39, English list, of the recovery secret: 32 random bytes and 8 bits of checksum
 *   PRK    = HKDF-Extract(SHA-256, salt "deskhand/1 recovery", secret)
 *   K(x)   = HKDF-Expand(PRK, "deskhand/1 recovery-" ‖ x, 32),  x = "room" | "seal"
 *   sealed = "DHRK" | version 1 | enc 32 | ciphertext        (a file, or the value in the recovery room)
 *            HPKE(mode_base) to the X25519 public key of K("seal"), info = "deskhand/1 recovery-record" ‖ first 5 bytes
 *
 * 1. A desktop keeps K("room") and the public key only: it renews the record, and its disk does not give the words away.
 * 2. A word that is not in the list is named by its place; any other single slip fails the checksum (255 of 256).
 */
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { concatBytes, createByteReader, equalBytes, err, ok, type Result } from "../wire/index.ts";
import { utf8ToBytes } from "./encoding.ts";
import type { RootKey } from "./epoch-keys.ts";
import { hpkeOpen, hpkeSeal } from "./hpke.ts";
import { redact, reveal, type Redacted } from "./redacted.ts";

export const RECOVERY_WORDS = 24;
const SECRET_BYTES = 32;
const ENC_BYTES = 32;
/** Far more than the record of a workspace takes. */
export const MAX_RECOVERY_BYTES = 64 * 1024;
const HEADER = concatBytes(utf8ToBytes("DHRK"), Uint8Array.of(1));
/** The list's words differ within their first four letters. */
const TELLING_LETTERS = 4;

export type RecoverySecret = Redacted<"recovery-secret">;

export interface RecoveryKeys {
  /** Root key of the recovery room, whose epoch is 0. */
  readonly roomKey: RootKey;
  /** X25519 public key, 32 bytes: records are sealed to it. */
  readonly sealKey: Uint8Array;
  readonly sealingSecret: Redacted<"recovery-sealing-key">;
}

/** `place` counts from 1; `meant` is the list's word that begins alike. */
export type WordsError =
  | { readonly type: "wrong-count"; readonly count: number }
  | { readonly type: "unknown-word"; readonly place: number; readonly meant?: string }
  | { readonly type: "bad-checksum" };

export const createRecoverySecret = (randomBytes: (length: number) => Uint8Array): RecoverySecret =>
  redact("recovery-secret", randomBytes(SECRET_BYTES));

export const recoveryWords = (secret: RecoverySecret): readonly string[] =>
  entropyToMnemonic(reveal(secret), wordlist).split(" ");

/** @param text the words as a person types them: any spaces, line breaks, capitals and place numbers ("3. apple") */
export const parseRecoveryWords = (text: string): Result<RecoverySecret, WordsError> => {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const wrong = words.findIndex((word) => !wordlist.includes(word));
  if (wrong >= 0) return err({ type: "unknown-word", place: wrong + 1, ...wordMeant(words[wrong] ?? "") });
  if (words.length !== RECOVERY_WORDS) return err({ type: "wrong-count", count: words.length });
  try {
    return ok(redact("recovery-secret", mnemonicToEntropy(words.join(" "), wordlist)));
  } catch {
    return err({ type: "bad-checksum" }); // all words are known and counted: nothing else is left to be wrong
  }
};

const wordMeant = (typed: string): { readonly meant?: string } => {
  const meant = wordlist.find((word) => word.slice(0, TELLING_LETTERS) === typed.slice(0, TELLING_LETTERS));
  return meant === undefined ? {} : { meant };
};

export const createRecoveryKeys = (secret: RecoverySecret): RecoveryKeys => {
  const prk = extract(sha256, reveal(secret), utf8ToBytes("deskhand/1 recovery"));
  const derive = (use: string): Uint8Array =>
    expand(sha256, prk, utf8ToBytes(`deskhand/1 recovery-${use}`), 32);
  const sealSeed = derive("seal");
  return {
    roomKey: redact("root-key", derive("room")),
    sealKey: x25519.getPublicKey(sealSeed),
    sealingSecret: redact("recovery-sealing-key", sealSeed),
  };
};

const recordInfo = concatBytes(utf8ToBytes("deskhand/1 recovery-record"), HEADER);

/** Throws for a key that is no curve point: it came out of `createRecoveryKeys`. */
export const sealRecovery = (
  sealKey: RecoveryKeys["sealKey"],
  record: Uint8Array,
  randomBytes: (length: number) => Uint8Array,
): Uint8Array => {
  const sealed = hpkeSeal({
    info: recordInfo,
    recipientKey: sealKey,
    ephemeralSeed: randomBytes(32),
    plaintext: record,
  });
  if (!sealed.ok) throw new Error(`sealRecovery: ${sealed.error.type}`);
  return concatBytes(HEADER, sealed.value.enc, sealed.value.ciphertext);
};

/** "not-a-record": another kind of file, or a later version. "bad-seal": other words, or damage. */
export const openRecovery = (
  { sealingSecret }: RecoveryKeys,
  sealed: Uint8Array,
): Result<Uint8Array, { readonly type: "not-a-record" | "bad-seal" }> => {
  const reader = createByteReader(sealed);
  const isRecord = sealed.length <= MAX_RECOVERY_BYTES && equalBytes(reader.bytes(HEADER.length), HEADER);
  if (!isRecord) return err({ type: "not-a-record" });
  const opened = hpkeOpen({
    info: recordInfo,
    recipientSecret: sealingSecret,
    enc: reader.bytes(ENC_BYTES),
    ciphertext: reader.rest(),
  });
  return opened.ok ? ok(opened.value.plaintext) : err({ type: "bad-seal" });
};

/**
 * The keys of one epoch, all from its root key.
 *   PRK    = HKDF-Extract(SHA-256, salt "deskhand/1 root", RK)
 *   K(x)   = HKDF-Expand(PRK, "deskhand/1 " ‖ x ‖ u32be(epoch), 32)
 *   roomId = SHA-256("deskhand/1 room-id" ‖ authKey)[0..16], authKey = Ed25519 public key of seed K("relay-auth")
 * 1. A root key is 32 random bytes and never derived from an earlier one: an old epoch tells nothing of a new one.
 * 2. The room id commits to the auth key: nobody can squat a room that they merely heard of.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import {
  authTranscript,
  concatBytes,
  ROOM_ID_BYTES,
  ROOM_ID_CONTEXT,
  uint32,
  type AuthTranscript,
} from "../wire/index.ts";
import { utf8ToBytes } from "./encoding.ts";
import { redact, reveal, type Redacted } from "./redacted.ts";

export const ROOT_KEY_BYTES = 32;
export type RootKey = Redacted<"root-key">;

export interface EpochKeys {
  readonly epoch: number;
  /** 16 bytes. */
  readonly roomId: Uint8Array;
  /** Ed25519 public key that the relay checks, 32 bytes. */
  readonly authKey: Uint8Array;
  readonly authSecret: Redacted<"relay-auth-key">;
  readonly frameKey: Redacted<"frame-key">;
  readonly commitKey: Redacted<"commit-key">;
  readonly ephemeralKey: Redacted<"ephemeral-key">;
  readonly blobKey: Redacted<"blob-key">;
  readonly localSealKey: Redacted<"local-seal-key">;
}

/** @param epoch from 0 (a pairing room) to 2^32 - 1 */
export const createEpochKeys = (rootKey: RootKey, epoch: number): EpochKeys => {
  const prk = extract(sha256, reveal(rootKey), utf8ToBytes("deskhand/1 root"));
  const derive = (use: string): Uint8Array =>
    expand(sha256, prk, concatBytes(utf8ToBytes(`deskhand/1 ${use}`), uint32(epoch)), 32);
  const authSeed = derive("relay-auth");
  const authKey = ed25519.getPublicKey(authSeed);
  return {
    epoch,
    roomId: sha256(concatBytes(utf8ToBytes(ROOM_ID_CONTEXT), authKey)).slice(0, ROOM_ID_BYTES),
    authKey,
    authSecret: redact("relay-auth-key", authSeed),
    frameKey: redact("frame-key", derive("frame")),
    commitKey: redact("commit-key", derive("commit")),
    ephemeralKey: redact("ephemeral-key", derive("ephemeral")),
    blobKey: redact("blob-key", derive("blob")),
    localSealKey: redact("local-seal-key", derive("local-seal")),
  };
};

/** The 64 signature bytes of AUTH; the transcript names the relay, so a relay in the middle cannot pass it on. */
export const signRelayAuth = (keys: EpochKeys, transcript: Omit<AuthTranscript, "roomId">): Uint8Array =>
  ed25519.sign(authTranscript({ ...transcript, roomId: keys.roomId }), reveal(keys.authSecret));

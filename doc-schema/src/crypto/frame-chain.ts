/**
 * What ties sealed frames together, so that a relay which drops, reorders, forks or rolls back is seen.
 *
 *   frameHash  = SHA-256("deskhand/1 frame-hash" ‖ frame)
 *   transcript T_0 = SHA-256("deskhand/1 transcript" ‖ roomId ‖ logId);  T_n = SHA-256(T_(n-1) ‖ frameHash(frame_n))
 *
 * 1. A chain is the sequence of one socket, named by a random stream: seq counts its updates from 1, prev is the hash
 *    of the one before. Nothing of it is ever stored, so a damaged disk cannot repeat a number.
 * 2. A transcript is one hash over all that a log holds, in its order: who has another at the same number has
 *    another log. It starts with the room and the log, so one log's transcript says nothing about another's.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "../wire/index.ts";
import type { DeviceId } from "./device-keys.ts";
import { utf8ToBytes } from "./encoding.ts";

export const STREAM_BYTES = 8;
export const HASH_BYTES = 32;

/** One socket's place in its own sequence. */
export interface FrameChain {
  readonly deviceId: DeviceId;
  /** 8 random bytes. */
  readonly stream: Uint8Array;
  /** Number and hash of the last update of this stream; 0 and zeros before the first. */
  readonly place: () => { readonly seq: number; readonly prev: Uint8Array };
  /** An update of ours went out. */
  readonly advance: (frame: Uint8Array) => void;
}

/** @param stream 8 fresh random bytes */
export const createFrameChain = (deviceId: DeviceId, stream: Uint8Array): FrameChain => {
  let seq = 0;
  let prev: Uint8Array = new Uint8Array(HASH_BYTES);
  return {
    deviceId,
    stream,
    place: () => ({ seq, prev }),
    advance: (frame) => {
      seq++;
      prev = frameHash(frame);
    },
  };
};

/** SHA-256 over a sealed frame; what `prev` holds and a transcript takes in. */
export const frameHash = (frame: Uint8Array): Uint8Array =>
  sha256.create().update(HASH_CONTEXT).update(frame).digest();
const HASH_CONTEXT = utf8ToBytes("deskhand/1 frame-hash");

/** The transcript of an empty log. */
export const startTranscript = (roomId: Uint8Array, logId: Uint8Array): Uint8Array =>
  sha256(concatBytes(utf8ToBytes("deskhand/1 transcript"), roomId, logId));

/** The transcript once a frame with this hash is behind it. */
export const extendTranscript = (transcript: Uint8Array, hash: Uint8Array): Uint8Array =>
  sha256(concatBytes(transcript, hash));

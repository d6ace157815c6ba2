/** The words of blob transfer: what goes in, and each way in which it can end. */
import type { EpochKeys } from "../../crypto/index.ts";
import type { RefusalCode } from "../../wire/index.ts";
import type { SyncPorts } from "../ports.ts";

/**
 * `quota`: the room is full. `relay-full`: the relay's disk is; it recovers by itself. `closed`: the room takes nothing
 * more. `too-large`: over MAX_BLOB_BYTES. `gone`: the relay does not have it (any longer). `offline`: no relay for too
 * long. `refused`: the relay does not let us in, or keeps no blobs. `bad-chunk`: what the relay gave is not what was
 * put. `bad-reference`: it does not parse. `unreadable`: the source failed, or changed meanwhile. `unwritable`: the
 * sink failed. `cancelled`: by the signal.
 */
export interface BlobFailure {
  readonly type:
    | "quota"
    | "relay-full"
    | "closed"
    | "too-large"
    | "gone"
    | "offline"
    | "refused"
    | "bad-chunk"
    | "bad-reference"
    | "unreadable"
    | "unwritable"
    | "cancelled";
}

/** Of an AbortSignal, what is used. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

export interface BlobSource {
  readonly byteLength: number;
  /** Exactly `length` bytes. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

export interface BlobSink {
  /** Called in order, from 0 or where `have` ends; the next call waits for the promise. */
  readonly write: (offset: number, bytes: Uint8Array) => Promise<void>;
}

export interface BlobTransferInput extends SyncPorts {
  /** Without a path, such as "wss://relay.example". */
  readonly relayUrl: string;
  readonly keys: EpochKeys;
  /** Plaintext bytes that are done, and all of them. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the transfer at once with "cancelled". */
  readonly signal?: CancelSignal | undefined;
  /** How long to go on without an answer after a cut until "offline"; default two minutes. */
  readonly patienceMs?: number | undefined;
}

export const failureOf = (code: RefusalCode): BlobFailure => {
  switch (code) {
    case "quota-exceeded":
      return { type: "quota" };
    case "read-only":
      return { type: "relay-full" };
    case "room-closed":
      return { type: "closed" };
    case "bad-chunk":
      return { type: "bad-chunk" };
    default:
      return { type: "refused" };
  }
};

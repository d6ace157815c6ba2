/**
 * What the relay is known to hold: a state vector, a delete set, and how far its log was read.
 * 1. Only what counts without a hole is known: a struct after a missing one is not, and a `Skip` never is.
 * 2. It outlives the socket, so that a reconnect sends nothing that the relay already has.
 * 3. Only what the document has taken, or keeps held, moves the cursor.
 */
import * as encoding from "lib0/encoding";
import * as Y from "yjs";
import { bytesToHex } from "../crypto/index.ts";

export interface RelayKnowledge {
  /** The last relay sequence number that was handed over. */
  readonly cursor: number;
  /** 16 bytes; empty before the relay said LIVE. */
  readonly logId: Uint8Array;
  /** True when the relay has all of this update, deletions included. */
  readonly has: (update: Uint8Array) => boolean;
  /** True when the relay has the struct at `clock` of a client: what was written there is "at the relay". */
  readonly covers: (clientId: number, clock: number) => boolean;
  /** As y-protocols sends it in sync step 1. */
  readonly stateVector: () => Uint8Array;
}

export interface RelayKnowledgeWriter extends RelayKnowledge {
  readonly learn: (update: Uint8Array) => void;
  readonly advance: (seq: number) => void;
  /** The cursor stays before `seq` at the next connection: that frame was not kept. */
  readonly missed: (seq: number) => void;
  /** A snapshot replaced the log: only what it and later frames hold is there. */
  readonly forgetContent: () => void;
  /** False when this is another log, or an older state of it: then all is forgotten and replay starts over. */
  readonly isSameLog: (logId: Uint8Array, head: number) => boolean;
}

/** Deletions are folded in when asked for, or when so many wait: merging costs as much as all that is known. */
const UNMERGED_DELETES = 256;

export const createRelayKnowledge = (): RelayKnowledgeWriter => {
  let cursor = 0;
  let firstMissed: number | undefined;
  let log: string | undefined;
  let logId = new Uint8Array(0);
  let states = new Map<number, number>();
  let deletes = [Y.createDeleteSet()];

  const mergedDeletes = (): ReturnType<typeof Y.createDeleteSet> => {
    const merged = Y.mergeDeleteSets(deletes);
    deletes = [merged];
    return merged;
  };
  const forgetContent = (): void => {
    states = new Map();
    deletes = [Y.createDeleteSet()];
  };

  return {
    get cursor() {
      return firstMissed === undefined ? cursor : Math.min(cursor, firstMissed - 1);
    },
    get logId() {
      return logId;
    },
    has: (update) => Y.snapshotContainsUpdate(Y.createSnapshot(mergedDeletes(), states), update),
    covers: (clientId, clock) => (states.get(clientId) ?? 0) > clock,
    stateVector: () =>
      encoding.encode((encoder) => {
        encoding.writeVarUint(encoder, states.size);
        for (const [clientId, clock] of states) {
          encoding.writeVarUint(encoder, clientId);
          encoding.writeVarUint(encoder, clock);
        }
      }),
    learn: (update) => {
      const { structs, ds } = Y.decodeUpdate(update);
      for (const struct of structs) {
        if (struct instanceof Y.Skip) continue;
        const { client, clock } = struct.id;
        const known = states.get(client) ?? 0;
        const end = clock + struct.length;
        if (clock <= known && end > known) states.set(client, end);
      }
      if (ds.clients.size > 0) deletes.push(ds);
      if (deletes.length > UNMERGED_DELETES) mergedDeletes();
    },
    advance: (seq) => {
      cursor = Math.max(cursor, seq);
    },
    missed: (seq) => {
      firstMissed = Math.min(firstMissed ?? seq, seq);
    },
    forgetContent,
    isSameLog: (newLogId, head) => {
      const id = bytesToHex(newLogId);
      const same = (log === undefined || log === id) && cursor <= head;
      log = id;
      logId = Uint8Array.from(newLogId);
      if (firstMissed !== undefined) cursor = Math.min(cursor, firstMissed - 1);
      firstMissed = undefined;
      if (!same) {
        cursor = 0;
        forgetContent();
      }
      return same;
    },
  };
};

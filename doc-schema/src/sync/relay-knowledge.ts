/**
 * What the relay is known to hold: a state vector, a delete set, and how far its log was read.
 * 1. Only what counts without a hole is known: a struct after a missing one is not, and a `Skip` never is. It is kept in
 *    mind, and known once the hole is filled: who wrote it may have read what fills it out of another's snapshot.
 * 2. It outlives the socket, so that a reconnect sends nothing that the relay already has.
 * 3. Only what the document has taken, or keeps held, moves the cursor.
 * 4. Where a struct stands in the log is remembered for the newest; of older ones a number that is not below it.
 */
import * as encoding from "lib0/encoding";
import * as Y from "yjs";
import { withoutDeletes } from "./update-batches.ts";

export interface RelayKnowledge {
  /** The last relay sequence number that was handed over. */
  readonly cursor: number;
  /** True when the relay has all of this update, deletions included. */
  readonly has: (update: Uint8Array) => boolean;
  /** The update without the deletions that the relay has; undefined when the relay has all of it. */
  readonly lacking: (update: Uint8Array) => Uint8Array | undefined;
  /** True when the relay has the struct at `clock` of a client: what was written there is "at the relay". */
  readonly covers: (clientId: number, clock: number) => boolean;
  /** The log's number by which the relay had that struct; undefined when it has it not. */
  readonly ackedAt: (clientId: number, clock: number) => number | undefined;
  /** As y-protocols sends it in sync step 1. */
  readonly stateVector: () => Uint8Array;
}

/** Structs of one client from `start` to before `end` came with this number of the log. */
export interface Arrival {
  readonly client: number;
  readonly start: number;
  readonly end: number;
  readonly seq: number;
}

/** What can be stored and taken up again. */
export interface StoredKnowledge {
  readonly cursor: number;
  readonly content: Y.Snapshot;
  /** Newest last. */
  readonly arrivals: readonly Arrival[];
  /** All that is known and not in `arrivals` came with this number or one below. */
  readonly floor: number;
}

export interface RelayKnowledgeWriter extends RelayKnowledge {
  /** @param seq the number of the log that brought it */
  readonly learn: (update: Uint8Array, seq: number) => void;
  readonly advance: (seq: number) => void;
  /** The cursor stays before `seq` at the next connection: that frame was not kept. */
  readonly missed: (seq: number) => void;
  /** False while a frame was missed. */
  readonly isWhole: () => boolean;
  /** A new connection has begun to read after `cursor`. */
  readonly reopen: () => void;
  /** A snapshot replaced the log: only what it and later frames hold is there. */
  readonly forgetContent: () => void;
  /** The log is read from its start. */
  readonly startOver: () => void;
  readonly store: () => StoredKnowledge;
  readonly restore: (stored: StoredKnowledge) => void;
}

/** Deletions are folded in when asked for, or when so many wait: merging costs as much as all that is known. */
const UNMERGED_DELETES = 256;
/** A person looks at the ticks of the last few records; 256 arrivals are about 4 KB when stored. */
export const MAX_ARRIVALS = 256;

export const createRelayKnowledge = (): RelayKnowledgeWriter => {
  let cursor = 0;
  let firstMissed: number | undefined;
  let states = new Map<number, number>();
  let deletes = [Y.createDeleteSet()];
  let arrivals: Arrival[] = [];
  /** Behind a hole of their client; lost with a restart, they would be sent once more. */
  let behindHoles = new Map<number, readonly Arrival[]>();
  let floor = 0;

  const readSoFar = (): number => (firstMissed === undefined ? cursor : Math.min(cursor, firstMissed - 1));
  const mergedDeletes = (): ReturnType<typeof Y.createDeleteSet> => {
    const [only] = deletes;
    const merged = only !== undefined && deletes.length === 1 ? only : Y.mergeDeleteSets(deletes);
    deletes = [merged];
    return merged;
  };
  const content = (): Y.Snapshot => Y.createSnapshot(mergedDeletes(), states);
  const covers = (client: number, clock: number): boolean => (states.get(client) ?? 0) > clock;
  const forgetContent = (): void => {
    states = new Map();
    deletes = [Y.createDeleteSet()];
    arrivals = [];
    behindHoles = new Map();
    floor = 0;
  };
  const note = (arrival: Arrival): void => {
    arrivals.push(arrival);
    const forgotten = arrivals.length > MAX_ARRIVALS ? arrivals.shift() : undefined;
    floor = Math.max(floor, forgotten?.seq ?? 0);
  };
  const learnRun = (run: Arrival): void => {
    const { client, end } = run;
    const start = states.get(client) ?? 0;
    if (end <= start) return;
    const waiting = behindHoles.get(client) ?? [];
    if (run.start > start) return void behindHoles.set(client, withRun(waiting, run));
    states.set(client, end);
    note({ ...run, start });
    behindHoles.delete(client);
    for (const later of waiting) learnRun(later);
  };

  return {
    get cursor() {
      return readSoFar();
    },
    has: (update) => Y.snapshotContainsUpdate(content(), update),
    lacking: (update) =>
      Y.snapshotContainsUpdate(content(), update) ? undefined : withoutDeletes(update, mergedDeletes()),
    covers,
    ackedAt: (client, clock) => {
      if (!covers(client, clock)) return undefined;
      const at = arrivals.findLast(
        (arrival) => arrival.client === client && arrival.start <= clock && clock < arrival.end,
      );
      return at?.seq ?? floor;
    },
    stateVector: () =>
      encoding.encode((encoder) => {
        encoding.writeVarUint(encoder, states.size);
        for (const [clientId, clock] of states) {
          encoding.writeVarUint(encoder, clientId);
          encoding.writeVarUint(encoder, clock);
        }
      }),
    learn: (update, seq) => {
      const { structs, ds } = Y.decodeUpdate(update);
      for (const run of runsOf(structs, seq)) learnRun(run);
      if (ds.clients.size > 0) deletes.push(ds);
      if (deletes.length > UNMERGED_DELETES) mergedDeletes();
    },
    advance: (seq) => {
      cursor = Math.max(cursor, seq);
    },
    missed: (seq) => {
      firstMissed = Math.min(firstMissed ?? seq, seq);
    },
    isWhole: () => firstMissed === undefined,
    reopen: () => {
      cursor = readSoFar();
      firstMissed = undefined;
    },
    forgetContent,
    startOver: () => {
      cursor = 0;
      firstMissed = undefined;
      forgetContent();
    },
    store: () => ({ cursor: readSoFar(), content: content(), arrivals: [...arrivals], floor }),
    restore: (stored) => {
      cursor = stored.cursor;
      states = new Map(stored.content.sv);
      deletes = [stored.content.ds];
      arrivals = [...stored.arrivals];
      behindHoles = new Map();
      floor = stored.floor;
    },
  };
};

/** What one client wrote in a row. */
const runsOf = (structs: ReturnType<typeof Y.decodeUpdate>["structs"], seq: number): readonly Arrival[] => {
  const runs: Arrival[] = [];
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue;
    const { client, clock: start } = struct.id;
    const run = { client, start, end: start + struct.length, seq };
    const last = runs.at(-1);
    if (last?.client === client && last.end === start) runs[runs.length - 1] = { ...run, start: last.start };
    else runs.push(run);
  }
  return runs;
};

/** Lowest first; what touches is one, and came with the larger number. */
const withRun = (runs: readonly Arrival[], added: Arrival): readonly Arrival[] => {
  const touches = ({ start, end }: Arrival): boolean => start <= added.end && added.start <= end;
  const joined = runs.filter(touches).reduce(
    (all, { start, end, seq }) => ({
      ...all,
      start: Math.min(all.start, start),
      end: Math.max(all.end, end),
      seq: Math.max(all.seq, seq),
    }),
    added,
  );
  return [...runs.filter((run) => !touches(run)), joined].toSorted((a, b) => a.start - b.start);
};

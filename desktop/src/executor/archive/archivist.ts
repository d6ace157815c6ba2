/**
 * Keeps the live document small: moves old finished tasks into segments, and keeps every segment within the phones'
 * reach.
 * 1. [AR1] The sealed segment is on this disk and acknowledged by a relay before its rows leave the document. A crash in
 *    between leaves the rows where they are, and a segment that nobody names.
 * 2. A segment that no relay has (lost, expired, a new epoch) is sent again and its reference replaced. A relay that
 *    came later gets its copy under the same reference.
 * 3. A segment that this disk lacks is taken back from the room of an ended epoch.
 * 4. One thing at a time; what fails is tried again at the next round and never blocks the rest.
 */
import * as Y from "yjs";
import type { BlobRef } from "@deskhand/doc-schema/crypto";
import {
  readArchive,
  readSegment,
  removeArchived,
  replaceArchiveReference,
  segmentToBytes,
  selectForArchive,
  type ArchiveOptions,
  type ArchiveReference,
  type IdFactory,
  type Segment,
  type SegmentId,
} from "@deskhand/doc-schema/document";
import { nothingToStop, type BlobFailure } from "@deskhand/doc-schema/sync";
import type { Result } from "@deskhand/doc-schema/wire";
import type { Clock } from "../clock.ts";
import type { SegmentFiles } from "./segment-files.ts";

const DAY_MS = 24 * 3600 * 1000;
/** Started work is looked at again this often; a relay keeps what was touched within 30 days. */
const ROUND_MS = DAY_MS / 4;
const TOUCH_EVERY_MS = 3 * DAY_MS;

/** Above this a phone opens the document noticeably later: about 150 tasks. */
const LARGE_BYTES = 512 * 1024;

/** A thread keeps a month at hand, a large one two days, and never less than a person scrolls through at once. */
export const archivePolicy = (documentBytes: number): Omit<ArchiveOptions, "now"> => ({
  keepNewest: 60,
  olderThan: (documentBytes > LARGE_BYTES ? 2 : 30) * DAY_MS,
});

export interface ArchivistPorts {
  readonly doc: () => Y.Doc;
  readonly files: SegmentFiles;
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly upload: (bytes: Uint8Array) => Promise<Result<BlobRef, BlobFailure>>;
  /** True when a relay of the present epoch has it whole: see BlobRelays of files/blob-relays.ts. */
  readonly keep: (ref: BlobRef, bytes: () => Uint8Array | undefined) => Promise<Result<boolean, BlobFailure>>;
  /** From the room of an ended epoch. */
  readonly fetchOld: (ref: BlobRef) => Promise<Uint8Array | undefined>;
  /** From now on these tasks are not shown again by the projection. Durable when it returns. */
  readonly noteArchived: (segmentId: SegmentId, segment: Segment) => void;
  readonly isNoted: (segmentId: SegmentId) => boolean;
  /** @param documentBytes what the live document takes */
  readonly policy?: typeof archivePolicy | undefined;
  /** After each round. */
  readonly onRound: (round: Round) => void;
  /** The disk failed. */
  readonly onFailure: (error: unknown) => void;
}

export interface Round {
  readonly archived: number;
  readonly renewed: number;
  /** Why not all was archived that could be. */
  readonly failure?: BlobFailure["type"] | "changed" | "wrong-reference";
}

export interface Archivist {
  /** One round, now; rounds never overlap. */
  readonly work: () => Promise<Round>;
  /** One round that looks for every segment anew: another epoch has begun, or a relay has come. */
  readonly lookAgain: () => Promise<Round>;
  readonly close: () => void;
}

export const createArchivist = (ports: ArchivistPorts): Archivist => {
  const { files, ids, clock, policy = archivePolicy } = ports;
  const touchedAt = new Map<string, number>();
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let stopTimer = nothingToStop;

  const archiveNext = async (): Promise<"done" | "nothing" | NonNullable<Round["failure"]>> => {
    const doc = ports.doc();
    const options = policy(Y.encodeStateAsUpdate(doc).length);
    const segment = selectForArchive(doc, { ...options, now: clock.now() });
    if (segment === undefined) return "nothing";
    const uploaded = await ports.upload(segmentToBytes(segment));
    if (!uploaded.ok) return uploaded.error.type;
    if (isClosed || doc !== ports.doc()) return "changed"; // it lies in the room of an ended epoch
    const id = ids.create("segment");
    files.put(id, segment);
    const { threadId, fromId, toId, lines } = segment;
    const reference = { id, threadId, fromId, toId, count: lines.length, blob: { ...uploaded.value } };
    const removed = removeArchived(doc, segment, reference);
    if (!removed.ok) {
      files.remove(id);
      return removed.error.type;
    }
    ports.noteArchived(id, segment);
    touchedAt.set(uploaded.value.id, clock.now());
    return "done";
  };

  /** This computer was restored, or its disk has lost the segment: rooms of ended epochs may still have it. */
  const recover = async ({ id, blob }: ArchiveReference): Promise<Uint8Array | undefined> => {
    const segment = readSegment((await ports.fetchOld(blob)) ?? new Uint8Array(0));
    if (segment.ok) files.put(id, segment.value);
    return files.bytesOf(id);
  };

  const renew = async (reference: ArchiveReference): Promise<boolean> => {
    const { id: blobId } = reference.blob;
    const doc = ports.doc();
    if (clock.now() - (touchedAt.get(blobId) ?? 0) < TOUCH_EVERY_MS) return false;
    const there = await ports.keep(reference.blob, () => files.bytesOf(reference.id));
    if (there.ok) touchedAt.set(blobId, clock.now());
    if (!there.ok || there.value) return false;
    const bytes = files.bytesOf(reference.id) ?? (await recover(reference));
    const uploaded = bytes === undefined ? undefined : await ports.upload(bytes);
    if (uploaded?.ok !== true || isClosed || doc !== ports.doc()) return false;
    replaceArchiveReference(doc, { ...reference, blob: { ...uploaded.value } });
    touchedAt.set(uploaded.value.id, clock.now());
    return true;
  };

  const round = async (): Promise<Round> => {
    reconcileArchive(ports.doc(), ports);
    let archived = 0;
    let renewed = 0;
    let failure: Round["failure"];
    for (;;) {
      const outcome = isClosed ? "nothing" : await archiveNext();
      if (outcome === "done") {
        archived++;
        continue;
      }
      if (outcome !== "nothing") failure = outcome;
      break;
    }
    for (const reference of readArchive(ports.doc()).entries)
      if (!isClosed && (await renew(reference))) renewed++;
    return { archived, renewed, ...(failure === undefined ? {} : { failure }) };
  };

  const work = (isAnew = false): Promise<Round> => {
    stopTimer();
    const next = turn.then(() => {
      if (isAnew) touchedAt.clear();
      return round();
    });
    next.then(ports.onRound, ports.onFailure);
    turn = next.then(
      () => undefined,
      () => undefined, // its caller has the error
    );
    if (!isClosed) stopTimer = clock.after(ROUND_MS, () => void work().catch(() => undefined)); // onFailure has it
    return next;
  };

  return {
    work: () => work(),
    lookAgain: () => work(true),
    close: () => {
      isClosed = true;
      stopTimer();
    },
  };
};

/** A crash came between a removal and its note: noted before anything of it could be shown again. */
export const reconcileArchive = (
  doc: Y.Doc,
  { files, isNoted, noteArchived }: Pick<ArchivistPorts, "files" | "isNoted" | "noteArchived">,
): void => {
  for (const { id } of readArchive(doc).entries) {
    if (isNoted(id)) continue;
    const segment = files.get(id);
    if (segment.ok) noteArchived(id, segment.value);
  }
};

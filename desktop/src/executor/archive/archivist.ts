/**
 * Keeps the live document small: moves old finished tasks into segments, and keeps every segment within the phones'
 * reach.
 * 1. [AR1] The sealed segment is on this disk and acknowledged by a relay before its rows leave the document. A crash in
 *    between leaves the rows where they are, and a segment that nobody names.
 * 2. A segment that the relay has lost, let expire, or never had (another relay, a new epoch) is sent again and its
 *    reference replaced.
 * 3. One thing at a time; what fails is tried again at the next round and never blocks the rest.
 */
import * as Y from "yjs";
import type { BlobRef } from "@deskhand/doc-schema/crypto";
import {
  readArchive,
  removeArchived,
  replaceArchiveReference,
  selectForArchive,
  type ArchiveOptions,
  type ArchiveReference,
  type IdFactory,
  type Segment,
  type SegmentId,
} from "@deskhand/doc-schema/document";
import type { BlobFailure } from "@deskhand/doc-schema/sync";
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

/** What Yjs remembers of the past is worth a new epoch when it takes more room than what is there. */
export const isHeavy = (documentBytes: number, rewrittenBytes: number): boolean =>
  documentBytes > LARGE_BYTES && documentBytes > 2 * rewrittenBytes;

export interface ArchivistPorts {
  readonly doc: () => Y.Doc;
  readonly files: SegmentFiles;
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly upload: (bytes: Uint8Array) => Promise<Result<BlobRef, BlobFailure>>;
  /** True when a relay of the present epoch has it whole; gives it a new lease. */
  readonly touch: (ref: BlobRef) => Promise<Result<boolean, BlobFailure>>;
  /** From now on these tasks are not shown again by the projection. Durable when it returns. */
  readonly noteArchived: (segmentId: SegmentId, segment: Segment) => void;
  readonly isNoted: (segmentId: SegmentId) => boolean;
  /** @param documentBytes what the live document takes */
  readonly policy?: typeof archivePolicy;
}

export interface Round {
  readonly archived: number;
  readonly renewed: number;
  /** What ended the round early. */
  readonly failure?: BlobFailure["type"] | "changed" | "wrong-reference";
}

export interface Archivist {
  /** One round, now; rounds never overlap. */
  readonly work: () => Promise<Round>;
  readonly close: () => void;
}

export const createArchivist = (ports: ArchivistPorts): Archivist => {
  const { files, ids, clock, policy = archivePolicy } = ports;
  const touchedAt = new Map<string, number>();
  let turn: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let stopTimer = (): void => {};

  const archiveNext = async (): Promise<"done" | "nothing" | NonNullable<Round["failure"]>> => {
    const options = policy(Y.encodeStateAsUpdate(ports.doc()).length);
    const segment = selectForArchive(ports.doc(), { ...options, now: clock.now() });
    if (segment === undefined) return "nothing";
    const id = ids.create("segment");
    files.put(id, segment);
    const uploaded = await ports.upload(files.bytesOf(id) ?? new Uint8Array(0));
    if (!uploaded.ok) return uploaded.error.type;
    const { threadId, fromId, toId, lines } = segment;
    const reference = { id, threadId, fromId, toId, count: lines.length, blob: { ...uploaded.value } };
    const removed = removeArchived(ports.doc(), segment, reference);
    if (!removed.ok) return removed.error.type;
    ports.noteArchived(id, segment);
    touchedAt.set(uploaded.value.id, clock.now());
    return "done";
  };

  /** A crash came between the removal and its note. */
  const reconcile = (): void => {
    for (const { id } of readArchive(ports.doc()).entries) {
      if (ports.isNoted(id)) continue;
      const segment = files.get(id);
      if (segment.ok) ports.noteArchived(id, segment.value);
    }
  };

  const renew = async (reference: ArchiveReference): Promise<boolean> => {
    const { id: blobId } = reference.blob;
    if (clock.now() - (touchedAt.get(blobId) ?? 0) < TOUCH_EVERY_MS) return false;
    const there = await ports.touch(reference.blob);
    if (there.ok) touchedAt.set(blobId, clock.now());
    if (!there.ok || there.value) return false;
    const bytes = files.bytesOf(reference.id);
    const uploaded = bytes === undefined ? undefined : await ports.upload(bytes);
    if (uploaded?.ok !== true) return false;
    replaceArchiveReference(ports.doc(), { ...reference, blob: { ...uploaded.value } });
    touchedAt.set(uploaded.value.id, clock.now());
    return true;
  };

  const round = async (): Promise<Round> => {
    reconcile();
    let archived = 0;
    let renewed = 0;
    while (!isClosed) {
      const outcome = await archiveNext();
      if (outcome === "done") archived++;
      else if (outcome === "nothing") break;
      else return { archived, renewed, failure: outcome };
    }
    for (const reference of readArchive(ports.doc()).entries)
      if (!isClosed && (await renew(reference))) renewed++;
    return { archived, renewed };
  };

  const work = (): Promise<Round> => {
    stopTimer();
    const next = turn.then(round);
    turn = next.then(
      () => undefined,
      () => undefined, // its caller has the error
    );
    if (!isClosed) stopTimer = clock.after(ROUND_MS, () => void work());
    return next;
  };

  return {
    work,
    close: () => {
      isClosed = true;
      stopTimer();
    },
  };
};

/**
 * The archive as the executor has it: segments on this disk and at the relays, the ledger's note of what left the
 * document, and search over all of it.
 * 1. What the ledger has noted as archived is not shown again and nothing is done to it; what is archived and not yet
 *    noted is noted before anything is shown (`reconcile`).
 * 2. A round when a relay is live for the first time in an epoch, or after one failed; then by its own timer.
 */
import path from "node:path";
import type * as Y from "yjs";
import type { Redacted } from "@deskhand/doc-schema/crypto";
import { parseId, type IdFactory, type Segment, type SegmentId } from "@deskhand/doc-schema/document";
import type { Clock } from "../clock.ts";
import { bytesSource } from "../files/byte-sources.ts";
import type { BlobRelays } from "../files/blob-relays.ts";
import type { Ledger } from "../ledger.ts";
import {
  createArchivist,
  reconcileArchive,
  type archivePolicy,
  type ArchivistPorts,
  type Round,
} from "./archivist.ts";
import { searchHistory, type Search } from "./search.ts";
import { openSegmentFiles } from "./segment-files.ts";

export interface ArchiveStatus {
  /** On this disk. */
  readonly segments: number;
  /** When the last round was (milliseconds since 1970). */
  readonly lookedAt?: number;
  /** Why the last round did not archive all that it could; undefined when it did. */
  readonly failure?: NonNullable<Round["failure"]>;
}

export interface Archive {
  /** Before the document's rows are projected: after a crash it may have lost some that the ledger still shows. */
  readonly reconcile: (doc: Y.Doc) => void;
  readonly search: (doc: Y.Doc, query: string, limit?: number) => Search;
  readonly status: () => ArchiveStatus;
  /** A relay of the live epoch is caught up. */
  readonly relayIsLive: (relayUrl: string) => void;
  readonly close: () => void;
}

export interface ArchivePorts {
  readonly dataDir: string;
  readonly key: Redacted<"archive-key">;
  readonly ledger: Ledger;
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly blobs: BlobRelays;
  /** See the archivist. */
  readonly fetchOld: ArchivistPorts["fetchOld"];
  /** Of the live epoch. */
  readonly doc: () => Y.Doc;
  readonly policy?: typeof archivePolicy | undefined;
  readonly onStatus: (status: ArchiveStatus) => void;
  readonly onFailure: (error: unknown) => void;
}

export const createArchive = (ports: ArchivePorts): Archive => {
  const { ledger, ids, clock, blobs, doc, onFailure } = ports;
  const files = openSegmentFiles({ ...ports, folder: path.join(ports.dataDir, "archive") });
  const closing = new AbortController();
  /** The epoch in which each relay was last seen. */
  const seen = new Map<string, number | undefined>();
  let last: { readonly at: number; readonly round: Round } | undefined;

  const status = (): ArchiveStatus => {
    const failure = last?.round.failure;
    return {
      segments: files.ids().length,
      ...(last === undefined ? {} : { lookedAt: last.at }),
      ...(failure === undefined ? {} : { failure }),
    };
  };
  const note = {
    isNoted: (id: SegmentId): boolean => ledger.state.segments.has(id),
    noteArchived: (segmentId: SegmentId, { lines }: Segment): void => {
      const keys = lines.map(({ key }) => key);
      const keysOf = <Kind extends "task" | "run" | "approval">(kind: Kind) =>
        keys.map((key) => parseId(kind, key)).filter((id) => id !== undefined);
      const gone = { taskIds: keysOf("task"), runIds: keysOf("run"), approvalIds: keysOf("approval") };
      ledger.append({ type: "tasks-archived", at: clock.now(), segmentId, ...gone });
    },
  };
  const archivist = createArchivist({
    ...note,
    doc,
    files,
    ids,
    clock,
    policy: ports.policy,
    fetchOld: ports.fetchOld,
    upload: (bytes) => blobs.upload({ source: bytesSource(bytes), signal: closing.signal }),
    keep: (ref, bytes) =>
      blobs.keep(ref, () => {
        const found = bytes();
        return found === undefined ? undefined : bytesSource(found);
      }),
    onRound: (round) => {
      last = { at: clock.now(), round };
      ports.onStatus(status());
    },
    onFailure: (error) => closing.signal.aborted || onFailure(error),
  });

  return {
    reconcile: (document) => reconcileArchive(document, { files, ...note }),
    search: (document, query, limit) => searchHistory(document, files, query, limit),
    status,
    relayIsLive: (relayUrl) => {
      const epoch = ledger.state.workspace?.epoch;
      const isKnown = seen.get(relayUrl) === epoch;
      seen.set(relayUrl, epoch);
      // Its failure is told by onFailure.
      if (!isKnown) archivist.lookAgain().catch(() => undefined);
      else if (last?.round.failure !== undefined) archivist.work().catch(() => undefined);
    },
    close: () => {
      closing.abort();
      archivist.close();
    },
  };
};

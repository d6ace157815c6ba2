/**
 * Everything that goes as sealed files between this disk and the relays: the archive, what tasks bring along, and what
 * runs have made. The executor holds one of these and tells it what happens.
 */
import path from "node:path";
import { createEpochKeys, type BlobRef, type Redacted } from "@deskhand/doc-schema/crypto";
import { isFinal, MAX_SEGMENT_BYTES, type IdFactory, type RunId } from "@deskhand/doc-schema/document";
import type { SyncPorts } from "@deskhand/doc-schema/sync";
import { createArchive, type Archive, type ArchiveStatus } from "../archive/archive.ts";
import type { archivePolicy } from "../archive/archivist.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import type { LiveEpoch } from "../epoch/live-epoch.ts";
import { loadRootKey } from "../identity.ts";
import type { Ledger } from "../ledger.ts";
import type { LedgerRecord } from "../ledger-records.ts";
import { PlainWebSocket } from "../plain-web-socket.ts";
import type { RunJournals } from "../runner/run-journal.ts";
import type { LiveSteps } from "../runner/live-steps.ts";
import type { SecretStore } from "../secret-store.ts";
import type { GrantedFolder } from "../tools/tool.ts";
import { createReceiveAttachments, type ReceiveAttachments } from "./attachments.ts";
import { createBlobRelays, type BlobRelays } from "./blob-relays.ts";
import { createResults, type Results } from "./results.ts";
import { openSentFiles } from "./sent-files.ts";

export interface FileLife {
  readonly archive: Archive;
  readonly receive: ReceiveAttachments;
  readonly results: Pick<Results, "shown" | "ask">;
  /** After each record of the ledger. */
  readonly recorded: (record: LedgerRecord) => void;
  /** A relay of the live epoch is caught up. */
  readonly relayIsLive: (relayUrl: string) => void;
  /** No run works any more, or one does. */
  readonly workChanged: () => void;
  /** Ends what is under way; it goes on at the next start. */
  readonly close: () => Promise<void>;
}

export interface FileLifePorts {
  readonly dataDir: string;
  readonly home: string;
  /** Absent: Deskhand/Inbox in the home folder. */
  readonly inboxFolder?: string | undefined;
  readonly smallBytes?: number | undefined;
  readonly archivePolicy?: typeof archivePolicy | undefined;
  readonly key: Redacted<"archive-key">;
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly live: () => LiveEpoch;
  readonly grants: () => readonly GrantedFolder[];
  readonly eventsOf: RunJournals["eventsOf"];
  readonly isWorking: () => boolean;
  readonly onLive: LiveSteps["show"];
  readonly onArchive: (status: ArchiveStatus) => void;
  readonly onFailure: (error: unknown) => void;
  /** Keeps the root keys of ended epochs. */
  readonly secretStore: SecretStore;
}

export const createFileLife = (ports: FileLifePorts): FileLife => {
  const { dataDir, home, key, ledger, clock, randomBytes, live, onFailure } = ports;
  const { state } = ledger;
  const sync: SyncPorts = { now: clock.now, randomBytes, timers: clock, WebSocket: PlainWebSocket };
  const blobs = createBlobRelays({
    sync,
    keys: () => live().keys,
    liveUrls: () => [...state.relays.keys()].filter((url) => live().links.of(url)?.status().phase === "live"),
  });
  const archive = createArchive({
    ...ports,
    blobs,
    doc: () => live().doc,
    policy: ports.archivePolicy,
    fetchOld: (ref) => fetchOld(ref, blobs, ports),
    onStatus: ports.onArchive,
  });
  const results = createResults({
    ...ports,
    state,
    blobs,
    sent: openSentFiles({ folder: path.join(dataDir, "sent"), key, randomBytes }),
    onChange: (id: RunId) => live().projection.run(id),
  });
  const receive = createReceiveAttachments({
    ...ports,
    blobs,
    inbox: ports.inboxFolder ?? path.join(home, "Deskhand", "Inbox"),
    place: { home, dataDir },
  });
  /** The epoch in which files were looked at last. */
  let looked: number | undefined;

  return {
    archive,
    receive,
    results,
    recorded: (record) => {
      if (record.type === "stopped") results.halt();
      else if (record.type === "resumed") results.tick();
      else if (record.type === "run-moved" && isFinal(record.state)) results.runEnded(record.runId);
    },
    relayIsLive: (relayUrl) => {
      archive.relayIsLive(relayUrl);
      const epoch = state.workspace?.epoch;
      try {
        if (looked === epoch) results.tick();
        else results.lookAgain();
      } catch (error) {
        onFailure(error);
      }
      looked = epoch;
    },
    workChanged: results.tick,
    close: () => {
      archive.close();
      return results.close();
    },
  };
};

/** The newest room that has it; a relay that holds a closed room still gives what lies there. */
const fetchOld = async (
  ref: BlobRef,
  blobs: BlobRelays,
  { ledger, secretStore }: FileLifePorts,
): Promise<Uint8Array | undefined> => {
  if (ref.byteLength > MAX_SEGMENT_BYTES) return undefined;
  for (let epoch = ledger.state.workspace?.epoch ?? 0; epoch > 0; epoch--) {
    const rootKey = await loadRootKey({ secretStore }, epoch);
    if (!rootKey.ok || rootKey.value === undefined) continue;
    const bytes = new Uint8Array(ref.byteLength);
    const got = await blobs.download({
      ref,
      keys: createEpochKeys(rootKey.value, epoch),
      sink: { write: async (offset, chunk) => bytes.set(chunk, offset) },
    });
    if (got.ok) return bytes;
  }
  return undefined;
};

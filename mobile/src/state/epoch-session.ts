/**
 * One epoch on this phone: its document from storage, what is not sent yet, and the way to every relay.
 * 1. What is stored is in the document before any relay is dialled; what was not sent is put back into it.
 * 2. A damaged copy starts every log from its beginning. Sync publishes nothing to a relay before it has taken all
 *    that this relay holds, so nothing goes out on the ground of an older copy.
 */
import { createEpochKeys, type DeviceId } from "@deskhand/doc-schema/crypto";
import { unsentRecords, type StructPlace, type UnsentRecord } from "@deskhand/doc-schema/document";
import { connectRoom, type RoomConnection, type SyncStatus } from "@deskhand/doc-schema/sync";
import * as Y from "yjs";
import { openDocument, type Damage } from "../device/document-store.ts";
import { documentNameOf, type EpochSecret, type Membership } from "../device/membership-store.ts";
import { openOutbox } from "../device/outbox-store.ts";
import { relaysToDial } from "../device/relay-order.ts";
import { eraseResumes, openResumeStore } from "../device/resume-store.ts";
import { browserPorts, randomBytes } from "../device/sync-ports.ts";
import type { ValueStore } from "../device/value-store.ts";

export interface EpochSessionInput {
  readonly values: ValueStore;
  readonly membership: Membership;
  /** The epoch to open: the membership's, or the one that it is on its way to. */
  readonly secret: EpochSecret;
  readonly onChange: () => void;
  /** Why what was done here cannot be stored; undefined once it can. */
  readonly onProblem: (reason: string | undefined) => void;
  /** Somebody erased this phone in another tab. */
  readonly onGone: () => void;
  /** The epoch has ended: the signed move that closed its room. Called at each connection that sees it. */
  readonly onMoved: (body: Uint8Array) => void;
}

export interface RelayLink {
  readonly url: string;
  readonly status: () => SyncStatus;
  readonly acceptHistory: () => void;
}

export interface EpochSession {
  readonly doc: Y.Doc;
  /** Absent without a relay. */
  readonly awareness: RoomConnection["awareness"] | undefined;
  readonly damage: Damage | undefined;
  readonly relays: readonly RelayLink[];
  readonly isAtRelay: (place: StructPlace) => boolean;
  /** Has that device read the log of some relay past what lies at this place? */
  readonly hasRead: (deviceId: DeviceId, place: StructPlace) => boolean;
  /** What was written here and no relay has. */
  readonly unsent: () => readonly UnsentRecord[];
  /** True once some relay's log was taken to its end since this session began. */
  readonly isCaughtUp: () => boolean;
  /** Settles when everything that was done here is stored. */
  readonly flush: () => Promise<void>;
  readonly retryNow: () => void;
  readonly close: () => Promise<void>;
}

export const openEpochSession = async (input: EpochSessionInput): Promise<EpochSession> => {
  const { values, membership, secret, onChange, onProblem, onGone, onMoved } = input;
  const name = documentNameOf(membership.workspaceId, secret.epoch);
  const keys = createEpochKeys(secret.rootKey, secret.epoch);
  const ports = { name, key: keys.localSealKey, values, randomBytes, onProblem, onGone };
  const outbox = await openOutbox(ports);
  const stored = await openDocument(ports);
  const { doc, damage } = stored;
  if (damage !== undefined) await eraseResumes(values, name);
  const resumes = await openResumeStore(values, name);
  for (const update of outbox.unsent) Y.applyUpdate(doc, update);
  doc.on("update", (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
    if (local) outbox.keep(update);
  });

  const rooms: { readonly url: string; readonly room: RoomConnection }[] = [];
  const isAtRelay = ({ client, clock }: StructPlace): boolean =>
    rooms.some(({ room }) => room.known.covers(client, clock));
  const onStatus = (): void => {
    outbox.settle((client, clock) => isAtRelay({ client, clock }));
    onChange();
  };
  // A removed phone dials nobody: it has nothing to say any more, and is told nothing.
  const urls = membership.removedAt === undefined ? relaysToDial(membership.relayUrls, location.href) : [];
  for (const url of urls) {
    const room = connectRoom({
      ...browserPorts,
      doc,
      keys,
      deviceId: membership.keys.deviceId,
      relayUrl: url,
      awareness: rooms[0]?.room.awareness,
      resume: resumes.of(url),
      onResumable: (resume) => resumes.keep(url, resume),
      onStatus,
      onMoved,
    });
    rooms.push({ url, room });
  }
  return {
    doc,
    awareness: rooms[0]?.room.awareness,
    damage,
    relays: rooms.map(({ url, room: { status, acceptHistory } }) => ({ url, status, acceptHistory })),
    isAtRelay,
    hasRead: (deviceId, { client, clock }) =>
      rooms.some(({ room }) => {
        const at = room.ackedAt(client, clock);
        return at !== undefined && room.peerCursor(deviceId) >= at;
      }),
    unsent: () => unsentRecords(doc, (place) => !outbox.holds(place)),
    isCaughtUp: () => rooms.some(({ room }) => room.status().lastLiveAt !== undefined),
    flush: async () => void (await Promise.all([stored.flush(), outbox.flush()])),
    retryNow: () => rooms.forEach(({ room }) => room.retryNow()),
    close: async () => {
      for (const { room } of rooms.toReversed()) room.destroy();
      await Promise.all([stored.close(), outbox.flush()]);
    },
  };
};

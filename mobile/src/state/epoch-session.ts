/**
 * One epoch on this phone: its document from storage, what is not sent yet, and the way to every relay.
 * 1. What is stored is in the document before any relay is dialled; what was not sent is put back into it.
 * 2. A damaged copy starts every log from its beginning. Sync publishes nothing to a relay before it has taken all
 *    that this relay holds, so nothing goes out on the ground of an older copy.
 */
import { createEpochKeys } from "@deskhand/doc-schema/crypto";
import type { StructPlace } from "@deskhand/doc-schema/document";
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
}

export interface RelayLink {
  readonly url: string;
  readonly status: () => SyncStatus;
}

export interface EpochSession {
  readonly doc: Y.Doc;
  readonly awareness: RoomConnection["awareness"];
  readonly damage: Damage | undefined;
  readonly relays: readonly RelayLink[];
  readonly isAtRelay: (place: StructPlace) => boolean;
  /** True once some relay's log was taken to its end since this session began. */
  readonly isCaughtUp: () => boolean;
  /** Settles when everything that was done here is stored. */
  readonly flush: () => Promise<void>;
  readonly retryNow: () => void;
  readonly close: () => Promise<void>;
}

export const openEpochSession = async (input: EpochSessionInput): Promise<EpochSession> => {
  const { values, membership, secret, onChange, onProblem, onGone } = input;
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
  void resumes;
  for (const url of relaysToDial(membership.relayUrls, location.href)) {
    const room = connectRoom({
      ...browserPorts,
      doc,
      keys,
      deviceId: membership.keys.deviceId,
      relayUrl: url,
      awareness: rooms[0]?.room.awareness,
      onStatus,
    });
    rooms.push({ url, room });
  }
  const [first] = rooms;
  if (first === undefined) throw new Error("relaysToDial gives at least one");
  const { awareness } = first.room;
  return {
    doc,
    awareness,
    damage,
    relays: rooms.map(({ url, room }) => ({ url, status: room.status })),
    isAtRelay,
    isCaughtUp: () => rooms.some(({ room }) => room.status().lastLiveAt !== undefined),
    flush: async () => void (await Promise.all([stored.flush(), outbox.flush()])),
    retryNow: () => rooms.forEach(({ room }) => room.retryNow()),
    close: async () => {
      for (const { room } of rooms.toReversed()) room.destroy();
      await Promise.all([stored.close(), outbox.flush()]);
    },
  };
};

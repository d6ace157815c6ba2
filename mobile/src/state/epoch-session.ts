/**
 * One epoch on this phone: its document from storage, what is not sent yet, and the way to every relay.
 * 1. What is stored is in the document before any relay is dialled; what was not sent is put back into it.
 * 2. A damaged copy starts every log from its beginning. Sync publishes nothing to a relay before it has taken all
 *    that this relay holds, so nothing goes out on the ground of an older copy.
 */
import { createEpochKeys, type EpochKeys } from "@deskhand/doc-schema/crypto";
import {
  lackingRecords,
  readMeta,
  unsentRecords,
  type StructPlace,
  type UnsentRecord,
} from "@deskhand/doc-schema/document";
import { connectRelays, type RelaySet } from "@deskhand/doc-schema/sync";
import type { PlaceDelivery } from "@deskhand/doc-schema/views";
import * as Y from "yjs";
import { openDocument, type Damage, type StoredDocument } from "../device/document-store.ts";
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

export interface EpochSession {
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  /** Of the database, and of what belongs to it. */
  readonly name: string;
  /** Those that are connected first. */
  readonly relayUrls: () => readonly string[];
  readonly awareness: RelaySet["awareness"];
  readonly damage: Damage | undefined;
  readonly relays: RelaySet;
  /**
   * How far what lies at this place has come. What this phone has not got rid of is saved here; all else came from a
   * relay or was acknowledged by one, also when none is known at the moment.
   */
  readonly deliveryAt: PlaceDelivery;
  /** What was written here and no relay has, or the next epoch's document lacks: a relay may have lost it. */
  readonly unsent: (fresh: Y.Doc) => readonly UnsentRecord[];
  /** True once some relay's log was taken to its end since this session began. */
  readonly isCaughtUp: () => boolean;
  /** Settles when everything that was done here is stored. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export const openEpochSession = async (input: EpochSessionInput): Promise<EpochSession> => {
  const { values, membership, secret, onChange, onProblem, onGone, onMoved } = input;
  const name = documentNameOf(membership.workspaceId, secret.epoch);
  const keys = createEpochKeys(secret.rootKey, secret.epoch);
  const ports = { name, key: keys.localSealKey, values, randomBytes, onProblem, onGone };
  const outbox = await openOutbox({ ...ports, isDocumentStored: () => stored.isStored() });
  const stored: StoredDocument = await openDocument({ ...ports, onStored: () => settle() });
  const { doc, damage } = stored;
  if (damage !== undefined) await eraseResumes(values, name);
  const resumes = await openResumeStore(values, name);
  for (const update of outbox.unsent) Y.applyUpdate(doc, update);
  doc.on("update", (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
    if (local) outbox.keep(update);
  });

  /** What the document names, else what pairing gave. A removed phone dials nobody: it has nothing to say any more. */
  const urls = (): readonly string[] => {
    if (membership.removedAt !== undefined) return [];
    const { relays: named = [] } = readMeta(doc) ?? {};
    return relaysToDial(named.length > 0 ? named : membership.relayUrls, location.href);
  };
  const isAtRelay = ({ client, clock }: StructPlace): boolean =>
    [...relays.links().values()].some(({ known }) => known.covers(client, clock));
  const settle = (): void => {
    outbox.settle((client, clock) => isAtRelay({ client, clock }));
    onChange();
  };
  const relays: RelaySet = connectRelays({
    ...browserPorts,
    doc,
    keys,
    deviceId: membership.keys.deviceId,
    relayUrls: [],
    resume: resumes.of,
    onResumable: resumes.keep,
    onMoved,
    onStatus: settle,
  });
  const followRelays = (): void => relays.setRelays(urls());
  followRelays();
  doc.on("update", followRelays);

  return {
    doc,
    keys,
    name,
    relayUrls: () =>
      [...relays.links()]
        .toSorted(([, a], [, b]) => Number(b.status().phase === "live") - Number(a.status().phase === "live"))
        .map(([url]) => url),
    awareness: relays.awareness,
    damage,
    relays,
    deliveryAt: (place, executorId) => {
      const delivery = relays.delivery(place, executorId);
      return delivery === "saved" && !outbox.holds(place) ? "at-relay" : delivery;
    },
    unsent: (fresh) => [
      ...unsentRecords(doc, (place) => !outbox.holds(place) || isAtRelay(place)),
      ...lackingRecords(doc, fresh, { device: membership.keys.deviceId, now: browserPorts.now() }),
    ],
    isCaughtUp: () => relays.status().lastLiveAt !== undefined,
    flush: async () => void (await Promise.all([stored.flush(), outbox.flush()])),
    close: async () => {
      doc.off("update", followRelays);
      relays.destroy();
      await Promise.all([stored.close(), outbox.flush()]);
    },
  };
};

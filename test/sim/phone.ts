/**
 * A phone of a simulated world. It follows the desktop into a new epoch as mobile's follow-move.ts does: the key is
 * kept at once, the old document stays until the new one is here, and what no relay had is said again, once.
 */
import * as Y from "yjs";
import { createEpochKeys, redact, reveal, type EpochKeys } from "@deskhand/doc-schema/crypto";
import {
  appendRecords,
  lackingRecords,
  readMeta,
  unsentRecords,
  type StructPlace,
} from "@deskhand/doc-schema/document";
import { readMove } from "@deskhand/doc-schema/sync";
import { createDevice, type Device, type DeviceInput } from "./device.ts";
import type { EpochStores } from "./device-disk.ts";
import type { Cast, Person } from "./people.ts";
import { openSession, type Session } from "./session.ts";
import type { Machine } from "./world.ts";

export interface PhoneInput extends Omit<DeviceInput, "boot" | "keys"> {
  readonly cast: Cast;
  readonly person: Person;
  /** The epoch at its pairing. */
  readonly firstKeys: EpochKeys;
  readonly workspaceId: () => string;
}

const EPOCH = /^epoch (\d+)$/;

export const createPhone = (input: PhoneInput): Device => {
  const { cast, person, firstKeys, workspaceId, world } = input;
  const { keys } = person;

  /** Keys that it was given, by epoch; the last is where it goes. */
  const keysOf = (device: Device): readonly EpochKeys[] => [
    firstKeys,
    ...[...device.disk.secrets].flatMap(([name, secret]) => {
      const epoch = EPOCH.exec(name)?.[1];
      return epoch === undefined ? [] : createEpochKeys(redact("root-key", secret), Number(epoch));
    }),
  ];

  const keepOutbox = (machine: Machine, session: Session): void => {
    const { doc, stores } = session;
    for (const update of stores.outbox.content) Y.applyUpdate(doc, update);
    doc.on("update", (update: Uint8Array, _origin: unknown, _doc: Y.Doc, { local }: Y.Transaction) => {
      if (local && machine.isAlive) stores.outbox.write(0, (outbox) => void outbox.add(update));
    });
    stores.document.onIdle(() => settleOutbox(machine, session));
  };

  const boot = (machine: Machine, _ids: unknown, device: Device): (() => Session) => {
    const { disk } = device;
    const open = (epochKeys: EpochKeys, onMoved: (body: Uint8Array) => void, onLive: () => void): Session => {
      const session: Session = openSession({
        ...input,
        machine,
        disk,
        keys: epochKeys,
        deviceId: keys.deviceId,
        storage: "events",
        onMoved,
        onLive,
        onStatus: () => settleOutbox(machine, session),
      });
      keepOutbox(machine, session);
      return session;
    };

    /** The document that the person sees, and the one that it is on its way to. */
    let here: Session;
    let next: Session | undefined;
    let arriving: Session | undefined;
    /** What closed the room at which it arrives: looked at when it is there, as the real one goes on epoch by epoch. */
    let movedMeanwhile: (() => void) | undefined;
    const sayAgain = (from: Session, to: Session): void => {
      appendRecords(to.doc, [
        ...unsentRecords(from.doc, (place) => !holds(from.stores, place) || isAtRelay(from)(place)),
        ...lackingRecords(from.doc, to.doc, { device: keys.deviceId, now: world.now() }),
      ]);
    };
    const afterAllIsStored = ({ stores }: Session, run: () => void): void =>
      stores.outbox.write(0, () => {
        if (machine.isAlive) stores.document.write(0, run);
      });
    /** Only when all of it is here the epoch that it came from is not needed any more. */
    const leave = (from: Session): void =>
      afterAllIsStored(here, () => {
        disk.erase(from.keys.epoch);
        disk.secrets.delete("previous");
      });
    /** Nobody writes in the new document before it is stored that this is the one. */
    const arrive = (): void => {
      const to = next;
      if (to === undefined || to === arriving || !isCaughtUp(to) || readMeta(to.doc) === undefined) return;
      arriving = to;
      sayAgain(here, to);
      afterAllIsStored(to, () => {
        disk.secrets.set("here", Uint8Array.of(to.keys.epoch));
        disk.secrets.set("previous", Uint8Array.of(here.keys.epoch));
        if (machine.isAlive) world.as(machine, () => goOver(to));
      });
    };
    const goOver = (to: Session): void => {
      const from = here;
      sayAgain(from, to);
      here = to;
      next = undefined;
      arriving = undefined;
      from.disconnect();
      world.note(`${device.name} is in epoch ${here.keys.epoch}`);
      leave(from);
      movedMeanwhile?.();
      movedMeanwhile = undefined;
    };
    const follow = (body: Uint8Array, at: EpochKeys): void => {
      if (arriving?.keys.epoch === at.epoch) {
        movedMeanwhile = () => follow(body, at);
        return;
      }
      const move = readMove(body, {
        executorSignKey: cast.desktop.signKey,
        workspaceId: workspaceId(),
        epoch: at.epoch,
        deviceKeys: keys,
      });
      if (!move.ok) throw new Error(`${device.name}: no move of ours, ${move.error}`);
      if ("removed" in move.value) {
        device.isRemoved = true;
        next?.disconnect();
        return here.disconnect();
      }
      const { epoch, rootKey } = move.value;
      if (disk.secrets.has(`epoch ${epoch}`)) return;
      disk.writeNow(machine, () => void disk.secrets.set(`epoch ${epoch}`, reveal(rootKey)));
      goOnTo(createEpochKeys(rootKey, epoch));
    };
    const soon = (run: () => void): void => void world.after(0, "", run, machine);
    const openFor = (epochKeys: EpochKeys): Session =>
      open(
        epochKeys,
        (body) => soon(() => follow(body, epochKeys)),
        () => arrive(),
      );
    const connect = (session: Session): void => {
      if (!device.isRemoved) session.connect();
    };
    const goOnTo = (epochKeys: EpochKeys): void => {
      next?.disconnect();
      next = openFor(epochKeys);
      connect(next);
      next.doc.on("update", () => soon(arrive));
    };

    const known = keysOf(device);
    const atEpoch = disk.secrets.get("here")?.[0] ?? firstKeys.epoch;
    const keysAt = (at: number): EpochKeys => known.find(({ epoch }) => epoch === at) ?? firstKeys;
    here = openFor(keysAt(atEpoch));
    connect(here);
    const previous = disk.secrets.get("previous")?.[0];
    if (previous !== undefined) {
      const left = openFor(keysAt(previous));
      sayAgain(left, here);
      leave(left);
    }
    const last = known.at(-1);
    if (last !== undefined && last.epoch > atEpoch) goOnTo(last);
    return () => here;
  };

  return createDevice({ ...input, keys, boot });
};

/** Some relay's log was taken to its end. */
const isCaughtUp = (session: Session): boolean =>
  [...session.connections().values()].some(({ status }) => status().lastLiveAt !== undefined);

const isAtRelay =
  (session: Session) =>
  ({ client, clock }: StructPlace): boolean =>
    [...session.connections().values()].some(({ known }) => known.covers(client, clock));

const placesOf = (update: Uint8Array): readonly StructPlace[] =>
  Y.decodeUpdate(update).structs.map(({ id, length }) => ({
    client: id.client,
    clock: id.clock + length - 1,
  }));

/** Once the document is stored: what a relay has may be lost there. */
const settleOutbox = (machine: Machine, session: Session): void => {
  const { document, outbox } = session.stores;
  if (!machine.isAlive || !document.isIdle()) return;
  const isThere = isAtRelay(session);
  for (const update of outbox.content) if (placesOf(update).every(isThere)) outbox.content.delete(update);
};

const holds = ({ outbox }: EpochStores, { client, clock }: StructPlace): boolean =>
  [...outbox.content].some((update) =>
    Y.decodeUpdate(update).structs.some(
      ({ id, length }) => id.client === client && id.clock <= clock && clock < id.clock + length,
    ),
  );

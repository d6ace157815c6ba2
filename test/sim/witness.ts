/**
 * What must hold in every world, and what the world knows that no device does: which records people made, and where
 * each was safe when its device died.
 */
import * as Y from "yjs";
import {
  isFinal,
  readDecisions,
  readRuns,
  rootsOf,
  timeOfId,
  type DecisionRecord,
  type RecordMap,
} from "@deskhand/doc-schema/document";
import type { LedgerRecord } from "../../desktop/src/executor/ledger-records.ts";
import type { LedgerState } from "../../desktop/src/executor/ledger-state.ts";
import type { Device, Life } from "./device.ts";
import type { World } from "./world.ts";

export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

export interface Witness {
  /** Whatever is wrong; the first one counts. */
  readonly fail: (invariant: string, detail: string) => void;
  readonly violation: () => Violation | undefined;
  /** A person does something on this device: what records came of it is kept in mind. */
  readonly watch: (device: Device, act: (life: Life) => void) => number;
  readonly deviceDied: (device: Device, lost: Life, isLasting: (relay: string) => boolean) => void;
  /** What it wrote may come too late, and nothing of it counts from now on. */
  readonly deviceRemoved: (device: Device) => void;
  readonly checkRemoved: (devices: readonly Device[]) => void;
  readonly relayLostDisk: (relay: string, devices: readonly Device[]) => void;
  readonly ledgerGrew: (record: LedgerRecord, before: readonly LedgerRecord[]) => void;
  /** When all is quiet. */
  readonly checkDocuments: (devices: readonly Device[]) => void;
  /** From now on a device may have ignored what a relay bent. */
  readonly expectBentFrames: () => void;
  readonly checkExecutor: (state: LedgerState, journal: readonly LedgerRecord[], doc: Y.Doc) => void;
  readonly records: () => number;
}

/** As far ahead as a foreign clock is followed (ids.ts). */
const MAX_DRIFT_MS = 24 * 3600 * 1000;

const signedRoots = (doc: Y.Doc): readonly RecordMap[] => {
  const { tasks, intents, decisions } = rootsOf(doc);
  return [tasks, intents, decisions];
};
const recordKeys = (doc: Y.Doc): Set<string> => new Set(signedRoots(doc).flatMap((map) => [...map.keys()]));

/** [ID1] Ids are sorted by what follows the prefix. */
const orderOf = (id: string): string => id.slice(4);
const numberOf = ({ id }: DecisionRecord): number => Number(id.split("/")[2]);
const idsIn = (doc: Y.Doc): readonly string[] => {
  const { tasks, intents, runs, approvals } = rootsOf(doc);
  return [tasks, intents, runs, approvals].flatMap((map) => [...map.keys()]);
};

/** Everything in the document, in an order that does not depend on how it came. */
export const canonicalState = (doc: Y.Doc): string =>
  JSON.stringify(
    [...doc.share.keys()]
      .sort()
      .map((name) => {
        const isList = name.includes("/") || name === "archive";
        const content: unknown = isList ? doc.getArray(name).toJSON() : doc.getMap(name).toJSON();
        return [name, sortKeys(content)];
      })
      .filter(([, content]) => JSON.stringify(content).length > 2),
  );
const sortKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sortKeys(entry)]),
  );
};

/** Of two documents with the same structs and deletions: whether they also read the same. */
const haveEqualContent = (a: Y.Doc, b: Y.Doc): boolean => a === b || canonicalState(a) === canonicalState(b);

export const areEqual = (docs: readonly Y.Doc[]): boolean => {
  const [first, ...others] = docs.map((doc) => Y.snapshot(doc));
  return first === undefined || others.every((other) => Y.equalSnapshots(first, other));
};

interface Expected {
  readonly device: string;
  /** Relays that alone hold it; undefined: its device has it. */
  onlyAt?: Set<string>;
}

export const createWitness = (world: World): Witness => {
  const expected = new Map<string, Expected>();
  let violation: Violation | undefined;
  let isBent = false;
  const removed = new Set<string>();
  let made = 0;
  const fail = (invariant: string, detail: string): void => {
    violation ??= { invariant, detail };
  };

  const placeOf = (
    doc: Y.Doc,
    key: string,
  ): { readonly client: number; readonly clock: number } | undefined =>
    signedRoots(doc)
      .map((map) => map._map.get(key)?.id)
      .find((id) => id !== undefined);
  const storedKeys = (device: Device): Set<string> => {
    const doc = new Y.Doc();
    const updates = device.disk
      .epochs()
      .flatMap(({ document, outbox }) => [...document.content, ...outbox.content]);
    for (const update of updates) Y.applyUpdate(doc, update);
    return recordKeys(doc);
  };

  const watch = (device: Device, act: (life: Life) => void): number => {
    const life = device.life();
    if (life === undefined || !life.machine.isAlive) return 0;
    const { doc, machine } = life;
    const before = recordKeys(doc);
    const horizon = world.now() + machine.skew + MAX_DRIFT_MS;
    const newest = idsIn(doc)
      .filter((id) => timeOfId(id) <= horizon)
      .map(orderOf)
      .reduce((latest, order) => (order > latest ? order : latest), "");
    world.as(machine, () => act(life));
    const added = [...recordKeys(doc)].filter((key) => !before.has(key));
    for (const key of added) {
      if (!removed.has(device.name)) expected.set(key, { device: device.name });
      if (!key.includes("/") && orderOf(key) <= newest)
        fail(
          "[ID1] an id sorts after all that its device had seen",
          `${device.name} made ${key}, after ${newest}`,
        );
    }
    made += added.length;
    return added.length;
  };

  const deviceDied = (device: Device, lost: Life, isLasting: (relay: string) => boolean): void => {
    const stored = storedKeys(device);
    for (const [key, entry] of expected) {
      if (entry.device !== device.name || entry.onlyAt !== undefined || stored.has(key)) continue;
      const place = placeOf(lost.doc, key);
      const holders = [...lost.connections].filter(
        ([relay, { known }]) =>
          isLasting(relay) && place !== undefined && known.covers(place.client, place.clock),
      );
      if (holders.length === 0) expected.delete(key);
      else entry.onlyAt = new Set(holders.map(([relay]) => relay));
    }
  };

  const relayLostDisk = (relay: string, devices: readonly Device[]): void => {
    const stored = new Set(devices.flatMap((device) => [...storedKeys(device)]));
    for (const [key, { onlyAt }] of expected)
      if (onlyAt?.delete(relay) === true && onlyAt.size === 0 && !stored.has(key)) expected.delete(key);
  };

  const ledgerGrew = (record: LedgerRecord, before: readonly LedgerRecord[]): void => {
    if (record.type === "task-taken") {
      if (before.some((entry) => entry.type === "device-revoked" && entry.deviceId === record.deviceId))
        fail("[T25] nothing of a removed device is carried out", record.task.id);
      if (before.some((entry) => entry.type === "task-taken" && entry.task.id === record.task.id))
        fail("[IN1] each task is taken once", record.task.id);
      if (orderOf(record.runId) <= orderOf(record.task.id))
        fail("[ID1] a run sorts after its task", `${record.runId} of ${record.task.id}`);
    }
    if (record.type === "approval-spent") {
      const standing = new Map<string, DecisionRecord>();
      for (const entry of before) {
        if (entry.type === "approval-spent" && entry.approvalId === record.approvalId)
          fail("[AP2] an approval is spent once", record.approvalId);
        if (entry.type !== "decision-taken" || entry.decision.approvalId !== record.approvalId) continue;
        // A device takes its answer back by one with a larger number, in whatever order they come.
        const newest = standing.get(entry.deviceId);
        if (newest === undefined || numberOf(entry.decision) > numberOf(newest))
          standing.set(entry.deviceId, entry.decision);
      }
      if ([...standing.values()].some(({ verdict }) => verdict === "deny"))
        fail("[AP3] a deny is never lost", record.approvalId);
    }
  };

  const checkDocuments = (devices: readonly Device[]): void => {
    const lives = devices.flatMap((device) => {
      const life = device.life();
      if (life === undefined) fail("every device runs", device.name);
      return life === undefined ? [] : [{ device, life }];
    });
    for (const { device, life } of lives) {
      const { pendingStructs, pendingDs } = life.doc.store;
      if (pendingStructs !== null || pendingDs !== null) fail("nothing is pending in Yjs", device.name);
      for (const [relay, { status }] of life.connections) {
        const { phase, pending, held, ignored } = status();
        const where = `${device.name} at ${relay}`;
        if (phase !== "live")
          fail("every connection is live", `${where}: ${phase} ${JSON.stringify(status())}`);
        if (pending !== 0) fail("outboxes are empty", `${where}: ${pending}`);
        if (held !== 0) fail("no update is held", `${where}: ${held}`);
        // A relay that bends frames makes a device ignore them, and count them for as long as it runs.
        if (!isBent && Object.keys(ignored).length > 0)
          fail("nothing was ignored", `${where}: ${JSON.stringify(ignored)}`);
      }
    }
    const [first] = lives;
    if (first === undefined) return;
    for (const { device, life } of lives) {
      if (!areEqual([first.life.doc, life.doc]) || !haveEqualContent(first.life.doc, life.doc))
        fail("all documents are equal", `${first.device.name} and ${device.name}`);
      const there = recordKeys(life.doc);
      for (const [key, entry] of expected)
        if (!there.has(key))
          fail("no safe record is lost", `${key} of ${entry.device} is not on ${device.name}`);
    }
  };

  const checkExecutor = (state: LedgerState, journal: readonly LedgerRecord[], doc: Y.Doc): void => {
    for (const id of rootsOf(doc).tasks.keys()) {
      const times = journal.filter((entry) => entry.type === "task-taken" && entry.task.id === id).length;
      const isLate = state.late.some((record) => record.id === id); // it came when its device was removed already
      if (times !== (isLate ? 0 : 1)) fail("each task is taken exactly once", `${id}: ${times} times`);
    }
    for (const { value, device } of readDecisions(doc).entries) {
      if (!state.handled.has(value.id)) fail("each answer is handled", value.id);
      const approval = state.approvals.get(value.approvalId);
      const answer = approval?.answers.get(device)?.decision;
      if (value.verdict === "deny" && approval?.state === "pending" && answer === undefined)
        fail("[AP3] a deny is never lost", `${value.id}: the approval is pending`);
    }
    const shown = new Map(readRuns(doc).entries.map((run) => [run.id as string, run]));
    for (const { id, state: at } of state.runs.values())
      if (shown.get(id)?.state !== at)
        fail("the document shows the ledger", `${id} is ${at}, shown as ${shown.get(id)?.state}`);
    const ended = [...state.runs.values()].filter((run) => isFinal(run.state)).length;
    world.note(`ledger: ${state.runs.size} runs, ${ended} ended, ${state.approvals.size} approvals`);
  };

  const deviceRemoved = (device: Device): void => {
    removed.add(device.name);
    for (const [key, entry] of expected) if (entry.device === device.name) expected.delete(key);
  };
  const checkRemoved = (devices: readonly Device[]): void => {
    for (const device of devices) {
      if (!device.isRemoved) fail("a removed device is told so", device.name);
      const connections = device.life()?.connections.size ?? 0;
      if (connections > 0) fail("a removed device dials nobody", device.name);
    }
  };

  return {
    fail,
    deviceRemoved,
    checkRemoved,
    violation: () => violation,
    watch,
    deviceDied,
    relayLostDisk,
    ledgerGrew,
    expectBentFrames: () => {
      isBent = true;
    },
    checkDocuments,
    checkExecutor,
    records: () => made,
  };
};

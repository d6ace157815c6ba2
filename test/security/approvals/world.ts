/**
 * A computer that may die at any moment, with the real ledger and journal on a real file, the real gate, intake,
 * epochs and runner, and a document of signed records. What lies on its disk and in the document outlives it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createEpochKeys, redact, type DeviceId } from "@deskhand/doc-schema/crypto";
import { createIdFactory } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import * as Y from "yjs";
import type { Clock } from "../../../desktop/src/executor/clock.ts";
import type { DocumentStore } from "../../../desktop/src/executor/document-store.ts";
import { createEpochs, type Epochs } from "../../../desktop/src/executor/epoch/epochs.ts";
import type { EpochStart, LiveEpoch } from "../../../desktop/src/executor/epoch/live-epoch.ts";
import { loadRootKey } from "../../../desktop/src/executor/identity.ts";
import { createIntake, type Intake } from "../../../desktop/src/executor/intake.ts";
import { nodeDisk, type Disk } from "../../../desktop/src/executor/journal-file.ts";
import { openLedger, type Ledger } from "../../../desktop/src/executor/ledger.ts";
import { createApprovalGate, type ApprovalGate } from "../../../desktop/src/executor/runner/approval-gate.ts";
import type { Budget } from "../../../desktop/src/executor/limits.ts";
import { NOTHING_USED } from "../../../desktop/src/executor/runner/budget.ts";
import { decideCall } from "../../../desktop/src/executor/runner/decide-call.ts";
import { driveRun } from "../../../desktop/src/executor/runner/drive-run.ts";
import { createLateWork } from "../../../desktop/src/executor/runner/late-work.ts";
import { createQuestionDesk } from "../../../desktop/src/executor/runner/question-desk.ts";
import { createPathLocks } from "../../../desktop/src/executor/runner/path-locks.ts";
import { createRunJournals, type RunJournals } from "../../../desktop/src/executor/runner/run-journal.ts";
import type { SecretName, SecretStore } from "../../../desktop/src/executor/secret-store.ts";
import { revokeDevice } from "../../../desktop/src/executor/workspace.ts";
import { NOW } from "../../fixtures/workspace-doc.ts";
import type { Random } from "../../sim/random.ts";
import {
  createDrop,
  EXECUTOR,
  executorOnly,
  FIRST_ROOT_KEY,
  GRANT,
  model,
  NO_AUDIT,
  RUN_ID,
} from "./scene.ts";

/** Thrown out of whatever was going on when the machine died. */
export class Died extends Error {}

export interface World {
  readonly now: () => number;
  readonly pass: (milliseconds: number) => void;
  /** The live document; phones write into it. */
  readonly doc: () => Y.Doc;
  readonly ledger: () => Ledger["state"];
  /** Calls whose effect happened, each time it did. */
  readonly effects: readonly number[];
  readonly version: (call: number) => number;
  readonly edit: (call: number) => void;
  readonly lockKeychain: (isLocked: boolean) => void;
  /** The machine dies at the point with this number, counted from now. */
  readonly dieAt: (point: number | undefined) => void;
  /** Opens everything from the disk, as a start does. */
  readonly start: () => Promise<void>;
  readonly scan: () => void;
  readonly drive: () => Promise<void>;
  readonly revoke: (device: DeviceId) => void;
  readonly renewIfDue: () => Promise<void>;
  readonly rotate: () => Promise<void>;
  readonly cancel: () => void;
  /** What the ledger's file holds, read as text: the disk's word, not the state's. */
  readonly onDisk: () => readonly DiskLine[];
  readonly close: () => void;
}

export interface DiskLine {
  readonly type: string;
  readonly deviceId?: string;
  readonly state?: string;
}

interface Life {
  readonly ledger: Ledger;
  readonly gate: ApprovalGate;
  readonly journals: RunJournals;
  readonly epochs: Epochs;
  intake: Intake;
}

/** Budgets ask questions of their own. */
const UNLIMITED: Budget = { microDollars: null, tokens: null, steps: null, minutes: null, files: null };

const NEVER = new AbortController().signal;

export const createWorld = (folder: string, random: Random, beginning: string): World => {
  const file = path.join(folder, "ledger.jsonl");
  mkdirSync(path.join(folder, "runs"), { recursive: true });
  writeFileSync(file, beginning);
  let now = NOW;
  let deathAt: number | undefined;
  let isDead = false;
  let isLocked = false;
  let life: Life | undefined;
  const effects: number[] = [];
  const versions = new Map<number, number>();
  const docs = new Map<number, Y.Doc>([[1, new Y.Doc()]]);
  const secrets = new Map<SecretName, Uint8Array>([["root-key", FIRST_ROOT_KEY]]);

  /** True when this is the point at which it dies. */
  const isLast = (): boolean => deathAt !== undefined && deathAt-- <= 0;
  const die = (): never => {
    isDead = true;
    deathAt = undefined;
    throw new Died("the machine died");
  };
  const point = (): void => {
    if (isDead || isLast()) die();
  };
  const disk: Disk = {
    write: (handle, bytes) => {
      point();
      if (isLast()) {
        nodeDisk.write(handle, bytes.subarray(0, random.below(bytes.length))); // a torn line
        die();
      }
      nodeDisk.write(handle, bytes);
      point();
    },
    sync: () => undefined, // what is written stays: this disk loses nothing but the end of a torn line
  };
  const secretStore: SecretStore = {
    load: async (name) => ok(secrets.get(name)),
    save: async (name, bytes) => {
      if (isLocked) return { ok: false, error: { type: "keychain-unavailable" } };
      secrets.set(name, bytes);
      return ok(undefined);
    },
  };
  const clock: Clock = { now: () => now, after: () => () => undefined };
  const ids = createIdFactory({ now: clock.now, randomBytes: random.bytes });
  const version = (call: number): number => versions.get(call) ?? 1;
  const drop = createDrop({
    version,
    effects,
    drop: (call) => {
      point();
      effects.push(call);
      point();
    },
  });
  const alive = (): Life => {
    if (life === undefined) throw new Error("the machine is off");
    return life;
  };
  const storeOf = (epoch: number, doc: Y.Doc): DocumentStore => {
    docs.set(epoch, doc);
    return { doc, isIncomplete: false, flush: () => true, close: () => undefined };
  };
  const docOf = (epoch: number): Y.Doc => {
    const doc = docs.get(epoch);
    if (doc === undefined) throw new Error(`epoch ${epoch} has no document`);
    return doc;
  };

  const start = async (): Promise<void> => {
    life?.ledger.close();
    life?.journals.closeAll();
    isDead = false;
    const opened = openLedger(file, { executor: executorOnly }, disk);
    if (!opened.ok) throw new Error(`the ledger cannot be opened: ${opened.error.type}`);
    const ledger = opened.value;
    const epoch = ledger.state.workspace?.epoch ?? 1;
    const rootKey = await loadRootKey({ secretStore }, epoch);
    if (!rootKey.ok || rootKey.value === undefined) throw new Error("the epoch's key is lost");
    const gate = createApprovalGate({ ledger, ids, now: clock.now });
    const journals = createRunJournals({
      folder: path.join(folder, "runs"),
      model: model.name,
      ids,
      now: clock.now,
      runs: ledger.state.runs,
      disk,
      onAppend: () => undefined,
    });
    const takeIn = (doc: Y.Doc): Intake =>
      createIntake({
        doc,
        state: ledger.state,
        ids,
        now: clock.now,
        onTask: () => ok(undefined),
        onIntent: () => ok(undefined),
        onDecision: gate.take,
        onRefused: (id, word, isFinal) => {
          if (isFinal) ledger.append({ type: "record-refused", at: now, id, word });
        },
      });
    const epochs = createEpochs({
      ledger,
      audit: NO_AUDIT,
      clock,
      secretStore,
      randomBytes: random.bytes,
      documents: {
        open: (keys) => storeOf(keys.epoch, docOf(keys.epoch)),
        openFresh: (keys) => storeOf(keys.epoch, new Y.Doc()),
        removeOthers: () => undefined,
      },
      first: {
        rootKey: rootKey.value,
        keys: createEpochKeys(redact("root-key", FIRST_ROOT_KEY), 1),
        document: storeOf(epoch, docOf(epoch)),
        presence: {
          deviceId: EXECUTOR.deviceId,
          role: "executor",
          appVersion: "0",
          onlineSince: 0,
          power: "awake",
        },
      },
      begin: (from) => liveEpoch(from),
      withdraw: gate.withdraw,
      onEpoch: ({ doc }) => {
        alive().intake = takeIn(doc);
        scan();
      },
    });
    life = { ledger, gate, journals, epochs, intake: takeIn(epochs.live().doc) };
  };

  const scan = (): void => alive().intake.scan();

  const drive = async (): Promise<void> => {
    const { ledger, gate, journals } = alive();
    const run = ledger.state.runs.get(RUN_ID);
    if (run === undefined) throw new Error("the run is lost");
    const { id: runId, task } = run;
    await driveRun(
      { runId, taskId: task.id, locale: "en", journal: journals.of(run), signal: NEVER, isHeld: () => false },
      {
        model,
        tools: new Map([[drop.name, drop]]),
        grants: () => [GRANT],
        decide: decideCall,
        gate,
        notes: () => [],
        limits: () => ({ runsAtOnce: 1, perRun: UNLIMITED, perDay: UNLIMITED }),
        dayUse: () => ({ day: 0, used: NOTHING_USED, extended: NOTHING_USED }),
        questions: createQuestionDesk({ ledger, ids, now: clock.now }),
        audit: NO_AUDIT,
        ids,
        clock,
        randomBytes: random.bytes,
        late: createLateWork(),
        locks: createPathLocks(),
        onLive: () => undefined,
        onText: () => undefined,
      },
    );
    if (isDead) throw new Died("the machine died");
  };

  return {
    now: clock.now,
    pass: (milliseconds) => {
      now += milliseconds;
    },
    doc: () => alive().epochs.live().doc,
    ledger: () => alive().ledger.state,
    effects,
    version,
    edit: (call) => void versions.set(call, version(call) + 1),
    lockKeychain: (locked) => {
      isLocked = locked;
    },
    dieAt: (at) => {
      deathAt = at;
    },
    start,
    scan,
    drive,
    revoke: (device) => {
      const place = { ledger: alive().ledger, audit: NO_AUDIT, ids, now: clock.now, keys: EXECUTOR };
      revokeDevice(place, device, "lost");
    },
    renewIfDue: async () => void (await alive().epochs.renewIfDue()),
    rotate: async () => void (await alive().epochs.renew("asked")),
    cancel: () => {
      const { ledger, gate, journals } = alive();
      const run = ledger.state.runs.get(RUN_ID);
      if (run === undefined) throw new Error("the run is lost");
      journals.of(run).append({ type: "cancel", at: now });
      for (const id of ledger.state.approvals.keys()) gate.withdraw(id);
    },
    onDisk: () =>
      readFileSync(file, "utf8")
        .split("\n")
        .slice(0, -1) // the rest is torn, or nothing
        .map((line) => JSON.parse(line) as DiskLine), // our own file
    close: () => {
      life?.ledger.close();
      life?.journals.closeAll();
    },
  };
};

/** Of an epoch, renewing asks for no more than this. */
const liveEpoch = ({ rootKey, keys, document, presence }: EpochStart): LiveEpoch =>
  ({
    rootKey,
    keys,
    doc: document.doc,
    links: { presence: () => presence },
    close: () => undefined,
  }) as unknown as LiveEpoch;

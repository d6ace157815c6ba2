/**
 * What people wrote into the document, taken out of it: signed records, verified against the ledger's own devices.
 * 1. [IN1] Each id is handed on once, also after a restart or when an old relay log is shown again.
 * 2. Nothing that cannot be verified is handed on. It is refused by a word, counted, and never stops the rest.
 * 3. The document is only read; who may do what comes from the ledger.
 */
import type * as Y from "yjs";
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  decisionKind,
  intentKind,
  NARROWING_INTENTS,
  readSigned,
  rootsOf,
  taskKind,
  verifySigned,
  type DecisionRecord,
  type IdFactory,
  type IntentRecord,
  type RecordError,
  type RecordKind,
  type RecordMap,
  type Role,
  type TaskRecord,
  type VerifyError,
} from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { LedgerState } from "./ledger-state.ts";
import type { NoteRefusal } from "./memory/notes.ts";
import type { DecisionRefusal } from "./runner/approval-gate.ts";

export type RefusalWord =
  | RecordError["type"]
  | VerifyError["type"]
  | DecisionRefusal
  | "foreign-decision"
  | "too-old"
  | "from-the-future"
  | "expired"
  | "unknown-target"
  | "archived"
  | "already-started"
  | "already-ended"
  | "not-ended"
  | "in-a-circle"
  | "unknown-choice"
  | NoteRefusal
  | "not-supported";

export interface IntakePorts {
  readonly doc: Y.Doc;
  readonly state: LedgerState;
  readonly ids: IdFactory;
  readonly now: () => number;
  readonly onTask: (task: TaskRecord, device: DeviceId) => Result<void, RefusalWord>;
  readonly onIntent: (intent: IntentRecord, device: DeviceId) => Result<void, RefusalWord>;
  readonly onDecision: (decision: DecisionRecord, device: DeviceId) => Result<void, RefusalWord>;
  /** `isFinal`: a certified device wrote it and it will never fit, so it may be remembered by its id. */
  readonly onRefused: (id: string, word: RefusalWord, isFinal: boolean) => void;
}

export interface Intake {
  /** Takes in what is new. Tasks before orders before answers, each in the order of their ids. */
  readonly scan: () => void;
  /** Looks again at what was refused: a device was certified. */
  readonly reconsider: () => void;
  readonly refusals: () => Readonly<Partial<Record<RefusalWord, number>>>;
}

/** A phone that lay in a drawer for longer than this does not start work. */
const OLDEST_MS = 30 * 24 * 3600 * 1000;
/** As far ahead as a foreign clock is followed (see ids.ts). */
const NEWEST_AHEAD_MS = 24 * 3600 * 1000;

/** A later moment may make these fit; or the id is another device's. */
const NOT_FINAL: readonly RefusalWord[] = [
  "from-the-future",
  "unknown-target",
  "foreign-decision",
  "not-supported",
];

interface Authored {
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
}

export const createIntake = (ports: IntakePorts): Intake => {
  const { doc, state, ids, now, onRefused } = ports;
  const roots = rootsOf(doc);
  const refused = new Map<string, { readonly text: string; readonly word: RefusalWord }>();
  const counts: Partial<Record<RefusalWord, number>> = {};

  const refuse = (key: string, text: string, word: RefusalWord, isAuthentic: boolean): void => {
    refused.set(key, { text, word });
    counts[word] = (counts[word] ?? 0) + 1;
    onRefused(key, word, isAuthentic && !NOT_FINAL.includes(word));
  };

  const freshness = ({ createdAt, expiresAt }: Authored): RefusalWord | undefined => {
    if (createdAt > now() + NEWEST_AHEAD_MS) return "from-the-future";
    if (createdAt < now() - OLDEST_MS) return "too-old";
    return expiresAt !== undefined && now() >= expiresAt ? "expired" : undefined;
  };

  const verify = <Value extends Authored>(
    kind: RecordKind<Value>,
    key: string,
    text: string,
    roleFor: (value: Value) => Role | undefined,
  ): Result<{ readonly value: Value; readonly device: DeviceId }, RefusalWord> => {
    const read = readSigned(kind, text);
    if (!read.ok) return err(read.error.type);
    const { value, device } = read.value;
    if (value.id !== key) return err("wrong-key");
    const verified = verifySigned(kind, read.value, (id) => state.devices.get(id), roleFor(value));
    return verified.ok ? ok({ value, device }) : err(verified.error.type);
  };

  const take = <Value extends Authored>(
    map: RecordMap,
    kind: RecordKind<Value>,
    roleFor: (value: Value) => Role | undefined,
    hand: (value: Value, device: DeviceId) => Result<void, RefusalWord>,
  ): boolean => {
    let hasTaken = false;
    const fresh = [...map.entries()].filter(
      ([key, text]) => !state.handled.has(key) && refused.get(key)?.text !== text,
    );
    for (const [key, text] of fresh.sort(([a], [b]) => (a < b ? -1 : 1))) {
      const verified = verify(kind, key, text, roleFor);
      if (!verified.ok) {
        refuse(key, text, verified.error, false);
        continue;
      }
      ids.observe(key);
      const word = freshness(verified.value.value);
      const handed = word === undefined ? hand(verified.value.value, verified.value.device) : err(word);
      if (handed.ok) hasTaken = true;
      else refuse(key, text, handed.error, true);
    }
    return hasTaken;
  };
  /** What they are about may have come. */
  const forgetUnknownTargets = (): void => {
    for (const [key, { word }] of refused) if (word === "unknown-target") refused.delete(key);
  };

  return {
    scan: () => {
      if (take(roots.tasks, taskKind, () => "send", ports.onTask)) forgetUnknownTargets();
      take(roots.intents, intentKind, roleForIntent, ports.onIntent);
      take(
        roots.decisions,
        decisionKind,
        () => "approve",
        (decision, device) =>
          isOwnDecision(decision, device) ? ports.onDecision(decision, device) : err("foreign-decision"),
      );
    },
    reconsider: () => refused.clear(),
    refusals: () => counts,
  };
};

/** [AP4] Narrow anywhere: any certified device may stop things; other orders need the send role, answers either role. */
const roleForIntent = ({ type }: IntentRecord): Role | undefined =>
  NARROWING_INTENTS.has(type) || type === "answer" ? undefined : "send";

/** [OW3] The key names the approval and the device that signed it. */
const isOwnDecision = ({ id, approvalId }: DecisionRecord, device: DeviceId): boolean =>
  id.startsWith(`${approvalId}/${device}/`);

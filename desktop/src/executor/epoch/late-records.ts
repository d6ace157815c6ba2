/**
 * What people wrote into the room of an ended epoch after its document was carried over.
 * 1. A member's records are added to the live document as they are, once, and go the usual way from there.
 * 2. [T25] Those of a device that was removed, or is in quarantine, are shown as late and never carried out.
 * 3. [IN1] After a restore from the recovery kit, a task that the old computer may have taken is shown as interrupted.
 * 4. [AR1] What was archived meanwhile does not come back. That it was handled says nothing of it: a power cut may have
 *    come between the ledger and the document's file, and then the next epoch began without it.
 */
import type * as Y from "yjs";
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import {
  appendRecords,
  decisionKind,
  intentKind,
  LOOSE_MS,
  messageKind,
  putArchiveReference,
  readArchive,
  readRuns,
  readSigned,
  rootsOf,
  taskKind,
  threadKind,
  unsentRecords,
  verifySigned,
  type IdFactory,
  type RecordKind,
  type TaskRecord,
  type UnsentRecord,
} from "@deskhand/doc-schema/document";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Ledger } from "../ledger.ts";
import { showNeverTaken } from "../projection-restored.ts";
import type { LateRecord, OldRoom } from "./workspace-fold.ts";

/** As much of what it said as is shown (characters). */
const SHOWN_TEXT = 280;
/** More than a person reads; who floods an old room fills no disk here. */
const MAX_LATE_OF_DEVICE = 200;

export interface LateRecords {
  /**
   * Takes over what the old room holds and the live document lacks.
   * @param unplaced records that lie there and have no place in its document
   */
  readonly adopt: (old: Y.Doc, room: OldRoom, unplaced: readonly UnsentRecord[]) => void;
  /** Intake refused a record because its device was removed. */
  readonly refused: (id: string) => void;
}

export interface LateRecordsPorts {
  readonly ledger: Ledger;
  readonly audit: AuditLog;
  readonly now: () => number;
  readonly ids: IdFactory;
  readonly doc: () => Y.Doc;
}

interface Fields {
  readonly id: string;
  readonly createdAt: number;
  readonly threadId?: string | undefined;
  readonly taskId?: string | undefined;
  readonly text?: string | undefined;
  readonly prompt?: string | undefined;
  readonly questionId?: string | undefined;
}

interface Written {
  readonly record: UnsentRecord;
  readonly kind: LateRecord["kind"];
  readonly fields: Fields;
  readonly device: DeviceId;
  /** Removed, or in quarantine. */
  readonly isShutOut: boolean;
}

export const createLateRecords = ({ ledger, audit, now, ids, doc }: LateRecordsPorts): LateRecords => {
  const { devices, late, handled, quarantined, archived } = ledger.state;

  /** Whose it is, if its signature holds. */
  const read = (record: UnsentRecord): Written | undefined => {
    if (record.root === "marks") return undefined; // of the live document they are the newer ones
    const kind = KINDS[record.root];
    const signed = readSigned<Fields>(kind.record, record.value);
    if (!signed.ok) return undefined;
    const verified = verifySigned<Fields>(kind.record, signed.value, (id) => devices.get(id));
    const { value: fields, device } = signed.value;
    if (!verified.ok && verified.error.type !== "revoked-device") return undefined;
    const isShutOut = !verified.ok || quarantined.has(device);
    return { record, kind: kind.name, fields, device, isShutOut };
  };

  const missingFrom = (live: Y.Doc, said: readonly UnsentRecord[]): readonly Written[] => {
    const there = new Set(unsentRecords(live, () => false).map(({ value }) => value));
    return said.filter(({ value }) => !there.has(value)).flatMap((record) => read(record) ?? []);
  };

  /** With what it names; where that is nothing that the ledger noted, its age or a segment tells. */
  const isArchived = (live: Y.Doc, { kind, fields }: Written): boolean => {
    const { id, threadId, taskId, questionId, createdAt } = fields;
    if (kind === "task") return archived.has(id);
    if (kind !== "message" && !handled.has(id)) return false;
    if (Object.values(fields).some((named) => typeof named === "string" && archived.has(named))) return true;
    if (questionId !== undefined) return !rootsOf(live).questions.has(questionId);
    if (kind === "intent") return now() - createdAt >= LOOSE_MS;
    return (
      kind === "message" &&
      taskId === undefined &&
      readArchive(live).entries.some(
        (segment) => segment.threadId === threadId && segment.fromId <= id && id <= segment.toId,
      )
    );
  };

  /** What was handled was said before its device was removed. */
  const isLate = ({ isShutOut, fields: { id, taskId = id } }: Written): boolean =>
    isShutOut && !handled.has(id) && !handled.has(taskId);

  const noteLate = ({ kind, fields, device }: Written): void => {
    const { id } = fields;
    if (late.some((known) => known.id === id)) return;
    if (late.filter((known) => known.deviceId === device).length >= MAX_LATE_OF_DEVICE) return;
    const said = fields.text ?? fields.prompt;
    const text = said === undefined ? {} : { text: said.slice(0, SHOWN_TEXT) };
    ledger.append({ type: "late-record", at: now(), deviceId: device, id, kind, ...text });
    audit.write({ kind: "late", what: id, outcome: "not carried out", device });
  };

  /** It has a run, or none can be seen, or it lies at a relay that could not be asked when this workspace was restored. */
  const doubtfulOf = (old: Y.Doc, { url }: OldRoom, members: readonly Written[]): readonly TaskRecord[] => {
    const wasReached = ledger.state.restoredFrom?.includes(url) === true;
    const taken = new Set(readRuns(old).entries.map(({ taskId }) => taskId));
    const isNew = (id: TaskRecord["id"]): boolean =>
      wasReached && !taken.has(id) && rootsOf(old).tasks.has(id);
    return members
      .filter(({ kind }) => kind === "task")
      .flatMap(({ record }) => {
        const task = readSigned(taskKind, record.value);
        return task.ok && !isNew(task.value.value.id) ? task.value.value : [];
      });
  };

  return {
    adopt: (old, room, unplaced) => {
      const live = doc();
      const wasLost = room.reason === "document-lost"; // then also what was handled is missing
      const said = [...unsentRecords(old, () => false), ...unplaced];
      const missing = missingFrom(live, said).filter((one) => wasLost || !isArchived(live, one));
      for (const one of missing) if (isLate(one)) noteLate(one);
      const members = missing.filter((one) => !isLate(one));
      const doubtful = room.reason === "restored" ? doubtfulOf(old, room, members) : [];
      for (const { id } of doubtful)
        ledger.append({ type: "record-refused", at: now(), id, word: "restored" });
      if (wasLost) for (const segment of readArchive(old).entries) putArchiveReference(live, segment);
      if (members.length > 0)
        appendRecords(
          live,
          members.map(({ record }) => record),
        );
      if (doubtful.length > 0) showNeverTaken(live, doubtful, ids, now());
    },
    refused: (id) => {
      const refused = unsentRecords(doc(), () => false)
        .filter(({ key }) => key === id)
        .flatMap((record) => read(record) ?? []);
      for (const one of refused) if (one.isShutOut) noteLate(one);
    },
  };
};

interface ReadableKind {
  readonly name: LateRecord["kind"];
  readonly record: RecordKind<Fields>;
}

const KINDS: Readonly<Record<Exclude<UnsentRecord["root"], "marks">, ReadableKind>> = {
  threads: { name: "thread", record: threadKind },
  messages: { name: "message", record: messageKind },
  tasks: { name: "task", record: taskKind },
  intents: { name: "intent", record: intentKind },
  decisions: { name: "decision", record: decisionKind },
};

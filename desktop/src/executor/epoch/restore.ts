/**
 * A workspace on a new computer, from its recovery record: the same executor to its phones, in a new epoch.
 * 1. The document comes from the relays, along the moves of epochs that ended since the record was made. Without any
 *    relay it begins empty, and what people wrote is taken over when the old room is reached; nothing of that runs.
 * 2. [IN1] All that the document holds counts as handled: nothing runs twice, and nothing goes on by itself.
 * 3. Grants are not restored. The old computer's window is no member any more.
 * 4. The new epoch begins at once, so that the old computer, if it lives, sees that it was replaced, and stops.
 * 5. Nothing counts until the ledger is there, whole: cut short before, it is done again from the beginning.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import * as Y from "yjs";
import {
  bytesToHex,
  createEpochKeys,
  type DeviceId,
  type DeviceKeys,
  type RootKey,
} from "@deskhand/doc-schema/crypto";
import {
  carryOver,
  createIdFactory,
  deviceKind,
  readDeviceRegistry,
  readSigned,
  revocationKind,
  rootsOf,
  writeSigned,
} from "@deskhand/doc-schema/document";
import { readRoom, type ReadRoom, type RecoveryRecord, type SyncPorts } from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { openAuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import { makeRootKey, saveExecutorDevice, saveRootKey } from "../identity.ts";
import type { LedgerRecord } from "../ledger-records.ts";
import { makePrivateFolder, replacePrivateFile } from "../private-files.ts";
import { showRestored } from "../projection-restored.ts";
import type { SecretError, SecretStore } from "../secret-store.ts";
import { createEpochDocuments } from "./epoch-documents.ts";
import { saveKit, type KitPublicPart } from "./recovery-kit.ts";

export interface RestoreInput {
  /** Without a workspace in it. */
  readonly dataDir: string;
  readonly secretStore: SecretStore;
  readonly deviceName: string;
  readonly record: RecoveryRecord;
  readonly kit: KitPublicPart;
  /** Besides those of the record. */
  readonly relayUrls: readonly string[];
  readonly sync: SyncPorts;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  /** How long a relay may take (milliseconds). */
  readonly timeoutMs: number;
}

export type RestoreError = SecretError | { readonly type: "not-empty" | "disk-failed" };

export interface Restored {
  /** The relays from which the document came; none: it begins empty. */
  readonly reached: readonly string[];
  readonly devices: number;
}

export const restoreWorkspace = async (input: RestoreInput): Promise<Result<Restored, RestoreError>> => {
  const { dataDir, record, clock, randomBytes } = input;
  const ledgerFile = path.join(dataDir, "ledger.jsonl");
  if (existsSync(ledgerFile)) return err({ type: "not-empty" });
  makePrivateFolder(dataDir);
  const room = await readRoom({
    ...record,
    ports: input.sync,
    relayUrls: relaysOf(input).map(({ url }) => url),
    timeoutMs: input.timeoutMs,
  });
  const saved = await saveSecrets(input, room);
  if (!saved.ok) return saved;
  const epoch = room.epoch + 1;
  const keys = createEpochKeys(saved.value, epoch);
  const ids = createIdFactory({ now: clock.now, randomBytes });
  for (const id of idsIn(room)) ids.observe(id);

  let isSound = true;
  const onFailure = (): void => {
    isSound = false;
  };
  const documents = createEpochDocuments({ dataDir, randomBytes, clock, onFailure });
  documents.removeOthers(epoch);
  const document = documents.openFresh(keys);
  carryOver(room.doc, document.doc, { epoch });
  showRestored(document.doc, ids, clock.now());
  document.close();
  if (!isSound) return err({ type: "disk-failed" });

  const records = ledgerOf(input, room, bytesToHex(keys.roomId));
  const audit = openAuditLog(path.join(dataDir, "audit.jsonl"), clock.now);
  if (!audit.ok) return err({ type: "not-empty" });
  audit.value.write({ kind: "restored", what: record.workspaceId, outcome: `epoch ${epoch}` });
  audit.value.close();
  replacePrivateFile(ledgerFile, Buffer.from(records.map((line) => `${JSON.stringify(line)}\n`).join("")));
  const devices = records.filter(({ type }) => type === "device-certified").length;
  return ok({ reached: room.reached, devices });
};

/** By the addresses that phones dial: the old computer's own may lead nowhere from here. */
const relaysOf = ({ record, relayUrls }: RestoreInput): RecoveryRecord["relays"] => {
  const known = new Map(record.relays.map(({ publicUrl }) => [publicUrl, { url: publicUrl, publicUrl }]));
  for (const url of relayUrls) if (!known.has(url)) known.set(url, { url, publicUrl: url });
  return [...known.values()];
};

/** The next epoch's root key, when all keys are saved. */
const saveSecrets = async (
  input: RestoreInput,
  { epoch, rootKey }: ReadRoom,
): Promise<Result<RootKey, SecretError>> => {
  const { record, kit } = input;
  const own = await saveExecutorDevice(input, record.executorKeys);
  if (!own.ok) return own;
  const old = await saveRootKey(input, epoch, rootKey);
  if (!old.ok) return old;
  const saved = await saveKit(input, kit);
  return saved.ok ? makeRootKey(input, epoch + 1) : saved;
};

/** Of all that people wrote. */
const idsIn = ({ doc }: ReadRoom): readonly string[] => {
  const { tasks, intents, decisions } = rootsOf(doc);
  return [tasks, intents, decisions].flatMap((root) => [...root.keys()]);
};

interface KnownDevice {
  readonly id: DeviceId;
  readonly kind: string;
  readonly text: string;
  readonly revocation?: string | undefined;
}

/** Those of the record and those of the document, each with the executor's signature; revoked in one is revoked. */
const devicesIn = ({ record }: RestoreInput, { doc }: ReadRoom): readonly KnownDevice[] => {
  const both = new Y.Doc();
  const roots = rootsOf(both);
  for (const root of ["devices", "revocations"] as const)
    for (const [id, text] of rootsOf(doc)[root].entries()) roots[root].set(id, text);
  for (const { text, revocation } of record.devices) {
    const read = readSigned(deviceKind, text);
    if (!read.ok) continue;
    const { id } = read.value.value;
    if (!roots.devices.has(id)) roots.devices.set(id, text);
    if (revocation !== undefined && !roots.revocations.has(id)) roots.revocations.set(id, revocation);
  }
  return readDeviceRegistry(both, record.executorKeys.signKey)
    .all()
    .map(({ record: { id, kind }, revokedAt }) => ({
      id,
      kind,
      text: roots.devices.get(id) ?? "",
      ...(revokedAt === undefined ? {} : { revocation: roots.revocations.get(id) }),
    }));
};

/** The window of a computer that is not there any more. */
const endOf = (id: DeviceId, createdAt: number, keys: DeviceKeys): string =>
  writeSigned(revocationKind, { id, createdAt, reason: "restored on another computer" }, keys);

const ledgerOf = (input: RestoreInput, room: ReadRoom, roomId: string): readonly LedgerRecord[] => {
  const { record, clock } = input;
  const { executorKeys } = record;
  const at = clock.now();
  const oldRoomId = bytesToHex(createEpochKeys(room.rootKey, room.epoch).roomId);
  const devices = devicesIn(input, room);
  const certified = devices.map(({ id, text }): LedgerRecord => ({
    type: "device-certified",
    at,
    deviceId: id,
    text,
  }));
  const revoked = devices.flatMap(({ id, kind, revocation }): LedgerRecord[] => {
    const end = revocation ?? (kind === "window" ? endOf(id, at, executorKeys) : undefined);
    return end === undefined ? [] : [{ type: "device-revoked", at, deviceId: id, text: end }];
  });
  return [
    {
      type: "workspace-created",
      at: record.createdAt,
      workspaceId: record.workspaceId,
      threadId: record.threadId,
      executorId: executorKeys.deviceId,
      roomId: oldRoomId,
      epoch: room.epoch,
      desktopName: input.deviceName,
    },
    ...certified,
    ...revoked,
    ...relaysOf(input).map((relay): LedgerRecord => ({ type: "relay-added", at, ...relay })),
    {
      type: "workspace-restored",
      at,
      epoch: room.epoch + 1,
      handled: [...idsIn(room)],
      reached: [...room.reached],
    },
    { type: "epoch-renewed", at, epoch: room.epoch + 1, roomId, reason: "restored" },
  ];
};

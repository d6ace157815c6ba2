/**
 * A workspace without a desktop program: this process is the desktop's end of the document, and makes the phone a
 * member by writing what pairing would have stored. For journeys that need a phone often and fast.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  createDeviceKeys,
  createEpochKeys,
  redact,
  reveal,
  revealDeviceSeeds,
  type EpochKeys,
} from "@deskhand/doc-schema/crypto";
import {
  addTask,
  addThread,
  carryOver,
  createIdFactory,
  putArtifact,
  putDevice,
  putMeta,
  putReply,
  putRun,
  readTasks,
  removeArchived,
  segmentToBytes,
  selectForArchive,
  type BlobReference,
  type Preview,
} from "@deskhand/doc-schema/document";
import {
  connectRoom,
  uploadBlob,
  writeMove,
  writePresence,
  type RoomConnection,
} from "@deskhand/doc-schema/sync";
import * as Y from "yjs";
import { nodeSyncPorts } from "../../../desktop/src/host/sync-ports.ts";
import { deviceRecordText } from "../../fixtures/workspace-doc.ts";
import { until } from "./files.ts";

export interface ResultFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly preview?: Preview;
}

export interface DamageWorkspace {
  /** Of the epoch that is on now, as the three below. */
  readonly doc: () => Y.Doc;
  readonly keys: () => EpochKeys;
  readonly room: () => RoomConnection;
  readonly workspaceId: string;
  /** The phone's entry of the value store: plain numbers, so that a page can be given it. */
  readonly membership: Readonly<Record<string, unknown>>;
  /** One more message with its task and reply, as a change of its own. */
  readonly grow: (text: string, options?: { readonly isDone: boolean }) => void;
  /** A finished task with one file, which is at the relay. */
  readonly growResult: (text: string, file: ResultFile) => Promise<void>;
  /** Takes all but the newest tasks out of the document, into a sealed segment at the relay. */
  readonly archive: (keepNewest: number) => Promise<void>;
  /** Ends the epoch and begins the next, with the phone or without it. The new key is as in `membership`. */
  readonly renew: (options?: {
    readonly keepPhone: boolean;
  }) => Promise<{ readonly epoch: number; readonly rootKey: readonly number[] }>;
  /** How often each prompt is in the document, by prompt. */
  readonly prompts: () => ReadonlyMap<string, number>;
  readonly close: () => void;
}

const numbers = (bytes: Uint8Array): readonly number[] => [...bytes];
const newRootKey = () => redact("root-key", new Uint8Array(randomBytes(32)));

export const openDamageWorkspace = async (relayUrl: string): Promise<DamageWorkspace> => {
  const ids = createIdFactory({ now: Date.now, randomBytes });
  const executor = createDeviceKeys(randomBytes(32), randomBytes(32));
  const phone = createDeviceKeys(randomBytes(32), randomBytes(32));
  const threadId = ids.create("thread");
  const workspaceId = ids.create("workspace");
  const relay = relayUrl.replace(/^http/, "ws");

  const open = (doc: Y.Doc, keys: EpochKeys) => {
    const room = connectRoom({
      ...nodeSyncPorts,
      doc,
      keys,
      deviceId: executor.deviceId,
      relayUrl: relay,
      snapshot: () => Y.encodeStateAsUpdate(doc),
    });
    writePresence(room.awareness, {
      deviceId: executor.deviceId,
      role: "executor",
      appVersion: "0.1.0",
      onlineSince: Date.now(),
      power: "awake",
    });
    return { doc, keys, room };
  };
  const isLive = (): Promise<void> =>
    until("the desktop's end is live", () => now.room.status().phase === "live");

  const upload = async (bytes: Uint8Array): Promise<BlobReference> => {
    const source = {
      byteLength: bytes.length,
      read: async (offset: number, length: number) => bytes.slice(offset, offset + length),
    };
    const stored = await uploadBlob({ ...nodeSyncPorts, relayUrl: relay, keys: now.keys, source });
    if (!stored.ok) throw new Error(`the bytes are not stored: ${stored.error.type}`);
    return { ...stored.value };
  };

  const doc = new Y.Doc();
  addThread(doc, { id: threadId, createdAt: Date.now(), title: "Test" }, executor);
  putMeta(doc, {
    schema: 1,
    minReader: 1,
    workspaceId,
    epoch: 1,
    createdAt: Date.now(),
    executorId: executor.deviceId,
    desktopName: "Test desk",
    threadId,
  });
  putDevice(doc, executor.deviceId, deviceRecordText(executor, executor, ["execute"], "executor"));
  putDevice(doc, phone.deviceId, deviceRecordText(phone, executor, ["send", "approve"]));
  const rootKey = newRootKey();
  let now = open(doc, createEpochKeys(rootKey, 1));
  await isLive();
  return {
    doc: () => now.doc,
    keys: () => now.keys,
    room: () => now.room,
    workspaceId,
    membership: {
      workspaceId,
      epoch: 1,
      relayUrls: [relay],
      executorSignKey: numbers(executor.signKey),
      rootKey: numbers(reveal(rootKey)),
      seeds: numbers(revealDeviceSeeds(phone)),
    },
    grow: (text, { isDone } = { isDone: false }) => {
      const at = { createdAt: Date.now(), threadId };
      const taskId = ids.create("task");
      addTask(
        now.doc,
        { id: taskId, prompt: text, ...at },
        { id: ids.create("message"), text, taskId, ...at },
        executor,
      );
      const runId = ids.create("run");
      const run = { id: runId, taskId, threadId, attempt: 1, state: "done", changes: 0 } as const;
      if (isDone) putRun(now.doc, { ...run, stateSince: at.createdAt, endedAt: at.createdAt });
      const reply = { id: ids.create("reply"), runId, createdAt: Date.now() };
      putReply(now.doc, threadId, { ...reply, text: `About ${text}`, done: true });
    },
    growResult: async (text, { name, mediaType, bytes, preview }) => {
      const at = { createdAt: Date.now(), threadId };
      const taskId = ids.create("task");
      const message = { id: ids.create("message"), text, taskId, ...at };
      addTask(now.doc, { id: taskId, prompt: text, ...at }, message, executor);
      const runId = ids.create("run");
      const run = { id: runId, taskId, threadId, attempt: 1, state: "done", changes: 1 } as const;
      putRun(now.doc, { ...run, stateSince: at.createdAt, endedAt: at.createdAt });
      putArtifact(now.doc, {
        id: ids.create("artifact"),
        runId,
        createdAt: at.createdAt,
        name,
        mediaType,
        byteLength: bytes.length,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        grantId: ids.create("grant"),
        path: name,
        ...(preview === undefined ? {} : { preview }),
        where: "blob",
        blob: await upload(bytes),
      });
    },
    archive: async (keepNewest) => {
      const segment = selectForArchive(now.doc, { keepNewest, olderThan: 0, now: Date.now() + 1 });
      if (segment === undefined) throw new Error("nothing to archive");
      const bytes = segmentToBytes(segment);
      const blob = await upload(bytes);
      const { fromId, toId, lines } = segment;
      const reference = { id: ids.create("segment"), threadId, fromId, toId, count: lines.length };
      const removed = removeArchived(now.doc, segment, { ...reference, blob });
      if (!removed.ok) throw new Error(`the segment does not fit: ${removed.error.type}`);
    },
    renew: async ({ keepPhone } = { keepPhone: true }) => {
      const epoch = now.keys.epoch + 1;
      const nextKey = newRootKey();
      const devices = keepPhone ? [executor, phone] : [executor];
      const body = writeMove({
        workspaceId,
        epoch,
        rootKey: nextKey,
        devices: devices.map(({ deviceId, sealKey }) => ({ deviceId, sealKey })),
        executorKeys: executor,
        createdAt: Date.now(),
        randomBytes,
      });
      const closed = await now.room.closeRoom(body);
      if (!closed.ok) throw new Error(`the room is not closed: ${closed.error.type}`);
      const next = new Y.Doc();
      carryOver(now.doc, next, { epoch });
      now.room.destroy();
      now = open(next, createEpochKeys(nextKey, epoch));
      await isLive();
      return { epoch, rootKey: numbers(reveal(nextKey)) };
    },
    prompts: () => {
      const counts = new Map<string, number>();
      for (const { value } of readTasks(now.doc).entries)
        counts.set(value.prompt, (counts.get(value.prompt) ?? 0) + 1);
      return counts;
    },
    close: () => {
      now.room.destroy();
      now.doc.destroy();
    },
  };
};

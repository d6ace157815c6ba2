/**
 * A workspace without a desktop program: this process is the desktop's end of the document, and makes the phone a
 * member by writing what pairing would have stored. For journeys that need a phone often and fast.
 */
import { randomBytes } from "node:crypto";
import {
  bytesToHex,
  createDeviceKeys,
  createEpochKeys,
  redact,
  reveal,
  revealDeviceSeeds,
  type EpochKeys,
} from "@deskhand/doc-schema/crypto";
import {
  addTask,
  createIdFactory,
  putDevice,
  putMeta,
  putReply,
  readTasks,
} from "@deskhand/doc-schema/document";
import { connectRoom, writePresence, type RoomConnection } from "@deskhand/doc-schema/sync";
import * as Y from "yjs";
import { nodeSyncPorts } from "../../../desktop/src/host/sync-ports.ts";
import { deviceRecordText } from "../../fixtures/workspace-doc.ts";
import { until } from "./files.ts";

export interface DamageWorkspace {
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly room: RoomConnection;
  readonly workspaceId: string;
  /** The phone's entries of the value store: plain numbers, so that a page can be given them. */
  readonly membership: Readonly<Record<string, unknown>>;
  /** One more message with its task and reply, as a change of its own. */
  readonly grow: (text: string) => void;
  /** How often each prompt is in the document, by prompt. */
  readonly prompts: () => ReadonlyMap<string, number>;
  readonly close: () => void;
}

const numbers = (bytes: Uint8Array): readonly number[] => [...bytes];

export const openDamageWorkspace = async (relayUrl: string): Promise<DamageWorkspace> => {
  const doc = new Y.Doc();
  const ids = createIdFactory({ now: Date.now, randomBytes });
  const executor = createDeviceKeys(randomBytes(32), randomBytes(32));
  const phone = createDeviceKeys(randomBytes(32), randomBytes(32));
  const rootKey = redact("root-key", new Uint8Array(randomBytes(32)));
  const keys = createEpochKeys(rootKey, 1);
  const threadId = ids.create("thread");
  const workspaceId = ids.create("workspace");
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
  const room = connectRoom({
    ...nodeSyncPorts,
    doc,
    keys,
    deviceId: executor.deviceId,
    relayUrl: relayUrl.replace(/^http/, "ws"),
    snapshot: () => Y.encodeStateAsUpdate(doc),
  });
  writePresence(room.awareness, {
    deviceId: executor.deviceId,
    role: "executor",
    appVersion: "0.1.0",
    onlineSince: Date.now(),
    power: "awake",
  });
  await until("the desktop's end is live", () => room.status().phase === "live");
  return {
    doc,
    keys,
    room,
    workspaceId,
    membership: {
      workspaceId,
      epoch: 1,
      relayUrls: [relayUrl.replace(/^http/, "ws")],
      executorSignKey: numbers(executor.signKey),
      rootKey: numbers(reveal(rootKey)),
      seeds: numbers(revealDeviceSeeds(phone)),
    },
    grow: (text) => {
      const at = { createdAt: Date.now(), threadId };
      const taskId = ids.create("task");
      addTask(
        doc,
        { id: taskId, prompt: text, ...at },
        { id: ids.create("message"), text, taskId, ...at },
        executor,
      );
      const reply = { id: ids.create("reply"), runId: ids.create("run"), createdAt: Date.now() };
      putReply(doc, threadId, { ...reply, text: `About ${text}`, done: true });
    },
    prompts: () => {
      const counts = new Map<string, number>();
      for (const { value } of readTasks(doc).entries)
        counts.set(value.prompt, (counts.get(value.prompt) ?? 0) + 1);
      return counts;
    },
    close: () => {
      room.destroy();
      doc.destroy();
    },
  };
};

/** For messages of a failed test. */
export const roomName = (keys: EpochKeys): string => bytesToHex(keys.roomId);

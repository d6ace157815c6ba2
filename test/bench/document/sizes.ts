/** Opening, sending, receiving and streaming, at three sizes of a thread; plain Yjs beside it. */
import { createEpochKeys, redact, unsealFrame } from "@deskhand/doc-schema/crypto";
import { putReply, readMeta } from "@deskhand/doc-schema/document";
import { guardUpdate, SNAPSHOT_LIMITS } from "@deskhand/doc-schema/sync";
import { timeline } from "@deskhand/doc-schema/views";
import { randomBytes } from "node:crypto";
import * as Y from "yjs";
import type { Report } from "../lib/report.ts";
import { createSealer } from "../lib/sealer.ts";
import { interleaved, median, timeOf } from "../lib/measure.ts";
import {
  createPlainThread,
  createThread,
  sendMessage,
  sendPlainMessage,
  updateOf,
  type Workspace,
} from "./documents.ts";

const SIZES = [100, 10_000, 100_000] as const;
const keys = createEpochKeys(redact("root-key", new Uint8Array(32).fill(9)), 1);

export const measureSizes = (report: Report): void => {
  for (const size of SIZES) measureSize(report, size);
};

const measureSize = (report: Report, size: number): void => {
  report.say(`${size} messages`);
  const workspace = createThread(size);
  const plain = createPlainThread(size);
  const ours = Y.encodeStateAsUpdate(workspace.doc);
  const theirs = Y.encodeStateAsUpdate(plain);
  report.add(`document bytes, ${size} messages`, ours.length, "B");
  report.add(`document bytes, ${size} messages, plain Yjs`, theirs.length, "B");
  const opening = interleaved(
    size > 10_000 ? 3 : 7,
    () => openThread(ours),
    () => openPlain(theirs),
  );
  report.add(`open and read, ${size} messages`, opening.ours, "ms");
  report.add(`open and read, ${size} messages, plain Yjs`, opening.theirs, "ms");
  measureOneMessage(report, workspace, plain, size);
  if (size < 100_000) measureStreaming(report, workspace, size);
};

const openThread = (update: Uint8Array): void => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  const meta = readMeta(doc);
  if (meta === undefined) throw new Error("the document has no meta");
  if (timeline(doc, meta.threadId, []).length === 0) throw new Error("the thread is empty");
};

const openPlain = (update: Uint8Array): void => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  if (doc.getArray("messages").toJSON().length === 0) throw new Error("the thread is empty");
};

const measureOneMessage = (report: Report, workspace: Workspace, plain: Y.Doc, size: number): void => {
  const seal = createSealer(keys, workspace.phone.deviceId);
  const receiver = new Y.Doc();
  Y.applyUpdate(receiver, Y.encodeStateAsUpdate(workspace.doc));
  const plainReceiver = new Y.Doc();
  Y.applyUpdate(plainReceiver, Y.encodeStateAsUpdate(plain));
  const rounds = Array.from({ length: 30 }, (_, index) => {
    let update = new Uint8Array(0);
    let frame = new Uint8Array(0);
    let plainUpdate = new Uint8Array(0);
    const send = timeOf(() => {
      update = new Uint8Array(updateOf(workspace.doc, () => sendMessage(workspace, size + index)));
      frame = new Uint8Array(seal("update", update));
    });
    const receive = timeOf(() => {
      const unsealed = unsealFrame(keys, frame);
      if (!unsealed.ok || !guardUpdate(receiver, unsealed.value.body).ok) throw new Error("not taken");
      Y.applyUpdate(receiver, unsealed.value.body);
    });
    const plainSend = timeOf(() => {
      plainUpdate = new Uint8Array(updateOf(plain, () => sendPlainMessage(plain, size + index)));
    });
    const plainReceive = timeOf(() => Y.applyUpdate(plainReceiver, plainUpdate));
    return { send, receive, plainSend, plainReceive, update, frame, plainUpdate };
  });
  const add = (name: string, unit: string, of: (round: (typeof rounds)[number]) => number): void =>
    report.add(`${name}, thread of ${size}`, median(rounds.map(of)), unit);
  add("send one message: sign, write, seal", "ms", (round) => round.send);
  add("send one message, plain Yjs", "ms", (round) => round.plainSend);
  add("receive one message: unseal, guard, apply", "ms", (round) => round.receive);
  add("receive one message, plain Yjs", "ms", (round) => round.plainReceive);
  add("one message: update", "B", (round) => round.update.length);
  add("one message: sealed frame", "B", (round) => round.frame.length);
  add("one message: update, plain Yjs", "B", (round) => round.plainUpdate.length);
};

/** 8 KB of reply in 127 pieces, as the projection writes it: every update sealed alone is the worst case. */
const measureStreaming = (
  report: Report,
  { doc, ids, threadId, executor }: Workspace,
  size: number,
): void => {
  const seal = createSealer(keys, executor.deviceId);
  const reply = { id: ids.create("reply"), runId: ids.create("run"), createdAt: 1, done: false };
  let plainBytes = 0;
  let sealedBytes = 0;
  const time = timeOf(() => {
    for (let piece = 1; piece <= 127; piece++) {
      const text = "0123456789abcdef ".repeat(4).slice(0, 64).repeat(piece);
      const update = updateOf(doc, () => putReply(doc, threadId, { ...reply, text }));
      plainBytes += update.length;
      sealedBytes += seal("update", update).length;
    }
  });
  report.add(`stream 8 KB in 127 pieces, thread of ${size}`, time, "ms");
  report.add(`stream 8 KB in 127 pieces: updates, thread of ${size}`, plainBytes, "B");
  report.add(`stream 8 KB in 127 pieces: sealed frames, thread of ${size}`, sealedBytes, "B");
};

/** The whole document of 10,000 messages, sealed in frames as compaction sends it, against the bare update. */
export const measureSealedOverhead = (report: Report): void => {
  const { doc, executor } = createThread(10_000);
  const update = Y.encodeStateAsUpdate(doc);
  const seal = createSealer(keys, executor.deviceId);
  const piece = SNAPSHOT_LIMITS.bytes / 2;
  let sealed = 0;
  for (let from = 0; from < update.length; from += piece)
    sealed += seal("update", update.slice(from, from + piece)).length;
  report.atMost("sealed overhead, document of 10,000 messages", (sealed / update.length - 1) * 100, 5, "%");
};

export const measureSealing = (report: Report): void => {
  const seal = createSealer(keys, createThread(0).phone.deviceId);
  for (const bytes of [100, 1_000, 64_000]) {
    const body = randomBytes(bytes);
    const frames: Uint8Array[] = [];
    const count = bytes > 10_000 ? 200 : 2_000;
    const sealing = timeOf(() => {
      for (let index = 0; index < count; index++) frames.push(seal("update", body));
    });
    const unsealing = timeOf(() => {
      for (const frame of frames) if (!unsealFrame(keys, frame).ok) throw new Error("not unsealed");
    });
    report.add(`seal a frame of ${bytes} B`, (sealing / count) * 1000, "µs");
    report.add(`unseal a frame of ${bytes} B`, (unsealing / count) * 1000, "µs");
  }
};

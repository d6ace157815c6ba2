/** Phones that put files at real relays, and read results from there. */
import { createHash } from "node:crypto";
import { createEpochKeys } from "@deskhand/doc-schema/crypto";
import {
  addTask,
  readArtifacts,
  type Artifact,
  type Attachment,
  type TaskId,
} from "@deskhand/doc-schema/document";
import { downloadBlob, uploadBlob } from "@deskhand/doc-schema/sync";
import { bytesSource } from "../../../../desktop/src/executor/files/byte-sources.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { nodeSyncPorts } from "../../../../desktop/src/host/sync-ports.ts";
import type { Bench } from "../executor/bench.ts";

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const keysOf = ({ rootKey, workspace }: Executor) => createEpochKeys(rootKey, workspace.epoch);

export const attach = async (
  executor: Executor,
  relayUrl: string,
  name: string,
  bytes: Uint8Array,
  mediaType = "text/plain",
): Promise<Attachment> => {
  const put = await uploadBlob({
    ...nodeSyncPorts,
    keys: keysOf(executor),
    relayUrl,
    source: bytesSource(bytes),
  });
  if (!put.ok) throw new Error(put.error.type);
  return { name, mediaType, byteLength: bytes.length, sha256: sha256(bytes), blob: { ...put.value } };
};

export const sendTaskWith = (
  bench: Bench,
  { doc, workspace: { threadId } }: Executor,
  prompt: string,
  attachments: readonly Attachment[],
): TaskId => {
  const common = { createdAt: bench.clock.now(), threadId, attachments: [...attachments] };
  const task = { ...common, id: bench.ids.create("task"), prompt, locale: "en" };
  addTask(
    doc,
    task,
    { ...common, id: bench.ids.create("message"), text: prompt, taskId: task.id },
    bench.phone,
  );
  return task.id;
};

/** What a phone gets for the artifact's reference, or the word for why not. */
export const fetchResult = async (
  executor: Executor,
  relayUrl: string,
  { blob }: Artifact,
): Promise<Uint8Array | string> => {
  if (blob === undefined) return "no-reference";
  const bytes = new Uint8Array(blob.byteLength);
  const got = await downloadBlob({
    ...nodeSyncPorts,
    keys: keysOf(executor),
    relayUrl,
    ref: blob,
    sink: { write: async (offset, chunk) => bytes.set(chunk, offset) },
  });
  return got.ok ? bytes : got.error.type;
};

export const artifacts = ({ doc }: Executor): readonly Artifact[] => readArtifacts(doc).entries;

/**
 * Where a script begins, made once: a workspace with a phone and a granted folder, set aside as a copy. Each fault gets
 * the copy put back in the same place, because the grant names that place.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createEpochKeys } from "@deskhand/doc-schema/crypto";
import { uploadBlob } from "@deskhand/doc-schema/sync";
import { startRelay } from "@deskhand/sync-server";
import { bytesSource } from "../../../desktop/src/executor/files/byte-sources.ts";
import { nodeSyncPorts } from "../../../desktop/src/host/sync-ports.ts";
import { openStage, workOf, type Stage } from "./play.ts";
import type { Script } from "./scripts.ts";
import { sha256 } from "./tree.ts";

export interface Base {
  readonly stage: Stage;
  /** As at the beginning; what runs there must have ended. */
  readonly reset: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export const createBase = async (script: Script): Promise<Base> => {
  const home = mkdtempSync(path.join(tmpdir(), "deskhand-faults-"));
  const other = script.isOnOtherDisk === true ? mkdtempSync("/dev/shm/deskhand-faults-") : home;
  const [live, kept] = [path.join(home, "live"), path.join(home, "kept")];
  const [data, keptData] = [path.join(other, "data"), path.join(other, "kept-data")];
  const relayData = path.join(home, "relay");
  const root = path.join(live, "root");
  const hasRelay = script.attachment !== undefined;
  let relay = hasRelay ? await startRelay({ dataDir: relayData }) : undefined;
  const relayUrl = relay === undefined ? {} : { relayUrl: `ws://127.0.0.1:${relay.port}` };
  const stage = { root, dataDir: data, ...relayUrl };

  mkdirSync(root, { recursive: true });
  for (const [name, bytes] of Object.entries(script.files)) {
    const file = path.join(workOf(stage), name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  const executor = await openStage(stage, script);
  if (script.attachment !== undefined && stage.relayUrl !== undefined) {
    const bytes = Buffer.from(script.attachment);
    const keys = createEpochKeys(executor.rootKey, executor.workspace.epoch);
    const put = await uploadBlob({
      ...nodeSyncPorts,
      keys,
      relayUrl: stage.relayUrl,
      source: bytesSource(bytes),
    });
    if (!put.ok) throw new Error(put.error.type);
    const facts = {
      name: "note.txt",
      mediaType: "text/plain",
      byteLength: bytes.length,
      sha256: sha256(bytes),
    };
    writeFileSync(path.join(root, "attachments.json"), JSON.stringify([{ ...facts, blob: put.value }]));
  }
  await executor.close();
  const port = relay?.port;
  await relay?.close();

  const copies = [
    [live, kept],
    [data, keptData],
    ...(hasRelay ? [[relayData, `${relayData}-kept`] as const] : []),
  ] as const;
  for (const [from, to] of copies) copy(from, to);
  relay = undefined;
  return {
    stage,
    reset: async () => {
      await relay?.close();
      for (const place of [`${root}.grave`, `${data}.grave`]) rmSync(place, { recursive: true, force: true });
      for (const [to, from] of copies) {
        rmSync(to, { recursive: true, force: true });
        copy(from, to);
      }
      if (port !== undefined) relay = await startRelay({ dataDir: relayData, port });
    },
    remove: async () => {
      await relay?.close();
      for (const folder of new Set([home, other])) rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** With the times of folders, too: an archive holds them. */
const copy = (from: string, to: string): void => void execFileSync("cp", ["-a", from, to]);

/**
 * One blob through a real relay: a process that sends, a process that fetches, and a line that is cut again and again.
 * Measures what each process grows by after its first bytes.
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { spawnRelay } from "../unit/sync-server/relay-process.ts";
import type { PeerOrders, PeerReport } from "./blobs-peer.ts";
import { startCuttingProxy } from "./blobs-proxy.ts";

const PEER = fileURLToPath(new URL("blobs-peer.ts", import.meta.url));
const PAGE_BYTES = 4096;
const SAMPLE_MS = 25;
const MIB = 1024 * 1024;

export interface BlobRunOptions {
  readonly bytes: number;
  /** In each direction. */
  readonly cutsEachWay: number;
  /** Growth is measured from here on. */
  readonly warmUpBytes: number;
}

export interface BlobRunFigures {
  readonly sameHash: boolean;
  readonly cuts: number;
  readonly uploadSeconds: number;
  readonly downloadSeconds: number;
  /** Bytes. */
  readonly growth: { readonly relay: number; readonly uploader: number; readonly downloader: number };
}

export const runBlobTransfer = async (options: BlobRunOptions): Promise<BlobRunFigures> => {
  const { bytes, cutsEachWay, warmUpBytes } = options;
  const folder = mkdtempSync(join(tmpdir(), "deskhand-blob-faults-"));
  const [original, copy] = [join(folder, "original"), join(folder, "copy")];
  const relay = spawnRelay(["--port", "0", "--data", join(folder, "relay")]);
  try {
    const sha256 = await writeRandomFile(original, bytes);
    const proxy = await startCuttingProxy({ port: Number(new URL(await relay.url).port) });
    const marks = Array.from({ length: cutsEachWay }, (_, i) =>
      Math.floor((bytes * (i + 0.5)) / cutsEachWay),
    );
    const orders = { relayUrl: `ws://127.0.0.1:${proxy.port}`, rootKey: randomBytes(32).toString("hex") };

    proxy.cutAt(marks);
    const uploaded = await runPeer({ ...orders, file: original }, { warmUpBytes, relayPid: relay.pid });
    if (uploaded.last.type !== "sent") throw new Error(`the uploader says ${JSON.stringify(uploaded.last)}`);
    proxy.cutAt(marks);
    const downloaded = await runPeer(
      { ...orders, file: copy, ref: uploaded.last.ref },
      { warmUpBytes, relayPid: relay.pid },
    );
    if (downloaded.last.type !== "fetched") {
      throw new Error(`the downloader says ${JSON.stringify(downloaded.last)}`);
    }
    const cuts = proxy.cuts();
    await proxy.close();
    return {
      sameHash: (await hashOf(copy)) === sha256,
      cuts,
      uploadSeconds: uploaded.seconds,
      downloadSeconds: downloaded.seconds,
      growth: {
        relay: Math.max(uploaded.growth.relay, downloaded.growth.relay),
        uploader: uploaded.growth.peer,
        downloader: downloaded.growth.peer,
      },
    };
  } finally {
    relay.kill("SIGTERM");
    await relay.exited;
    rmSync(folder, { recursive: true, force: true });
  }
};

const writeRandomFile = async (file: string, bytes: number): Promise<string> => {
  const hash = createHash("sha256");
  const handle = await open(file, "w");
  for (let left = bytes; left > 0; left -= MIB) {
    const block = randomBytes(Math.min(MIB, left));
    hash.update(block);
    await handle.write(block);
  }
  await handle.close();
  return hash.digest("hex");
};

const hashOf = async (file: string): Promise<string> => {
  const hash = createHash("sha256");
  for await (const block of createReadStream(file)) hash.update(block);
  return hash.digest("hex");
};

/** Bytes; 0 when the process has gone. */
const residentBytes = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch {
    return 0; // it ended between two samples
  }
};

/** Follows the memory of a process from `start` on. */
const watchGrowth = (pid: number) => {
  let atStart: number | undefined;
  let most = 0;
  const timer = setInterval(() => {
    if (atStart !== undefined) most = Math.max(most, residentBytes(pid) - atStart);
  }, SAMPLE_MS);
  return {
    start: () => {
      atStart ??= residentBytes(pid);
    },
    stop: () => {
      clearInterval(timer);
      return most;
    },
  };
};

const runPeer = async (
  orders: PeerOrders,
  { warmUpBytes, relayPid }: { readonly warmUpBytes: number; readonly relayPid: number },
) => {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [PEER], { stdio: ["pipe", "pipe", "inherit"] });
  const watches = { peer: watchGrowth(child.pid ?? 0), relay: watchGrowth(relayPid) };
  child.stdin.end(JSON.stringify(orders));
  let last: PeerReport = { type: "failed", reason: "said nothing" };
  for await (const line of createInterface({ input: child.stdout })) {
    // `as`: written by blobs-peer.ts, next to this file.
    last = JSON.parse(line) as PeerReport;
    if (last.type !== "progress" || last.done < warmUpBytes) continue;
    watches.peer.start();
    watches.relay.start();
  }
  const growth = { peer: watches.peer.stop(), relay: watches.relay.stop() };
  return { last, growth, seconds: (performance.now() - startedAt) / 1000 };
};

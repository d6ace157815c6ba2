/**
 * The disk fails once, at its k-th call, for every k: an fsync with EIO, a write with ENOSPC or EIO, injected by strace.
 * The client gets a code it knows, what was acknowledged stays, and the very next write may go well again; a relay that
 * cannot start says so in a sentence and starts the next time.
 */
import { readFileSync } from "node:fs";
import { join as joinPath } from "node:path";
import { join, type RelayClient } from "../../unit/sync-server/relay-client.ts";
import {
  checkIntegrity,
  createLedgers,
  examine,
  noFindings,
  noteRefusedStart,
  promisedBy,
  type Findings,
} from "./examination.ts";
import { tracing, type Bench } from "./relay-under-test.ts";
import type { RoomLedger } from "./room-ledger.ts";

export const FAULTS = ["fsync:error=EIO", "pwrite64:error=ENOSPC", "pwrite64:error=EIO"] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultFigures extends Findings {
  /** Calls that were made to fail. */
  injected: number;
  acked: number;
  chunks: number;
  /** Starts that ended in a sentence. */
  sentences: number;
  /** What clients were told, each once. */
  readonly codes: Set<string>;
}

export interface FaultOptions {
  readonly bench: Bench;
  readonly fault: Fault;
  /** Which calls fail, each in a relay of its own. */
  readonly calls: readonly number[];
  /** Appends, each a commit of its own. */
  readonly appends: number;
  readonly chunks: number;
  readonly lanes: number;
}

const CANNOT_START = /^(The (data folder|database) .*\.|Another relay .*\.)$/m;
/** A room that cannot be made is `internal` after `read-only`; the client comes again. */
const MAX_JOINS = 5;

export const runFailingCalls = async (options: FaultOptions): Promise<FaultFigures> => {
  const { bench, fault } = options;
  const figures: FaultFigures = {
    ...noFindings(),
    injected: 0,
    acked: 0,
    chunks: 0,
    sentences: 0,
    codes: new Set(),
  };

  const failOnce = async (k: number): Promise<void> => {
    const dataDir = bench.folder();
    const report = joinPath(bench.folder(), "calls");
    const ledgers = createLedgers(1);
    const relay = bench.spawn(dataDir, { under: tracing(`${fault}:when=${k}`, report) });
    const url = await relay.url.catch(() => undefined);
    if (url === undefined) {
      const { code, stderr } = await relay.exited;
      if (code === 1 && CANNOT_START.test(stderr)) figures.sentences += 1;
      else figures.complaints.push(`at call ${k} the start ended with ${code}: ${stderr}`);
    } else {
      for (const ledger of ledgers.rooms) await appendAll(url, ledger, options.appends, figures);
      const { blobs } = ledgers;
      await blobs.load(url, () => blobs.stored() >= options.chunks);
      for (const code of blobs.denials()) figures.codes.add(`chunk ${code}`);
      for (const { acked } of promisedBy(ledgers).rooms) figures.acked += acked.size;
      figures.chunks += blobs.stored();
      relay.kill("SIGKILL");
      await relay.exited;
    }
    if (readFileSync(report, "utf8").includes("(INJECTED)")) figures.injected += 1;

    const again = bench.spawn(dataDir);
    try {
      await examine(await again.url, ledgers, promisedBy(ledgers), figures);
    } catch (error) {
      noteRefusedStart(figures, error);
    }
    again.kill("SIGKILL");
    await again.exited;
    checkIntegrity(dataDir, bench.folder(), figures);
  };

  const waiting = [...options.calls];
  const runLane = async (): Promise<void> => {
    for (let k = waiting.shift(); k !== undefined; k = waiting.shift()) await failOnce(k);
  };
  await Promise.all(Array.from({ length: options.lanes }, runLane));
  return figures;
};

/** One frame after the other, each sent again for as long as it is refused. */
const appendAll = async (
  url: string,
  ledger: RoomLedger,
  appends: number,
  figures: FaultFigures,
): Promise<void> => {
  let client = await joinAgain(url, ledger, figures);
  for (let i = 0; i < appends; i++) {
    const n = ledger.nextFrame();
    for (let isTaken = false; !isTaken;) {
      client ??= await joinAgain(url, ledger, figures);
      if (client === undefined) return;
      const answer = await appendOnce(client, ledger.frame(n), i + 1);
      if (answer.type === "ack") {
        isTaken = true;
        const complaint = ledger.noteAck(n, answer.seq);
        if (complaint !== undefined) figures.complaints.push(complaint);
      } else {
        figures.codes.add(answer.code);
        if (answer.code !== "read-only") client = undefined;
      }
    }
  }
  client?.socket.terminate();
};

const joinAgain = async (
  url: string,
  ledger: RoomLedger,
  figures: FaultFigures,
): Promise<RelayClient | undefined> => {
  for (let i = 0; i < MAX_JOINS; i++) {
    try {
      return (await join(url, ledger.keys, { after: ledger.knownUpto() })).client;
    } catch (error) {
      figures.codes.add(/got (.*)/.exec(String(error))?.[1] ?? "closed");
    }
  }
  figures.complaints.push("the room could not be joined again");
  return undefined;
};

type AppendAnswer =
  | { readonly type: "ack"; readonly seq: number }
  | { readonly type: "refused"; readonly code: string };

const appendOnce = async (
  client: RelayClient,
  frame: Uint8Array,
  clientSeq: number,
): Promise<AppendAnswer> => {
  client.send({ type: "append", clientSeq, frame });
  try {
    return await client.nextOf("ack", "refused");
  } catch {
    return { type: "refused", code: "closed" }; // the socket went without a word; the code shows in the figures
  }
};

/**
 * `npm run bench:relay`: our relay beside the floor and the peers, in one run on this machine. Every relay is
 * measured in turn in every round, each time a fresh process on a fresh folder; the medians are compared.
 *   --rounds N (3)  --idle-rooms N (400)
 */
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { median } from "../lib/measure.ts";
import { createReport } from "../lib/report.ts";
import { deskhand } from "./adaptors/deskhand.ts";
import { floor } from "./adaptors/floor.ts";
import { hocuspocus } from "./adaptors/hocuspocus.ts";
import { yWebsocketLevel, yWebsocketMemory } from "./adaptors/y-websocket.ts";
import type { Adaptor } from "./load/peer.ts";
import type { RelayProcess } from "./load/process.ts";
import { measureCatchUp } from "./measures/catch-up.ts";
import { measureIdle } from "./measures/idle.ts";
import { measureLatency } from "./measures/latency.ts";
import { measureThroughput } from "./measures/throughput.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    "idle-rooms": { type: "string", default: "400" },
    json: { type: "boolean" },
  },
});
const rounds = Number(values.rounds);
const peers = [yWebsocketMemory, yWebsocketLevel, hocuspocus] as const;
const keepers = [yWebsocketLevel, hocuspocus] as const;
const report = createReport("relay");

/** The median of each relay's rounds. */
const inTurns = async <Figure>(
  adaptors: readonly Adaptor[],
  measure: (adaptor: Adaptor, relay: RelayProcess) => Promise<Figure>,
  times = rounds,
): Promise<(adaptor: Adaptor, of: (figure: Figure) => number) => number> => {
  const figures = new Map<Adaptor, Figure[]>(adaptors.map((adaptor) => [adaptor, []]));
  for (let round = 0; round < times; round++)
    for (const adaptor of adaptors) {
      const folder = mkdtempSync(path.join(os.tmpdir(), "deskhand-bench-"));
      const relay = await adaptor.start(folder);
      figures.get(adaptor)?.push(await measure(adaptor, relay));
      await relay.stop("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  return (adaptor, of) => median((figures.get(adaptor) ?? []).map(of));
};

const best = (adaptors: readonly Adaptor[], pick: "max" | "min", of: (adaptor: Adaptor) => number): number =>
  Math[pick](...adaptors.map(of));

const all = [floor, deskhand, ...peers];
for (const rooms of [1, 200]) {
  const where = rooms === 1 ? "one room" : `${rooms} rooms`;
  const of = await inTurns(all, (adaptor, relay) => measureThroughput(adaptor, relay, rooms));
  const speed = (adaptor: Adaptor): number => of(adaptor, (figure) => figure.perSecond);
  const cpu = (adaptor: Adaptor): number => of(adaptor, (figure) => figure.cpuSecondsPer100k);
  for (const adaptor of all) {
    report.add(`updates a second, ${where}, ${adaptor.name}`, speed(adaptor), "/s");
    report.add(
      `updates a second with what is put off, ${where}, ${adaptor.name}`,
      of(adaptor, (figure) => figure.sustainedPerSecond),
      "/s",
    );
    report.add(`relay CPU per 100k updates, ${where}, ${adaptor.name}`, cpu(adaptor), "s");
  }
  const ratio = speed(deskhand) / best(keepers, "max", speed);
  report.atLeast(`throughput, ${where}, to the best peer that stores`, ratio, rooms === 1 ? 3 : 2, "×");
  if (rooms === 1)
    report.atLeast("throughput, one room, to the floor", speed(deskhand) / speed(floor), 0.45, "×");
  report.atMost(
    `CPU, ${where}, to the best peer that stores`,
    cpu(deskhand) / best(keepers, "min", cpu),
    0.25,
    "×",
  );
}

const latency = await inTurns(all, measureLatency);
for (const adaptor of all) {
  report.add(
    `fan-out, median, ${adaptor.name}`,
    latency(adaptor, (figure) => figure.median),
    "ms",
  );
  report.add(
    `fan-out, p99, ${adaptor.name}`,
    latency(adaptor, (figure) => figure.p99),
    "ms",
  );
}
for (const which of ["median", "p99"] as const) {
  const of = (adaptor: Adaptor): number => latency(adaptor, (figure) => figure[which]);
  report.atMost(`fan-out, ${which}, to the best peer`, of(deskhand) / best(peers, "min", of), 1.1, "×");
}

// Once, with many rooms: what else the machine does changes times, not memory.
const idle = await inTurns(
  all,
  (adaptor, relay) => measureIdle(adaptor, relay, Number(values["idle-rooms"])),
  1,
);
const memory = (adaptor: Adaptor): number => idle(adaptor, (bytes) => bytes / 1000);
for (const adaptor of all) report.add(`memory of an idle room, ${adaptor.name}`, memory(adaptor), "kB");
report.atMost(
  "memory of an idle room, to the best peer",
  memory(deskhand) / best(peers, "min", memory),
  0.05,
  "×",
);

const catchUp = await inTurns([deskhand, ...peers], measureCatchUp);
const joined = (adaptor: Adaptor): number =>
  catchUp(adaptor, (figure) => figure.compacted ?? figure.asWritten);
report.add(
  "joining 10,000 messages, log as written, deskhand",
  catchUp(deskhand, (figure) => figure.asWritten),
  "ms",
);
for (const adaptor of [deskhand, ...peers])
  report.add(`joining 10,000 messages, ${adaptor.name}`, joined(adaptor), "ms");
report.atMost(
  "joining 10,000 messages, to the best peer",
  joined(deskhand) / best(peers, "min", joined),
  1,
  "×",
);
report.print();
process.exit(0);

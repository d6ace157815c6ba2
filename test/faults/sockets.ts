/**
 * What the relay bears. `npm run test:faults -- sockets [--sockets 5000] [--per-second 2000] [--seconds 20]
 * [--garbage 1000000]`: fan-out at many sockets, a consumer that does not read, a flood before authentication, and
 * all of them coming back after a restart. The relay is the program with its defaults; the clients are other processes.
 * Prints one JSON object a part and exits 1 when a goal is missed. Times are of this machine, whatever else it does.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { median, wait } from "../bench/lib/measure.ts";
import { startRelayProcess } from "../journeys/support/relay.ts";
import { createRoomKeys, frameOf, join } from "../unit/sync-server/relay-client.ts";
import { startCrowd, type CrowdLoad } from "./sockets/crowd.ts";
import { sendGarbage } from "./sockets/garbage.ts";
import { runSlowConsumer, type SlowConsumer } from "./sockets/slow-consumer.ts";

const CROWD_PROCESSES = 2;
/** Of a consumer that reads and one that does not; what counts is the median. */
const ROUNDS = 3;
/** The relay's files beside its sockets. */
const OTHER_FILES = 200;
const GOALS = { p99: 50, rss: 300, backWithin: 30, slowRss: 16, garbageRss: 20 } as const;

const { values } = parseArgs({
  options: {
    sockets: { type: "string", default: "5000" },
    "per-second": { type: "string", default: "2000" },
    seconds: { type: "string", default: "20" },
    garbage: { type: "string", default: "1000000" },
  },
});
const [wantedSockets, perSecond, seconds, garbage] = [
  values.sockets,
  values["per-second"],
  values.seconds,
  values.garbage,
].map(Number) as [number, number, number, number]; // `as`: map keeps the length

/** Node raises the soft limit to the hard one at its start, for itself and so for its children. */
const openFiles = Number(execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim()) || Infinity;
const sockets = Math.min(wantedSockets, openFiles - OTHER_FILES);
if (sockets < wantedSockets)
  console.log(`This system lets a process open ${openFiles} files, so there are ${sockets} sockets only.`);

/** One round of a room with a consumer, beside the crowd. */
interface Beside {
  /** MB. */
  readonly rssPeak: number;
  readonly others: CrowdLoad;
  readonly consumer: SlowConsumer;
}

let missed = 0;
const report = (part: string, figures: object, goals: Readonly<Record<string, boolean>>): void => {
  const misses = Object.keys(goals).filter((goal) => goals[goal] !== true);
  missed += misses.length;
  console.log(JSON.stringify({ part, ...figures, misses }));
};

const dataDir = mkdtempSync(path.join(os.tmpdir(), "deskhand-sockets-"));
const relay = await startRelayProcess(dataDir);
const url = relay.url.replace("http", "ws");
const rss = (): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${relay.child().pid}/status`, "utf8"))?.[1]) / 1000;
const tooSlow = async (): Promise<number> => {
  const text = await (await fetch(`${relay.url}/metrics`)).text();
  return Number(/refusals_total\{code="too-slow"\} (\d+)/.exec(text)?.[1] ?? 0);
};
/** The largest of what is seen while `work` runs (MB). */
const peakRss = async (work: Promise<unknown>): Promise<number> => {
  let peak = rss();
  const look = setInterval(() => (peak = Math.max(peak, rss())), 50);
  await work;
  clearInterval(look);
  return Math.max(peak, rss());
};

const crowd = startCrowd(CROWD_PROCESSES);
try {
  const idle = rss();
  const isWhole = await crowd.join(url, sockets);
  await crowd.load(perSecond, 3); // the relay's code is compiled by then
  const fanOut = crowd.load(perSecond, seconds);
  const peak = await peakRss(fanOut);
  const calm = await fanOut;
  report(
    "fan-out",
    { sockets, ...calm, rss: peak, rssAtStart: idle },
    {
      "all joined": isWhole,
      "p99 below 50 ms": calm.p99 < GOALS.p99,
      "below 300 MB": peak < GOALS.rss,
      "nothing lost": calm.received >= calm.sent && calm.faults === 0 && calm.unacked === 0,
    },
  );

  // The same writing read as it comes and not read, in turns: what slowness adds is asked, and the collector lets the peak
  // of a single round vary by 20 MB.
  const besideTheCrowd = async (isAwake: boolean): Promise<Beside> => {
    const load = crowd.load(perSecond, seconds);
    const member = runSlowConsumer(url, tooSlow, isAwake);
    const rssPeak = await peakRss(Promise.all([load, member]));
    return { rssPeak, others: await load, consumer: await member };
  };
  const awake: Beside[] = [];
  const asleep: Beside[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    awake.push(await besideTheCrowd(true));
    asleep.push(await besideTheCrowd(false));
  }
  const peakOf = (rounds: readonly Beside[]): number => median(rounds.map(({ rssPeak }) => rssPeak));
  const p99Of = (rounds: readonly Beside[]): number => median(rounds.map(({ others }) => others.p99));
  const rssMore = peakOf(asleep) - peakOf(awake);
  report(
    "slow consumer",
    {
      ...asleep[0]?.consumer,
      rounds: ROUNDS,
      rssMore,
      p99OfOthers: p99Of(asleep),
      p99WithoutSlowness: p99Of(awake),
      worstP99: Math.max(...[...asleep, ...awake].map(({ others }) => others.p99)),
    },
    {
      "was let go": asleep.every(({ consumer }) => consumer.wasClosed),
      "below 16 MB more": rssMore < GOALS.slowRss,
      "others below 50 ms": p99Of(asleep) < GOALS.p99,
      "others lost nothing": asleep.every(
        ({ others }) => others.faults === 0 && others.unacked === 0 && others.received >= others.sent,
      ),
      "resumes without loss": asleep.every(
        ({ consumer }) => consumer.received === consumer.written && consumer.faults === 0,
      ),
    },
  );

  await wait(2_000);
  const beforeGarbage = rss();
  const startedAt = performance.now();
  const peakOfGarbage = await peakRss(sendGarbage(url, garbage));
  const room = createRoomKeys();
  const { client } = await join(relay.url, room);
  const ack = await client.append(frameOf(room, "still there"));
  await client.close();
  report(
    "garbage",
    {
      messages: garbage,
      seconds: (performance.now() - startedAt) / 1000,
      rssMore: peakOfGarbage - beforeGarbage,
    },
    { alive: ack.seq === 1, "below 20 MB more": peakOfGarbage - beforeGarbage < GOALS.garbageRss },
  );

  await relay.stop("SIGTERM");
  const restartedAt = Date.now();
  await relay.start();
  const allLiveAt = await crowd.allLiveAt(60_000);
  const after = await crowd.load(perSecond, 5);
  const back = ((allLiveAt ?? Infinity) - restartedAt) / 1000;
  report(
    "reconnect storm",
    { sockets, secondsUntilAllAreBack: back, ...after, rss: rss() },
    {
      "all back within 30 s": back < GOALS.backWithin,
      "nothing lost": after.faults === 0 && after.unacked === 0 && after.received >= after.sent,
    },
  );
} finally {
  crowd.end();
  await relay.stop("SIGKILL");
  rmSync(dataDir, { recursive: true });
}
process.exit(missed === 0 ? 0 : 1);

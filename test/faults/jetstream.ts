/**
 * Two relay nodes on three nats-servers, under load: `npm run test:faults -- jetstream [--rounds N] [--rooms N]`.
 * A relay node, the stream's leader, and both are killed in turn; then a server with its relay is cut off from the other
 * two, as leader and as follower. Every acknowledged frame must be there at the end, under its number; after a kill
 * every device must be acknowledged again within ten seconds. Exits 1 when something is not so. With `--journey`, instead:
 * every journey of `npm test` through a relay on three nats-servers.
 */
import { parseArgs } from "node:util";
import { startCluster, type Cluster, type Place } from "./jetstream/cluster.ts";
import { runJourney } from "./jetstream/journey.ts";
import { startLoad, type Load } from "./jetstream/load.ts";
import { createNetwork, type Network } from "./jetstream/network.ts";

const MAX_GAP_S = 10;
/** Longer than a cut-off node waits until it sends its members away. */
const PARTITION_MS = 20_000;
const LOOPBACK: readonly Place[] = [0, 1, 2].map(() => ({ host: "127.0.0.1", under: [] }));
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    rooms: { type: "string", default: "6" },
    journey: { type: "boolean", default: false },
  },
});
const [rounds, rooms] = [Number(values.rounds), Number(values.rooms)];

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** @returns whether all was as it must be */
const underLoad = async (
  what: string,
  places: readonly Place[],
  act: (cluster: Cluster, load: Load) => Promise<boolean>,
): Promise<boolean> => {
  const cluster = await startCluster(places);
  try {
    await cluster.healed();
    const [one, two] = cluster.nodes;
    const load = startLoad([one.url, two.url], rooms);
    await load.flowing();
    load.longestGap();
    const isGood = await act(cluster, load);
    const { acked, lost, wrongs } = await load.finish();
    say(`${what}: ${acked} frames acknowledged, ${lost} lost, ${wrongs.length} broken promises`);
    for (const wrong of wrongs.slice(0, 10)) say(`  ${wrong}`);
    return isGood && lost === 0 && wrongs.length === 0;
  } finally {
    await cluster.stop();
  }
};

const killInTurn = async (cluster: Cluster, load: Load): Promise<boolean> => {
  const gaps = new Map<string, number>();
  const killAndWait = async (what: string, kill: () => Promise<() => Promise<void>>): Promise<void> => {
    load.longestGap();
    const restart = await kill();
    await load.flowing();
    gaps.set(what, Math.max(gaps.get(what) ?? 0, load.longestGap()));
    await restart();
    await cluster.healed();
    await load.flowing();
  };
  const killNode = async (round: number) => {
    const node = cluster.nodes[round % 2 === 0 ? 0 : 1];
    await node.kill();
    return () => node.start();
  };
  const killLeader = async () => {
    const server = cluster.servers[await cluster.leader()];
    await server?.stop();
    return async () => server?.start();
  };
  for (let round = 0; round < rounds; round++) {
    await killAndWait("relay node", () => killNode(round));
    await killAndWait("stream leader", killLeader);
    await killAndWait("both", async () => {
      const restarts = await Promise.all([killNode(round + 1), killLeader()]);
      return async () => void (await Promise.all(restarts.map((restart) => restart())));
    });
  }
  for (const [what, gap] of gaps) {
    say(`kill -9 of ${what}: all devices acknowledged again within ${gap.toFixed(1)} s`);
  }
  return [...gaps.values()].every((gap) => gap < MAX_GAP_S);
};

const isReady = async (url: string): Promise<boolean> => (await fetch(`${url}/readyz`)).ok;

const cutOff =
  (network: Network, isLeader: boolean) =>
  async (cluster: Cluster, load: Load): Promise<boolean> => {
    await cluster.lead(isLeader ? 0 : 2);
    await cluster.healed();
    await load.flowing();
    load.longestGap();
    network.isolate(0);
    await pause(PARTITION_MS);
    const [cut, other] = await Promise.all(cluster.nodes.map(({ url }) => isReady(url)));
    await load.flowing(); // all devices have found the other node
    const gap = load.longestGap();
    network.heal(0);
    await cluster.healed();
    await load.flowing();
    const until = Date.now() + 20_000;
    while (!(await isReady(cluster.nodes[0].url)) && Date.now() < until) await pause(200);
    const isBack = await isReady(cluster.nodes[0].url);
    say(`longest wait ${gap.toFixed(1)} s; ready: the cut node ${cut}, the other ${other}, healed ${isBack}`);
    return cut === false && other === true && isBack;
  };

if (values.journey) process.exit((await runJourney(LOOPBACK)) ? 0 : 1);
const results = [await underLoad("kills", LOOPBACK, killInTurn)];
const network = createNetwork(LOOPBACK.length);
if (network === undefined) {
  say("partition: not run, this user may not make network namespaces (ip netns needs root)");
} else {
  try {
    for (const isLeader of [true, false]) {
      const what = `partition around ${isLeader ? "the leader" : "a follower"}`;
      results.push(await underLoad(what, network.places, cutOff(network, isLeader)));
    }
  } finally {
    network.remove();
  }
}
process.exit(results.every(Boolean) ? 0 : 1);

/** Three nats-servers that form a cluster and two relay nodes on them, all real processes that can be killed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJetStream, fieldsOf, type Fields } from "../../../sync-server/src/jetstream/jetstream-api.ts";
import { connectNats } from "../../../sync-server/src/jetstream/nats-connection.ts";
import { STREAM } from "../../../sync-server/src/jetstream/stream.ts";
import { freePort, startNatsServer, type NatsServer } from "../../unit/sync-server/jetstream/nats-server.ts";
import { spawnRelay, type RelayProcess } from "../../unit/sync-server/relay-process.ts";

/** Where a process runs: an address, and what it is started under. */
export interface Place {
  readonly host: string;
  readonly under: readonly string[];
}

export interface Node {
  readonly url: string;
  start(): Promise<void>;
  kill(): Promise<void>;
}

export interface Cluster {
  readonly servers: readonly NatsServer[];
  readonly nodes: readonly [Node, Node];
  /** Index of the server that leads the stream. */
  leader(): Promise<number>;
  /** Resolves when every server has all that the leader has. */
  healed(): Promise<void>;
  /** Makes another server lead, until it is this one. */
  lead(index: number): Promise<void>;
  stop(): Promise<void>;
}

const CHECK_MS = 200;
const HEAL_MS = 60_000;
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export const startCluster = async (places: readonly Place[]): Promise<Cluster> => {
  const folder = mkdtempSync(join(tmpdir(), "deskhand-cluster-"));
  const servers = await startServers(places);
  const urls = servers.map(({ url }) => url).join(",");
  const [first, second] = await Promise.all(
    places.slice(0, 2).map(async (place, at) => startNode(place, join(folder, `relay-${at}`), urls)),
  );
  if (first === undefined || second === undefined) throw new Error("two places are needed");

  const nats = connectNats({
    servers: urls.split(","),
    onConnected: () => {},
    onDisconnected: () => {},
  });
  const jetStream = createJetStream(nats, STREAM);
  const state = async (): Promise<Fields> => {
    const answer = await jetStream.ask(`STREAM.INFO.${STREAM}`, {});
    return answer.ok ? fieldsOf(answer.value.get("cluster")) : new Map();
  };
  const leader = async (): Promise<number> => {
    for (const until = Date.now() + HEAL_MS; Date.now() < until; await pause(CHECK_MS)) {
      const found = /^n(\d)$/.exec(String((await state()).get("leader")));
      if (found !== null) return Number(found[1]);
    }
    throw new Error("the stream has no leader");
  };
  const isHealed = async (): Promise<boolean> => {
    const replicas = (await state()).get("replicas");
    const others = Array.isArray(replicas) ? replicas.map(fieldsOf) : [];
    return (
      others.length === places.length - 1 &&
      others.every((one) => one.get("current") === true && one.get("offline") !== true)
    );
  };

  return {
    servers,
    nodes: [first, second],
    leader,
    healed: async () => {
      for (const until = Date.now() + HEAL_MS; Date.now() < until; await pause(CHECK_MS)) {
        if (await isHealed()) return;
      }
      throw new Error("the cluster did not heal");
    },
    lead: async (index) => {
      while ((await leader()) !== index) {
        await jetStream.ask(`STREAM.LEADER.STEPDOWN.${STREAM}`, {});
        await pause(5 * CHECK_MS);
      }
    },
    stop: async () => {
      nats.close();
      await Promise.all([first.kill(), second.kill(), ...servers.map((server) => server.stop())]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A cluster of nats-servers, one at each place. */
export const startServers = async (places: readonly Place[]): Promise<readonly NatsServer[]> => {
  const routes = await Promise.all(places.map(async ({ host }) => `${host}:${await freePort()}`));
  return Promise.all(
    places.map(({ host, under }, at) => {
      const [address = "", port = ""] = (routes[at] ?? "").split(":");
      const listed = routes.map((route) => `"nats://${route}"`).join(", ");
      const cluster = `cluster { name: deskhand, host: "${address}", port: ${port}, routes: [${listed}] }`;
      return startNatsServer(`server_name: n${at}\n${cluster}`, { host, wrap: under });
    }),
  );
};

const startNode = async ({ host, under }: Place, dataDir: string, nats: string): Promise<Node> => {
  const port = String(await freePort());
  let relay: RelayProcess | undefined;
  const start = async (): Promise<void> => {
    const args = ["--host", host, "--port", port, "--data", dataDir, "--nats", nats];
    relay = spawnRelay(args, {}, { under });
    await relay.url;
  };
  await start();
  return {
    url: `http://${host}:${port}`,
    start,
    kill: async () => {
      relay?.kill("SIGKILL");
      await relay?.exited;
    },
  };
};

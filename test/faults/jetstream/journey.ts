/** The product's main journey, with the relay of its harness on a cluster of nats-servers. */
import { spawnSync } from "node:child_process";
import { startServers, type Place } from "./cluster.ts";

/** @returns whether every test of it passed */
export const runJourney = async (places: readonly Place[]): Promise<boolean> => {
  const servers = await startServers(places);
  const nats = servers.map(({ url }) => url).join(",");
  const args = ["run", "--project", "journeys", "test/journeys/phone.test.ts"];
  const { status } = spawnSync("vitest", args, {
    stdio: "inherit",
    env: { ...process.env, DESKHAND_RELAY_NATS: nats },
  });
  await Promise.all(servers.map((server) => server.stop()));
  return status === 0;
};

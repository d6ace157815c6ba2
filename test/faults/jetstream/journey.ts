/** All journeys of the product, with the relay of their harness on a cluster of nats-servers. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { startServers, type Place } from "./cluster.ts";

/** @returns whether every test of it passed */
export const runJourney = async (places: readonly Place[]): Promise<boolean> => {
  const servers = await startServers(places);
  const nats = servers.map(({ url }) => url).join(",");
  // As `npm test` runs them: with a display and Electron's runtime.
  const tests = path.join(import.meta.dirname, "../../../scripts/test.ts");
  const { status } = spawnSync(process.execPath, [tests, "--project", "journeys"], {
    stdio: "inherit",
    env: { ...process.env, DESKHAND_RELAY_NATS: nats },
  });
  await Promise.all(servers.map((server) => server.stop()));
  return status === 0;
};

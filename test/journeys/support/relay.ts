/**
 * The relay as its own process, on a port that stays its own over restarts. With DESKHAND_RELAY_NATS set (a list of
 * servers) every journey runs on JetStream: the relay reads the variable itself.
 */
import { createServer } from "node:net";
import { RELAY_NODE_FLAGS } from "../../../scripts/relay-flags.ts";
import { startChild, type Child } from "./child.ts";

export interface RelayProcess {
  /** Such as "http://127.0.0.1:40123". */
  readonly url: string;
  readonly child: () => Child;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly start: () => Promise<void>;
}

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === "object" ? address.port : 0));
    });
  });

/** @param hasOwnLog its log is on its own disk also where the others' are on JetStream: for tests of that disk, or of another relay */
export const startRelayProcess = async (
  dataDir: string,
  { hasOwnLog = false }: { readonly hasOwnLog?: boolean } = {},
): Promise<RelayProcess> => {
  const port = await freePort();
  let child: Child;
  const start = async (): Promise<void> => {
    const args = ["--port", String(port), "--data", dataDir, "--web", "mobile/dist"];
    child = startChild(
      "sync-server/src/main.ts",
      args,
      hasOwnLog ? { DESKHAND_RELAY_NATS: "" } : {},
      RELAY_NODE_FLAGS,
    );
    await child.line(/^relay listening on /);
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    child: () => child,
    stop: async (signal) => void (await child.end(signal)),
    start,
  };
};

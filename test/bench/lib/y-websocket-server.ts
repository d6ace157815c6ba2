/** The stock y-websocket server (documents in memory) as its own process. */
import { startChild, type Child } from "../../journeys/support/child.ts";
import { freePort } from "../../journeys/support/relay.ts";

export interface StockServer {
  /** Such as "ws://127.0.0.1:40123". */
  readonly url: string;
  readonly child: Child;
}

export const startStockServer = async (): Promise<StockServer> => {
  const port = await freePort();
  const child = startChild("node_modules/@y/websocket-server/src/server.js", [], {
    HOST: "127.0.0.1",
    PORT: String(port),
  });
  await child.line(/^running at /);
  return { url: `ws://127.0.0.1:${port}`, child };
};

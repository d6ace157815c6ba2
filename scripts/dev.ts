/**
 * `npm run dev`: the relay, the executor in this terminal and the phone app from Vite with hot reload. A change of the
 * relay or the executor restarts it.
 */
import os from "node:os";
import path from "node:path";
import { ROOT } from "./build-missing.ts";
import { createProcesses } from "./processes.ts";
import { RELAY_NODE_FLAGS } from "./relay-flags.ts";

const RELAY_PORT = "8787";
const WEB_PORT = "5173";
const home = process.env["DESKHAND_HOME"] ?? path.join(os.tmpdir(), "deskhand-dev");
const webUrl = `http://127.0.0.1:${WEB_PORT}`;

const processes = createProcesses(console.log);
processes.start(
  "The relay",
  process.execPath,
  [
    ...RELAY_NODE_FLAGS,
    "--watch",
    "sync-server/src/main.ts",
    "--port",
    RELAY_PORT,
    "--data",
    path.join(home, "relay"),
    "--allow-origin",
    webUrl,
  ],
  { cwd: ROOT, stdio: "inherit" },
);
processes.start("Vite", "vite", ["mobile", "--port", WEB_PORT, "--strictPort", "--host", "127.0.0.1"], {
  cwd: ROOT,
  stdio: "inherit",
});
processes.start(
  "Deskhand",
  process.execPath,
  ["--watch-preserve-output", "--watch", "desktop/src/headless.ts"],
  {
    cwd: ROOT,
    stdio: "inherit",
    env: {
      ...process.env,
      DESKHAND_HOME: home,
      DESKHAND_RELAY_URL: `http://127.0.0.1:${RELAY_PORT}`,
      DESKHAND_PUBLIC_URL: webUrl,
      DESKHAND_DEMO_PARENT: home,
    },
  },
);

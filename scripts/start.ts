/**
 * `npm start`: builds what is missing, starts the relay and the desktop (a window where there is a display, else the
 * terminal), serves the phone app, and prints its address. Ctrl-C ends everything.
 */
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { buildMissing, ROOT } from "./build-missing.ts";
import { findElectron } from "./find-electron.ts";
import { createProcesses, lineMatching } from "./processes.ts";
import { RELAY_NODE_FLAGS } from "./relay-flags.ts";

const HELP = `npm start -- [options]

  --host ADDRESS   where the relay listens (default: every address, so that a phone in your network reaches it)
  --port NUMBER    the relay's port (default 8787)
  --home FOLDER    where Deskhand keeps its data (default ~/.deskhand)
  --folder FOLDER  a folder that it may use, repeatable (default: a demo folder in your home)
  --headless       no window: pair and answer in this terminal
  --restore        go on with the workspace of another computer, by the 24 words of its recovery kit

  ANTHROPIC_API_KEY   with a key, Claude does the work; without one, the built-in offline planner

  For another model or another server that speaks its API: DESKHAND_MODEL, ANTHROPIC_BASE_URL, DESKHAND_MODEL_CONTEXT,
  DESKHAND_MODEL_OUTPUT, DESKHAND_MODEL_CACHE, DESKHAND_MODEL_PREVIEWS; node desktop/src/headless.ts --help explains them.
`;

const { values: options } = parseArgs({
  options: {
    host: { type: "string", default: "0.0.0.0" },
    port: { type: "string", default: "8787" },
    home: { type: "string", default: process.env["DESKHAND_HOME"] ?? path.join(os.homedir(), ".deskhand") },
    folder: { type: "string", multiple: true, default: [] },
    headless: { type: "boolean", default: false },
    restore: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit(0);
}

const say = (line: string): void => console.log(line);

/** The address under which another device in this network finds us; undefined without a network. */
const lanAddress = (): string | undefined =>
  Object.values(os.networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal)?.address;

const hasDisplay = (): boolean =>
  process.platform !== "linux" || Boolean(process.env["DISPLAY"]) || Boolean(process.env["WAYLAND_DISPLAY"]);

if (!buildMissing(say)) {
  say("The build failed, so nothing was started.");
  process.exit(1);
}

const processes = createProcesses(say);
const relay = processes.start(
  "The relay",
  process.execPath,
  [
    ...RELAY_NODE_FLAGS,
    "sync-server/src/main.ts",
    "--host",
    options.host,
    "--port",
    options.port,
    "--data",
    path.join(options.home, "relay"),
    "--web",
    "mobile/dist",
  ],
  // A group of its own: Ctrl-C reaches the desktop first, which says good-bye through the relay.
  { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"], detached: process.platform !== "win32" },
);
const [, , port = options.port] = await lineMatching(relay, /listening on (https?:\/\/.*):(\d+)$/, say);

const isLocalOnly = options.host === "127.0.0.1" || options.host === "localhost";
const phoneUrl = `http://${(isLocalOnly ? undefined : lanAddress()) ?? "127.0.0.1"}:${port}`;
say(
  `\nDeskhand is running.\n  On this computer:  http://127.0.0.1:${port}\n  On your phone:     ${phoneUrl}`,
);

const electron = !options.headless && hasDisplay() ? findElectron({ mayDownload: true, say }) : undefined;
if (!options.headless && hasDisplay() && electron === undefined)
  say("No Electron here (npx install-electron fetches it), so Deskhand stays in this terminal.");

const environment = {
  ...process.env,
  DESKHAND_HOME: options.home,
  DESKHAND_RELAY_URL: `http://127.0.0.1:${port}`,
  DESKHAND_PUBLIC_URL: phoneUrl,
  DESKHAND_FOLDERS: options.folder.map((folder) => path.resolve(folder)).join(path.delimiter),
  /** A window started from here shows the first phone's code here too. */
  DESKHAND_PRINT_CODE: "1",
  ...(options.restore ? {} : { DESKHAND_START_NEW: "1" }),
  /** Where the demo folder goes when nothing is granted yet. */
  DESKHAND_DEMO_PARENT: os.homedir(),
};
if (electron === undefined) {
  processes.start(
    "Deskhand",
    process.execPath,
    ["desktop/src/headless.ts", ...(options.restore ? ["--restore"] : [])],
    {
      cwd: ROOT,
      stdio: "inherit",
      env: environment,
    },
  );
} else {
  const asRoot = process.getuid?.() === 0;
  const executable = ["electron", "electron.exe", "Electron.app/Contents/MacOS/Electron"]
    .map((name) => path.join(electron, name))
    .find((file) => existsSync(file));
  processes.start(
    "Deskhand",
    executable ?? path.join(electron, "electron"),
    [...(asRoot ? ["--no-sandbox"] : []), "desktop"],
    {
      cwd: ROOT,
      stdio: "inherit",
      env: environment,
    },
  );
}

/**
 * Deskhand in a terminal: the executor on a machine without a display, and the way to pair phones with it.
 * 1. Everything a person needs is on stdout; for programs that drive it, DESKHAND_LOG=json adds lines on stderr.
 * 2. Ctrl-C, SIGTERM and "quit" end it cleanly: the phone is told, journals are closed, exit code 0.
 * 3. What cannot start is one sentence and exit code 1.
 */
import { createInterface } from "node:readline";
import { openHost, type Host } from "./host/open-host.ts";
import { parseSettings, type HostSettings } from "./host/settings.ts";
import { parseCommand } from "./terminal/commands.ts";
import { parseFlags } from "./terminal/flags.ts";
import { createLog } from "./terminal/log.ts";
import { createPairingScreen } from "./terminal/pairing-screen.ts";

const HELP = `node desktop/src/headless.ts [options]

  --data FOLDER       where Deskhand keeps its data   DESKHAND_HOME        ~/.deskhand
  --relay URL         the relay that it dials         DESKHAND_RELAY_URL   http://127.0.0.1:8787
  --public-url URL    where a phone opens the app     DESKHAND_PUBLIC_URL  the relay's address
  --folder FOLDER     a folder that it may use, repeatable   DESKHAND_FOLDERS
  --name NAME         what phones call this computer  DESKHAND_NAME        the host's name
  --help              this text

  ANTHROPIC_API_KEY    with a key, Claude does the work; without one, the built-in offline planner
  DESKHAND_PASSPHRASE  seals the keys on this disk

While it runs:  Enter or "new" = a new code · six digits = pair the phone that shows them · "no" = refuse it
                "stop" = stop everything · "resume" · "quit"
`;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const log = createLog(process.env["DESKHAND_LOG"], (line) => void process.stderr.write(line));

const fail = (sentences: readonly string[]): void => {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
};

const introduce = ({ executor, model, secrets, settings }: Host): void => {
  const folders = executor.grants
    .list()
    .map(({ path, mode }) => `${path} (${mode === "read" ? "read" : "read and write"})`);
  say(`
Deskhand works on this computer. Your phone gives it tasks; you decide what it may touch.

  Computer   ${settings.desktopName}
  Model      ${model.name}
  Folders    ${folders.join("\n             ") || "none yet: start again with --folder FOLDER"}
  Phone      open ${settings.phoneUrl}, or scan the code
  Data       ${settings.dataFolder}
             ${secrets.announcement}`);
  log({
    event: "ready",
    model: model.name,
    folders: executor.grants.list().map(({ path }) => path),
    phoneUrl: settings.phoneUrl,
  });
};

/** Says once that the relay is away, and once that it is back. */
const watchRelay = ({ executor, relay, settings }: Host): void => {
  let wasLive: boolean | undefined;
  let lastPhase = "";
  const lose = (): void => {
    if (wasLive === false) return;
    wasLive = false;
    say(`The relay at ${settings.relayUrl} can't be reached. Tasks go on here; connecting goes on too.`);
  };
  executor.on((event) => {
    if (event.type !== "relay" || event.relayUrl !== relay.url) return;
    const { phase, refusal } = event.status;
    if (phase !== lastPhase) log({ event: "relay", phase });
    lastPhase = phase;
    if (phase === "live") {
      if (wasLive === false) say("The relay is reachable again.");
      wasLive = true;
    } else if (phase === "refused") {
      say(`The relay turned this computer away (${refusal ?? "no reason given"}). Trying again in a minute.`);
    } else if (phase === "offline") lose();
  });
};

/** What happens to tasks, a line each. */
const watchRuns = ({ executor }: Host): void => {
  executor.on((event) => {
    if (event.type === "failure") say(`Everything is halted: ${event.text}`);
    if (event.type !== "record") return;
    const { record } = event;
    if (record.type === "stopped" || record.type === "resumed") log({ event: record.type });
    if (record.type !== "run-moved") return;
    const task = executor.ledger.runs.get(record.runId)?.task;
    if (task === undefined) return;
    say(`${record.state.padEnd(11)} ${oneLine(task.prompt)}`);
    log({ event: "run-state", runId: record.runId, taskId: task.id, state: record.state });
  });
};

/** Control characters out of a phone must not steer this terminal. */
const oneLine = (text: string): string => text.replace(/\p{C}+/gu, " ").slice(0, 80);

const run = async (settings: HostSettings): Promise<void> => {
  const screen = createPairingScreen({ say, log });
  const opened = await openHost(settings, { onPairing: (state) => screen.show(state) });
  if (!opened.ok) return fail([opened.error.sentence]);
  const host = opened.value;
  const { executor, pairing } = host;
  introduce(host);
  watchRelay(host);
  watchRuns(host);

  let isEnding = false;
  const end = async (): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    input.close();
    await host.close();
    say("Deskhand was closed. Runs go on at the next start.");
    log({ event: "closed" });
    process.exit(0); // stdin may still be open
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void end());

  const input = createInterface({ input: process.stdin });
  input.on("line", (line) => {
    const command = parseCommand(line, pairing.state().type === "requested");
    switch (command.type) {
      case "digits":
        return void pairing.typeDigits(command.digits);
      case "new":
        return pairing.show();
      case "no":
        return pairing.refuse();
      case "stop":
        executor.stopAll();
        return say('Stopped. Nothing starts until you type "resume".');
      case "resume":
        executor.resume();
        return say("Resumed.");
      case "quit":
        return void end();
      case "unknown":
        return say('Not understood. Enter = a new code · "stop" · "resume" · "quit"');
    }
  });
  pairing.show();
};

const flags = parseFlags(process.argv.slice(2));
if (!flags.ok) fail(flags.error);
else if (flags.value.help) process.stdout.write(HELP);
else {
  const settings = parseSettings(flags.value, process.env);
  if (settings.ok) await run(settings.value);
  else fail(settings.error);
}

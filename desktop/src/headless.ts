/**
 * Deskhand in a terminal: the executor on a machine without a display, and the way to pair phones with it.
 * 1. Everything a person needs is on stdout; for programs that drive it, DESKHAND_LOG=json adds lines on stderr.
 * 2. Ctrl-C, SIGTERM and "quit" end it cleanly: the phone is told, journals are closed, exit code 0.
 * 3. What cannot start is one sentence and exit code 1.
 */
import path from "node:path";
import { createInterface, type Interface } from "node:readline";
import { replacePrivateFile } from "./executor/private-files.ts";
import type { Model, Search } from "./executor/index.ts";
import { openHost, type Host } from "./host/open-host.ts";
import { parseSettings, type HostSettings } from "./host/settings.ts";
import { parseCommand } from "./terminal/commands.ts";
import { restoreHost } from "./host/restore-host.ts";
import { parseFlags, type TerminalFlags } from "./terminal/flags.ts";
import { createLog } from "./terminal/log.ts";
import { createPairingScreen } from "./terminal/pairing-screen.ts";
import { commandsLines, createSafeguardScreen } from "./terminal/safeguards.ts";
import { alarmSentence } from "./terminal/alarm-sentences.ts";
import { readWords, showWords } from "./terminal/recovery-screen.ts";

const HELP = `node desktop/src/headless.ts [options]

  --data FOLDER       where Deskhand keeps its data   DESKHAND_HOME        ~/.deskhand
  --relay URL         the relay that it dials         DESKHAND_RELAY_URL   http://127.0.0.1:8787
  --public-url URL    where a phone opens the app     DESKHAND_PUBLIC_URL  the relay's address
  --folder FOLDER     a folder that it may use, repeatable   DESKHAND_FOLDERS
  --name NAME         what phones call this computer  DESKHAND_NAME        the host's name
  --model NAME              a model other than the default        DESKHAND_MODEL
  --model-url URL           another server that speaks its API    ANTHROPIC_BASE_URL
  --model-context TOKENS    what the model reads at once          DESKHAND_MODEL_CONTEXT   200000
  --model-output TOKENS     what it writes in one turn            DESKHAND_MODEL_OUTPUT    at most 16000
  --model-cache on|off      its server keeps what it has read     DESKHAND_MODEL_CACHE     on for Anthropic's own
  --model-previews on|off   it pages through long results itself  DESKHAND_MODEL_PREVIEWS  on
  --show-recovery-kit      makes a recovery kit and shows its 24 words once
  --restore                goes on with a workspace of another computer; asks for the words of its kit
  --recovery-file FILE     the kit's file, written or read: restores without a relay
  --help              this text

  ANTHROPIC_API_KEY    with a key, Claude does the work (or the model named above); without one, the key that was
                       given in the window, else the built-in offline planner
  DESKHAND_PASSPHRASE  seals the keys on this disk

While it runs:  Enter or "new" = a new code · six digits = pair the phone that shows them · "no" = refuse it
                "stop" = stop everything · "resume" · "search WORDS" · "quit"
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
  Model      ${model.name}${windowOf(model)}
  Commands   ${commandsLines(executor.status()).join("\n             ")}
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

/** The built-in planner has none. */
const windowOf = ({ contextTokens }: Model): string =>
  contextTokens === undefined ? "" : `, reads ${contextTokens} tokens at once`;

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

/** Commands that are off, an audit log that was changed, a stop from before: at the start, and when it changes. */
const watchSafeguards = ({ executor, settings }: Host): void => {
  const screen = createSafeguardScreen({ say, log, dataFolder: settings.dataFolder });
  screen.show(executor.status());
  executor.on((event) => {
    if (event.type === "status") screen.show(event.status);
  });
  if (executor.ledger.stopped !== undefined)
    say('Everything is stopped, as it was before. Nothing starts until you type "resume".');
};

/** What happens to tasks, a line each. */
const watchRuns = ({ executor }: Host): void => {
  executor.on((event) => {
    if (event.type === "failure") say(`Everything is halted: ${event.text}`);
    if (event.type !== "record") return;
    const { record } = event;
    if (record.type === "stopped" || record.type === "resumed") log({ event: record.type });
    if (record.type === "stopped" && record.alarm !== undefined) {
      say(alarmSentence(record.alarm, (id) => executor.ledger.devices.get(id)?.record.name));
      say(
        'Everything is stopped. To go on, type "resume"; to remove a device, use the window or another phone.',
      );
    }
    if (record.type !== "run-moved") return;
    const task = executor.ledger.runs.get(record.runId)?.task;
    if (task === undefined) return;
    say(`${record.state.padEnd(11)} ${oneLine(task.prompt)}`);
    log({ event: "run-state", runId: record.runId, taskId: task.id, state: record.state });
  });
};

/** Control characters out of a phone must not steer this terminal. */
const oneLine = (text: string): string => text.replace(/\p{C}+/gu, " ").slice(0, 80);

/** As many as a screen shows. */
const MAX_FOUND = 20;

const showFound = ({ found, hasMore, unreadable }: Search): void => {
  for (const { at, excerpt } of found) say(`${new Date(at).toISOString().slice(0, 10)}  ${oneLine(excerpt)}`);
  if (found.length === 0) say("Nothing was found.");
  if (hasMore) say("There is more; name more words.");
  if (unreadable > 0) say(`${unreadable} part(s) of the archive on this disk cannot be read.`);
};

/** False when it cannot be made; the reason was said. */
const showKit = async ({ executor }: Host, file: string | undefined): Promise<boolean> => {
  const made = await executor.recovery.make();
  if (!made.ok)
    return refuse(`The recovery kit could not be kept (${made.error.type}). No words were shown.`);
  const bytes = executor.recovery.file();
  if (file !== undefined && bytes !== undefined) {
    try {
      replacePrivateFile(path.resolve(file), bytes);
    } catch (error) {
      return refuse(`The file ${file} could not be written: ${String(error)}. No words were shown.`);
    }
  }
  showWords(made.value.words, say);
  log({ event: "recovery-kit" });
  return true;
};

const restore = async (
  settings: HostSettings,
  input: Interface,
  file: string | undefined,
): Promise<boolean> => {
  const secret = await readWords(input, say);
  if (secret === undefined) return refuse("Nothing was restored: the words did not come.");
  say("Restoring. The document comes from the relay …");
  const restored = await restoreHost(settings, { secret, file });
  if (!restored.ok) return refuse(restored.error.sentence);
  const { reached, devices } = restored.value;
  say(
    reached.length > 0
      ? `Restored, with ${devices} device(s). What was under way is interrupted; folders are to be granted anew.`
      : `Restored without a relay, with ${devices} device(s). The document follows when the relay can be reached.`,
  );
  log({ event: "restored", relays: reached, devices });
  return true;
};

const refuse = (sentence: string): false => {
  fail([sentence]);
  return false;
};

const run = async (settings: HostSettings, flags: TerminalFlags): Promise<void> => {
  const input = createInterface({ input: process.stdin });
  const file = flags["recovery-file"];
  if (flags.restore && !(await restore(settings, input, file))) return input.close();
  const screen = createPairingScreen({ say, log });
  const opened = await openHost(settings, { onPairing: (state) => screen.show(state) });
  if (!opened.ok) {
    input.close();
    return fail([opened.error.sentence]);
  }
  const host = opened.value;
  const { executor, pairing } = host;
  introduce(host);
  watchSafeguards(host);
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
    process.exit(process.exitCode ?? 0); // stdin may still be open
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void end());

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
      case "search":
        return showFound(executor.search(command.query, MAX_FOUND));
      case "quit":
        return void end();
      case "unknown":
        return say('Not understood. Enter = a new code · "stop" · "resume" · "search WORDS" · "quit"');
    }
  });
  if (flags["show-recovery-kit"] && !(await showKit(host, file))) return end();
  pairing.show();
};

const flags = parseFlags(process.argv.slice(2));
if (!flags.ok) fail(flags.error);
else if (flags.value.help) process.stdout.write(HELP);
else {
  const settings = parseSettings(flags.value, process.env);
  if (settings.ok) await run(settings.value, flags.value);
  else fail(settings.error);
}

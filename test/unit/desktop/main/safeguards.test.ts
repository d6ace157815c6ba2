/** What the terminal says of commands and of the audit log: the lines themselves, and in a real process. */
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import {
  commandsLines,
  createSafeguardScreen,
  type Safeguards,
} from "../../../../desktop/src/terminal/safeguards.ts";
import { endAllChildren, startChild, type Child } from "../../../journeys/support/child.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../../journeys/support/files.ts";

afterEach(endAllChildren);
afterAll(removeTemporaryFolders);

describe("the lines", () => {
  const OFF = { type: "off", text: "Commands are off: something is missing." } as const;
  const shown = (...states: readonly Safeguards[]) => {
    const lines: string[] = [];
    const events: object[] = [];
    const screen = createSafeguardScreen({
      say: (line) => lines.push(line),
      log: (event) => events.push(event),
      dataFolder: "/data",
    });
    for (const state of states) screen.show(state);
    return { lines, events };
  };

  test("at the start: a word, and why", () => {
    expect(commandsLines({ commands: OFF })).toEqual(["off", OFF.text]);
    expect(commandsLines({ commands: { type: "untested" } })).toEqual([expect.stringMatching("^not tested")]);
    expect(commandsLines({})).toEqual(commandsLines({ commands: { type: "untested" } }));
  });

  test("afterwards only what changes, once", () => {
    const untested: Safeguards = { commands: { type: "untested" } };
    const { lines, events } = shown(
      untested,
      { commands: { type: "testing" } },
      { commands: OFF },
      { commands: OFF },
      { commands: { type: "on" } },
    );
    expect(lines).toEqual([expect.stringContaining(OFF.text), expect.stringMatching("^Commands can be run")]);
    expect(events.map((event) => Object(event).type)).toEqual(["untested", "off", "on"]);
  });

  test("what stands in the list at the start is not said again", () => {
    expect(shown({ commands: OFF }, { commands: OFF }).lines).toEqual([]);
  });

  test("[T58] an audit log that was changed is said at the start and once, with what to do", () => {
    const state: Safeguards = { auditAlarm: "Row 3 of the audit log was changed." };
    const { lines, events } = shown(state, state);
    expect(lines).toEqual([expect.stringMatching(/Row 3 of the audit log was changed\.[^]*verify \/data/)]);
    expect(events).toEqual([{ event: "audit-alarm", text: state.auditAlarm }]);
  });
});

describe("in a real process", () => {
  const start = async (home: string, env: NodeJS.ProcessEnv = {}): Promise<Child> => {
    const folder = temporaryFolder("granted");
    const child = startChild("desktop/src/headless.ts", ["--data", home, "--folder", folder], {
      DESKHAND_LOG: "json",
      DESKHAND_RELAY_URL: "http://127.0.0.1:1", // nobody listens there
      DESKHAND_PASSPHRASE: "",
      DESKHAND_FOLDERS: "",
      ANTHROPIC_API_KEY: "",
      ...env,
    });
    await child.line(/"event":"pairing-link"/);
    return child;
  };

  test("without bubblewrap: off from the start, and why", async () => {
    const child = await start(temporaryFolder("home"), { PATH: temporaryFolder("empty") });
    const said = child.lines().join("\n");
    expect(said).toMatch(/Commands {3}off\n +Commands are off: the program bubblewrap.* is not installed\./);
    expect(said).toContain('{"event":"commands","type":"off"');
  });

  test("a sandbox that does not hold: said when its test has found it out", async () => {
    const programs = temporaryFolder("programs");
    writeFileSync(path.join(programs, "bwrap"), "#!/bin/sh\nexit 1\n");
    chmodSync(path.join(programs, "bwrap"), 0o755);
    const child = await start(temporaryFolder("home"), { PATH: programs });
    expect(child.lines().join("\n")).toContain("Commands   not tested yet");
    await child.line(/^Commands are off: .* Other tools work\.$/);
  });

  test("[T58] an audit log that was changed, and [T57] a stop from before, are said at the next start", async () => {
    const home = temporaryFolder("home");
    const first = await start(home);
    first.write("stop\n");
    await first.line(/"event":"stopped"/);
    await first.end();
    const log = path.join(home, "audit.jsonl");
    writeFileSync(log, readFileSync(log, "utf8").replace('"kind":"grant"', '"kind":"paired"'));
    const again = await start(home);
    const said = again.lines().join("\n");
    expect(said).toMatch(/not as this computer left it\. Row \d+ of the audit log was changed\./);
    expect(said).toContain(
      'Everything is stopped, as it was before. Nothing starts until you type "resume".',
    );
  });
});

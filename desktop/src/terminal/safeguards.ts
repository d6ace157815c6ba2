/**
 * Whether what keeps this computer safe is as it should be, in the terminal: commands and their sandbox, the audit log.
 * At the start all is said, afterwards only what changes.
 */
import type { ExecutorStatus } from "../executor/executor.ts";
import type { Log } from "./log.ts";

export type Safeguards = Pick<ExecutorStatus, "commands" | "auditAlarm">;

export interface SafeguardScreenPorts {
  readonly say: (line: string) => void;
  readonly log: Log;
  /** Names the folder in the advice. */
  readonly dataFolder: string;
}

export interface SafeguardScreen {
  /** Says what is new since it was shown last; the first time only what is wrong. */
  readonly show: (status: Safeguards) => void;
}

const COMMANDS = {
  untested: "not tested yet; none runs before this computer's sandbox has passed its own test",
  testing: "being tested; none runs before this computer's sandbox has passed its own test",
  on: "on: in a sandbox with one folder and no network",
} as const;

/** For the list at the start: a word, and why, a line each. */
export const commandsLines = ({ commands = { type: "untested" } }: Safeguards): readonly string[] =>
  commands.type === "off" ? ["off", commands.text] : [COMMANDS[commands.type]];

export const createSafeguardScreen = ({ say, log, dataFolder }: SafeguardScreenPorts): SafeguardScreen => {
  let isFirst = true;
  let shownCommands = "";
  let shownAlarm: string | undefined;

  const showCommands = (commands: NonNullable<Safeguards["commands"]>): void => {
    if (commands.type === "testing") return; // it lasts a second
    const text = commands.type === "off" ? commands.text : commands.type;
    if (text === shownCommands) return;
    shownCommands = text;
    log({ event: "commands", ...commands });
    if (isFirst) return; // it stands in the list
    if (commands.type === "off") say(`${commands.text} Other tools work.`);
    else if (commands.type === "on")
      say("Commands can be run: the sandbox of this computer passed its test.");
  };

  const showAlarm = (alarm: string | undefined): void => {
    if (alarm === undefined || alarm === shownAlarm) return;
    shownAlarm = alarm;
    log({ event: "audit-alarm", text: alarm });
    say(`
The audit log is not as this computer left it. ${alarm}
What your devices saw of it before is kept by them. To look at it: npm run audit -- verify ${dataFolder}
`);
  };

  return {
    show: ({ commands, auditAlarm }) => {
      if (commands !== undefined) showCommands(commands);
      showAlarm(auditAlarm);
      isFirst = false;
    },
  };
};

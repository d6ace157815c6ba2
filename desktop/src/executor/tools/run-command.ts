/**
 * Runs a command line in the sandbox, over one folder.
 * 1. "read": the folder is there read-only, and the command runs without a question. "write": the person sees the
 *    exact command line first; it works on a copy, and only what a command that ended well (exit code 0) changed is
 *    put in place, with undo (apply-changes.ts). So a command that is stopped, fails or crashes changes nothing.
 * 2. What it printed goes to a file of ours as a whole (up to a bound), to the model in its beginning and end.
 * 3. After a crash nobody knows how far putting in place came: it is never run again, and undo takes back what was.
 */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, type Place } from "../policy/path-scope.ts";
import { makePrivateFolder } from "../private-files.ts";
import { findHidden } from "../sandbox/hidden.ts";
import type { ConfinedCommand, Ending, Sandbox } from "../sandbox/sandbox.ts";
import { changesOf, makeWorkCopy, openUp, removeCopy, type CopyLimits } from "../sandbox/work-copy.ts";
import { applyChanges, type Applied } from "./apply-changes.ts";
import { openOutput, type Output } from "./command-output.ts";
import { defineTool, FOLDER, PATH, PLACE_PLAN, type EffectPorts } from "./define-tool.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import { lookForTarget } from "./file-facts.ts";
import type { Folder } from "./folder-handle.ts";
import { atEntry, inFolder, inGrant } from "./place.ts";
import type { GrantedFolder, StepFacts, Tool, ToolContext } from "./tool.ts";

const DEFAULT_SECONDS = 60;
const MOST_SECONDS = 600;
const LONGEST_COMMAND = 8192;

export interface CommandPorts {
  readonly sandbox: Pick<Sandbox, "ready" | "run">;
  /** Copies lie here while a command works on them; private, outside every grant. */
  readonly workDir: string;
  /** What commands printed is kept here: <outputDir>/<RunId>/<StepId>.txt. */
  readonly outputDir: string;
  readonly copyLimits?: CopyLimits;
}

const PLAN = z.object({
  ...PLACE_PLAN,
  inode: z.string(),
  command: z.string(),
  access: z.enum(["read", "write"]),
  timeoutSeconds: z.number(),
});
type Plan = z.infer<typeof PLAN>;

export const createRunCommand = (commands: CommandPorts, ports: EffectPorts): Tool =>
  defineTool({
    name: "run_command",
    description:
      "Runs a shell command (bash) in a sandbox that sees one folder, as its working directory, and no network. With " +
      "`access` “read” (default) it cannot change the folder. With “write” the person is asked first; it works on a " +
      "copy, and its changes are put in place when it ends with exit code 0. At most 64 KB of output are shown.",
    effect: "shell",
    crash: "unknown",
    input: z.strictObject({
      folder: FOLDER,
      path: z.optional(PATH),
      command: z.string().check(z.minLength(1), z.maxLength(LONGEST_COMMAND)),
      access: z.optional(z.enum(["read", "write"])),
      timeoutSeconds: z.optional(
        z.int().check(z.minimum(1), z.maximum(MOST_SECONDS), z.describe("Default 60, at most 600.")),
      ),
    }),
    plan: PLAN,
    prepare: async (input, { grants }) => {
      const { folder, command, access = "read", timeoutSeconds = DEFAULT_SECONDS } = input;
      const isReady = await commands.sandbox.ready();
      if (!isReady.ok) return fault("sandbox-off", isReady.error.text);
      if (command.includes("\0") || !command.isWellFormed())
        return fault("bad-input", "The command holds a character that no command line can hold.");
      const place = scopePath(grants, folder, input.path ?? "", access);
      if (!place.ok) return place;
      const { grant, shown, parts } = place.value;
      if (place.value.protectedName !== undefined)
        return fault("protected", `${shown} is protected: no command runs there.`);
      const found = await inGrant(grant, (root) =>
        atEntry(root, parts.length === 0 ? ["."] : parts, shown, (entry) => lookForTarget(entry, shown)),
      );
      if (!found.ok) return found;
      if (found.value.kind !== "folder") return fault("bad-input", `${shown} is not a folder.`);
      const { inode } = found.value;
      const names = { grantId: grant.id, folder: grant.name };
      const items = [{ path: place.value.path, isFolder: true, preimage: inode }];
      const what = { command, access, timeoutSeconds };
      return ok({
        plan: { ...names, path: place.value.path, inode, ...what },
        action: { v: 1, kind: "command", tool: "run_command", ...names, items, ...what },
        step: stepOf(command),
      });
    },
    run: async (plan, context) => {
      const place = placeOf(plan, context.grants);
      if (!place.ok) return place;
      const { grant, parts, shown } = place.value;
      const output = await openOutput(commands.outputDir, context, ports.now);
      if (!output.ok) return output;
      try {
        const ran = await inGrant(grant, (root) =>
          inFolder(root, parts, shown, (folder) =>
            plan.access === "read"
              ? runReading(folder, plan, shown, output.value, commands, context)
              : runOnCopy(folder, place.value, plan, output.value, commands, context, ports),
          ),
        );
        if (!ran.ok) return ran;
        if (ran.value.ending.type === "stopped")
          return fault("stopped", "The command was stopped; the folder is as it was.");
        return ok({ content: tell(ran.value, plan, output.value), step: stepOf(plan.command) });
      } finally {
        await output.value.close();
      }
    },
  });

interface Ran {
  readonly ending: Ending;
  readonly applied?: Applied;
}

/** The grant that was planned, and the access that it still gives. */
const placeOf = (plan: Plan, grants: readonly GrantedFolder[]): Outcome<Place> =>
  scopePath(
    grants.filter(({ id }) => id === plan.grantId),
    plan.folder,
    plan.path,
    plan.access,
  );

const runReading = async (
  folder: Folder,
  plan: Plan,
  shown: string,
  output: Output,
  commands: CommandPorts,
  context: ToolContext,
): Promise<Outcome<Ran>> => {
  const hidden = await findHidden(folder, shown, context.signal);
  if (!hidden.ok) return hidden;
  return confine(folder.at("."), plan, hidden.value, output, commands, context);
};

const runOnCopy = async (
  folder: Folder,
  place: Place,
  plan: Plan,
  output: Output,
  commands: CommandPorts,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<Ran>> => {
  makePrivateFolder(commands.workDir);
  const copyDir = path.join(commands.workDir, `copy-${randomUUID()}`);
  await mkdir(copyDir, { mode: 0o700 });
  try {
    const copy = await makeWorkCopy(folder, copyDir, place.shown, context.signal, commands.copyLimits);
    if (!copy.ok) return copy;
    const ran = await confine(copyDir, plan, [], output, commands, context);
    if (!ran.ok || ran.value.ending.type !== "exit" || ran.value.ending.code !== 0) return ran;
    openUp(copyDir);
    const changes = await changesOf(copyDir, copy.value);
    if (!changes.ok) return changes;
    const applied = await applyChanges(place, copyDir, copy.value, changes.value, context, ports);
    return applied.ok ? ok({ ...ran.value, applied: applied.value }) : applied;
  } finally {
    removeCopy(copyDir);
  }
};

const confine = async (
  folder: string,
  { command, access, timeoutSeconds }: Plan,
  hidden: ConfinedCommand["hidden"],
  output: Output,
  { sandbox }: CommandPorts,
  { signal }: ToolContext,
): Promise<Outcome<Ran>> => {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  const held = await attempt("The folder", () => open(folder, flags));
  if (!held.ok) return held;
  try {
    const limits = { timeoutMs: timeoutSeconds * 1000, signal, onOutput: output.take };
    const ending = await sandbox.run({ command, access, folder: held.value, hidden, ...limits });
    return ending.ok ? ok({ ending: ending.value }) : fault("sandbox-off", ending.error.text);
  } finally {
    await held.value.close();
  }
};

const stepOf = (command: string): StepFacts => {
  const [line = ""] = command.trim().split("\n");
  return { kind: "command", object: line.length > 80 ? `${line.slice(0, 79)}…` : line };
};

const tell = ({ ending, applied }: Ran, { access, timeoutSeconds }: Plan, output: Output): string => {
  const isDone = ending.type === "exit" && ending.code === 0;
  const unchanged = access === "write" && !isDone ? " The folder is as it was." : "";
  const ended = {
    exit: ending.type === "exit" ? `Exit code ${ending.code}.` : "",
    stopped: "Stopped.",
    "timed-out": `Ended after ${timeoutSeconds} seconds: its time was over.`,
    "too-many-processes": "Ended: it started too many processes.",
    "too-much-memory": "Ended: it used too much memory.",
    killed: "Ended by a signal.",
  }[ending.type];
  return [`${ended}${unchanged}`, ...(applied === undefined ? [] : tellApplied(applied)), output.text()].join(
    "\n",
  );
};

const MOST_TOLD = 20;
const tellApplied = ({ made, changed, removed, left }: Applied): readonly string[] => {
  const rest = left.length > MOST_TOLD ? [`… and ${left.length - MOST_TOLD} more`] : [];
  return [
    `Put in place: ${made} made, ${changed} changed, ${removed} removed.`,
    ...(left.length === 0 ? [] : ["Not taken over:", ...left.slice(0, MOST_TOLD), ...rest]),
  ];
};

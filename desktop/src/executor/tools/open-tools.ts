/** The executor's tools, with the folders of its own that they work in. Without a sound sandbox no command runs. */
import path from "node:path";
import type { EffectPorts } from "./define-tool.ts";
import { createTools } from "./registry.ts";
import type { CommandPorts } from "./run-command.ts";
import type { Tool } from "./tool.ts";

export interface OpenToolsPorts extends EffectPorts {
  /** Where the executor keeps what is its own; no grant contains it. */
  readonly dataDir: string;
  /** Works below `workDirOf(dataDir)`. */
  readonly sandbox: CommandPorts["sandbox"];
}

/** Copies lie here while a command works on them, and the sandbox's own test. */
export const workDirOf = (dataDir: string): string => path.join(dataDir, "work");

export const openTools = ({ dataDir, sandbox, ...ports }: OpenToolsPorts): readonly Tool[] =>
  createTools({
    ...ports,
    commands: { sandbox, workDir: workDirOf(dataDir), outputDir: path.join(dataDir, "outputs") },
  });

/**
 * The executor's tools, with the folders of its own that they work in. The sandbox tests itself before the first
 * command, and without a sound one there is none.
 */
import path from "node:path";
import { createSandbox } from "../sandbox/sandbox.ts";
import type { EffectPorts } from "./define-tool.ts";
import { createTools } from "./registry.ts";
import type { Tool } from "./tool.ts";

export interface OpenToolsPorts extends EffectPorts {
  /** Where the executor keeps what is its own; no grant contains it. */
  readonly dataDir: string;
  readonly home: string;
}

export const openTools = ({ dataDir, home, ...ports }: OpenToolsPorts): readonly Tool[] => {
  const workDir = path.join(dataDir, "work");
  const sandbox = createSandbox({ workDir, home });
  return createTools({ ...ports, commands: { sandbox, workDir, outputDir: path.join(dataDir, "outputs") } });
};

/** The flags of the terminal program. What is not known is one sentence, as `parseArgs` says it. */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { GivenSettings } from "../host/settings.ts";

export interface TerminalFlags extends GivenSettings {
  readonly help: boolean;
  /** Begin from a recovery kit. */
  readonly restore: boolean;
  readonly "show-recovery-kit": boolean;
  /** With restore: read it; with show-recovery-kit: write it. */
  readonly "recovery-file"?: string | undefined;
}

/** @param args without the program's name */
export const parseFlags = (args: readonly string[]): Result<TerminalFlags, readonly string[]> => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        relay: { type: "string" },
        "public-url": { type: "string" },
        folder: { type: "string", multiple: true },
        name: { type: "string" },
        model: { type: "string" },
        "model-url": { type: "string" },
        "model-context": { type: "string" },
        "model-output": { type: "string" },
        "model-cache": { type: "string" },
        "model-previews": { type: "string" },
        help: { type: "boolean", default: false },
        restore: { type: "boolean", default: false },
        "show-recovery-kit": { type: "boolean", default: false },
        "recovery-file": { type: "string" },
      },
    });
    return ok(values);
  } catch (error) {
    const [sentence = ""] = error instanceof Error ? error.message.split(". ") : [];
    return err([`${sentence}. Try --help.`]);
  }
};

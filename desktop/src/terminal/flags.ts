/** The flags of the terminal program. What is not known is one sentence, as `parseArgs` says it. */
import { parseArgs } from "node:util";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { GivenSettings } from "../host/settings.ts";

/** @param args without the program's name */
export const parseFlags = (
  args: readonly string[],
): Result<GivenSettings & { readonly help: boolean }, readonly string[]> => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: "string" },
        relay: { type: "string" },
        "public-url": { type: "string" },
        folder: { type: "string", multiple: true },
        name: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    return ok(values);
  } catch (error) {
    const [sentence = ""] = error instanceof Error ? error.message.split(". ") : [];
    return err([`${sentence}. Try --help.`]);
  }
};

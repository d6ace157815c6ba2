/** What the window remembers of its user. A file that cannot be read is the defaults. */
import path from "node:path";
import * as z from "zod/mini";
import { bytesToText, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { parseJson } from "@deskhand/doc-schema/document";
import { readPrivateFile, replacePrivateFile } from "../executor/private-files.ts";
import { LANGUAGES } from "../ipc-contract.ts";

const PREFERENCES = z.object({
  language: z.enum(LANGUAGES),
  /** When the person last proved to have a recovery kit's words; milliseconds since 1970. */
  kitWrittenDownAt: z.optional(z.number()),
});
export type Preferences = Readonly<z.infer<typeof PREFERENCES>>;

const DEFAULTS: Preferences = { language: "system" };

export interface PreferenceStore {
  readonly current: () => Preferences;
  readonly save: (preferences: Preferences) => void;
}

export const openPreferences = (dataFolder: string): PreferenceStore => {
  const file = path.join(dataFolder, "preferences.json");
  const json = parseJson(bytesToText(readPrivateFile(file) ?? new Uint8Array()) ?? "");
  let current = (json.ok ? PREFERENCES.safeParse(json.value).data : undefined) ?? DEFAULTS;
  return {
    current: () => current,
    save: (preferences) => {
      current = preferences;
      replacePrivateFile(file, utf8ToBytes(JSON.stringify(preferences)));
    },
  };
};

/** The folder where this computer keeps everything: there, private, and writable, or one sentence why not. */
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { makePrivateFolder } from "../executor/private-files.ts";
import { folderSentence } from "./open-sentences.ts";
import type { HostError } from "./secrets.ts";

/** False before the first start, and after one that was cut short before anything counted. */
export const holdsWorkspace = (dataFolder: string): boolean =>
  existsSync(path.join(dataFolder, "ledger.jsonl"));

export const prepareFolder = (dataFolder: string): Result<void, HostError> => {
  try {
    makePrivateFolder(dataFolder);
    accessSync(dataFolder, constants.W_OK);
    return ok(undefined);
  } catch (error) {
    return err({ sentence: folderSentence(dataFolder, error) });
  }
};

/** The folder where this computer keeps everything: there, private, and writable, or one sentence why not. */
import { accessSync, constants } from "node:fs";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { makePrivateFolder } from "../executor/private-files.ts";
import { folderSentence } from "./open-sentences.ts";
import type { HostError } from "./secrets.ts";

export const prepareFolder = (dataFolder: string): Result<void, HostError> => {
  try {
    makePrivateFolder(dataFolder);
    accessSync(dataFolder, constants.W_OK);
    return ok(undefined);
  } catch (error) {
    return err({ sentence: folderSentence(dataFolder, error) });
  }
};

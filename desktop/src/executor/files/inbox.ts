/**
 * The folder that one run's attachments come into: a folder of the person's, outside Deskhand's own data.
 * 1. It is new, 0700, and named by day and task, so that a person finds it again; the run's journal names it before it
 *    is made, so that a restart finds it too.
 * 2. What may not be granted (policy/grantable.ts) is no inbox: the run sees nothing through it that a person could not
 *    have granted.
 */
import { existsSync, realpathSync, statfsSync } from "node:fs";
import path from "node:path";
import type { TaskRecord } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { checkGrantable, type GrantableFacts } from "../policy/grantable.ts";
import { makePrivateFolder } from "../private-files.ts";
import { numbered, safeName } from "./safe-names.ts";

/** Of the task in the folder's name (characters). */
const TITLE_LENGTH = 40;
/** What must stay free on the disk beside the files (bytes). */
const SPARE_BYTES = 512 * 1024 * 1024;

/** Makes it unless it is there. @returns its real path. Throws what the system answers. */
export const openInbox = (inbox: string): string => {
  makePrivateFolder(inbox);
  return realpathSync(inbox);
};

/** A path that nothing is at yet. */
export const inboxFolderFor = (inbox: string, { prompt }: TaskRecord, now: number): string => {
  const title = safeName(
    prompt
      .replaceAll(/[\p{C}/\\.\s]+/gu, " ")
      .trim()
      .slice(0, TITLE_LENGTH),
  );
  const name = `${new Date(now).toISOString().slice(0, 10)} ${title}`;
  let free = name;
  for (let number = 2; existsSync(path.join(inbox, free)); number++) free = numbered(name, number);
  return path.join(inbox, free);
};

/** Makes it unless it is there. @param folder a real path, from `inboxFolderFor`. Throws what the system answers. */
export const makeInboxFolder = async (
  folder: string,
  byteLength: number,
  facts: GrantableFacts,
): Promise<Result<void, "no-place" | "no-room">> => {
  makePrivateFolder(folder);
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < byteLength + SPARE_BYTES) return err("no-room");
  const grantable = await checkGrantable(folder, facts);
  return grantable.ok && grantable.value === folder ? ok(undefined) : err("no-place");
};

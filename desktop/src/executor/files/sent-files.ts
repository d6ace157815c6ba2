/**
 * What this disk knows of each file that was sent or is to be sent to the relays: a sealed file each.
 * 1. It holds keys of blobs: sealed under the archive key, its name is its context.
 * 2. One that cannot be read counts as never sent: the file is sent again, under a new reference.
 */
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import * as z from "zod/mini";
import { bytesToText, sealLocal, unsealLocal, utf8ToBytes, type Redacted } from "@deskhand/doc-schema/crypto";
import { parseId, type ArtifactId } from "@deskhand/doc-schema/document";
import { runId } from "../ledger-records.ts";
import { makePrivateFolder, readPrivateFile, replacePrivateFile } from "../private-files.ts";

const SENT_FILE = z.object({
  runId,
  /** A person asked for it; with `newer` as it is now. */
  asked: z.optional(z.enum(["as-made", "newer"])),
  /** The epoch of `resume` or `ref`: in another room nothing of it lies. */
  epoch: z.optional(z.number()),
  /** Of an upload that was begun (base64). */
  resume: z.optional(z.string()),
  ref: z.optional(z.object({ id: z.string(), key: z.string(), byteLength: z.number(), sha256: z.string() })),
  /** When it was sent first, or asked for (milliseconds since 1970). */
  at: z.optional(z.number()),
  /** It is not there any more. */
  gone: z.optional(z.boolean()),
  notSent: z.optional(z.enum(["changed", "too-large", "not-granted", "unreadable", "relay-full"])),
});
export type SentFile = z.infer<typeof SENT_FILE>;

export interface SentFiles {
  readonly all: () => ReadonlyMap<ArtifactId, SentFile>;
  readonly get: (id: ArtifactId) => SentFile | undefined;
  /** Durable when it returns. Throws when the disk fails. */
  readonly put: (id: ArtifactId, sent: SentFile) => void;
  readonly remove: (id: ArtifactId) => void;
}

export interface SentFilesPorts {
  readonly folder: string;
  readonly key: Redacted<string>;
  readonly randomBytes: (length: number) => Uint8Array;
}

const SUFFIX = ".sent";

export const openSentFiles = ({ folder, key, randomBytes }: SentFilesPorts): SentFiles => {
  makePrivateFolder(folder);
  const fileOf = (id: ArtifactId): string => path.join(folder, `${id}${SUFFIX}`);
  const files = new Map<ArtifactId, SentFile>();
  for (const name of readdirSync(folder)) {
    const id = name.endsWith(SUFFIX) ? parseId("artifact", name.slice(0, -SUFFIX.length)) : undefined;
    const bytes = id === undefined ? undefined : readPrivateFile(fileOf(id));
    const opened = id === undefined || bytes === undefined ? undefined : unsealLocal(key, id, bytes);
    const sent = opened?.ok === true ? parseSentFile(opened.value) : undefined;
    if (id !== undefined && sent !== undefined) files.set(id, sent);
  }
  return {
    all: () => files,
    get: (id) => files.get(id),
    put: (id, sent) => {
      replacePrivateFile(fileOf(id), sealLocal(key, id, utf8ToBytes(JSON.stringify(sent)), randomBytes));
      files.set(id, sent);
    },
    remove: (id) => {
      rmSync(fileOf(id), { force: true });
      files.delete(id);
    },
  };
};

const parseSentFile = (bytes: Uint8Array): SentFile | undefined => {
  try {
    return SENT_FILE.safeParse(JSON.parse(bytesToText(bytes) ?? "")).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

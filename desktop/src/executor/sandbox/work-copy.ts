/**
 * A copy of a folder for a command to work on, and what it changed there.
 * 1. The command never touches a person's file: not through an old hard link, not a name that is protected. What it
 *    changed in the copy is put in place afterwards (tools/apply-changes.ts), each file by our own confined way.
 * 2. What may hold keys, and sockets and pipes, are not copied. Links are copied as links.
 * 3. A changed file is told by the copy's change time, which no program can set.
 */
import { chmodSync, constants, lstatSync, readdirSync, rmSync } from "node:fs";
import { lstat, mkdir, open, readlink, symlink } from "node:fs/promises";
import { ok } from "@deskhand/doc-schema/wire";
import { keyPart } from "../policy/protected-names.ts";
import { attempt, fault, type Outcome } from "../tools/fault.ts";
import { chunksOf, look, withFile } from "../tools/file-facts.ts";
import { openFolder, pathOf, whileOpen, type Entry, type Folder } from "../tools/folder-handle.ts";
import { walk } from "../tools/walk.ts";

export interface CopyLimits {
  readonly entries: number;
  readonly bytes: number;
}

export const COPY_LIMITS: CopyLimits = { entries: 20_000, bytes: 1024 ** 3 };

/** One entry as it was when it was copied. */
export interface CopiedEntry {
  readonly kind: "file" | "folder" | "link";
  /** "inode:size:mtimeNs" of the original. */
  readonly identity: string;
  /** Of the copy; another one means that it was written, renamed or given other permissions. */
  readonly stamp: string;
}

export interface WorkCopy {
  /** By path. */
  readonly entries: ReadonlyMap<string, CopiedEntry>;
  /** Paths that were not copied. */
  readonly leftOut: readonly string[];
}

export interface CopyChanges {
  readonly made: readonly string[];
  readonly madeFolders: readonly string[];
  readonly changed: readonly string[];
  /** Files and links that are gone, and folders; what lies in a folder comes before it. */
  readonly removed: readonly string[];
  readonly removedFolders: readonly string[];
  /** New or changed links and special files: never put in place. */
  readonly links: readonly string[];
}

/** Copies what is below `from` into the empty private folder `to` (absolute). */
export const makeWorkCopy = async (
  from: Folder,
  to: string,
  shown: string,
  signal: AbortSignal,
  limits: CopyLimits = COPY_LIMITS,
): Promise<Outcome<WorkCopy>> => {
  const tooLarge = fault(
    "too-large",
    `${shown} is too large for a command that may change it (more than ${limits.entries} entries or ` +
      `${Math.floor(limits.bytes / 1024 ** 2)} MB): name a folder below.`,
  );
  const entries = new Map<string, CopiedEntry>();
  const leftOut: string[] = [];
  let bytes = 0;
  for await (const { entry, path, kind } of walk(from, { recursive: true, signal })) {
    if (entries.size + leftOut.length > limits.entries) return tooLarge;
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const isInLeftOut = parent !== "" && !entries.has(parent);
    if (isInLeftOut || kind === "other" || keyPart(path.split("/")) !== undefined) {
      if (!isInLeftOut) leftOut.push(path);
      continue;
    }
    const facts = look(entry, shown);
    if (!facts.ok) return facts;
    if (facts.value === undefined || facts.value.kind !== kind) continue;
    bytes += kind === "file" ? facts.value.byteLength : 0;
    if (bytes > limits.bytes) return tooLarge;
    const copied = await copyOne(entry, `${to}/${path}`, kind, facts.value.mode, shown);
    if (!copied.ok) return copied;
    entries.set(path, { kind, identity: facts.value.identity, stamp: "" });
  }
  if (signal.aborted) return fault("stopped", "The command was stopped before it began.");
  return ok({ entries: await stamped(to, entries), leftOut });
};

/** What a command made of the copy. Folders count as changed by what is in them alone. */
export const changesOf = async (to: string, { entries }: WorkCopy): Promise<Outcome<CopyChanges>> => {
  const [made, madeFolders, changed, links]: string[][] = [[], [], [], []];
  const seen = new Set<string>();
  const opened = await openFolder(to, "The copy");
  if (!opened.ok) return opened;
  await whileOpen(opened.value, async (folder) => {
    for await (const { entry, path, kind } of walk(folder, { recursive: true, signal: NEVER })) {
      const before = entries.get(path);
      if (before?.kind === kind) seen.add(path);
      if (kind === "folder") {
        if (before?.kind !== "folder") madeFolders?.push(path);
      } else if (before?.kind !== kind || before.stamp !== (await stampOf(pathOf(entry))))
        (kind !== "file" ? links : before === undefined ? made : changed)?.push(path);
    }
  });
  const gone = [...entries].filter(([path]) => !seen.has(path));
  const goneOf = (isFolder: boolean): readonly string[] =>
    gone.flatMap(([path, { kind }]) => ((kind === "folder") === isFolder ? [path] : []));
  return ok({
    made: made ?? [],
    madeFolders: madeFolders ?? [],
    changed: changed ?? [],
    links: links ?? [],
    removed: goneOf(false),
    removedFolders: goneOf(true).toReversed(),
  });
};

/** Removes a copy, whatever permissions a command gave to its folders. */
export const removeCopy = (to: string): void => {
  if (lstatSync(to).isDirectory()) openUp(to);
  rmSync(to, { recursive: true, force: true });
};

/** Makes every folder of a copy readable for us: one that is not would count as emptied. No command runs in it now. */
export const openUp = (to: string): void => {
  chmodSync(to, 0o700);
  for (const entry of readdirSync(to, { withFileTypes: true }))
    if (entry.isDirectory()) openUp(`${to}/${entry.name}`);
};

/** The copy is small by its limits; nobody waits for this alone. */
const NEVER = new AbortController().signal;

const copyOne = (
  entry: Entry,
  to: string,
  kind: "file" | "folder" | "link",
  mode: number,
  shown: string,
): Promise<Outcome<void>> => {
  if (kind === "folder") return attempt(shown, () => mkdir(to, { mode: mode | 0o700 }));
  if (kind === "link") return attempt(shown, async () => symlink(await readlink(pathOf(entry)), to));
  return withFile(entry, shown, ({ handle, facts }) =>
    attempt(shown, async () => {
      const copy = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode | 0o600);
      try {
        for await (const chunk of chunksOf(handle)) await copy.writeFile(chunk);
        await copy.utimes(facts.modifiedMs / 1000, facts.modifiedMs / 1000);
      } finally {
        await copy.close();
      }
    }),
  );
};

/** Taken when all is copied: making a hard link or a child would change it before. */
const stamped = async (
  to: string,
  entries: ReadonlyMap<string, CopiedEntry>,
): Promise<ReadonlyMap<string, CopiedEntry>> => {
  const all = new Map<string, CopiedEntry>();
  for (const [path, entry] of entries) {
    all.set(path, { ...entry, stamp: await stampOf(`${to}/${path}`) });
  }
  return all;
};

const stampOf = async (place: string): Promise<string> => {
  const { ino, size, mtimeNs, ctimeNs } = await lstat(place, { bigint: true });
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
};

/**
 * From what the model names to a place in a granted folder; pure, before any file is touched.
 * 1. A path is relative to a grant and never climbs: "..", absolute paths, backslashes and drive letters are
 *    refused, not repaired.
 * 2. What a person cannot see or a system reads otherwise is refused: control and direction characters, invisible
 *    ones, Windows device names and alternate streams. Joiners stay: emoji and Persian names need them.
 * 3. Writing needs a read-write grant. A protected name on the way is told, and policy asks about it.
 * Links and races are not this file's business: the walk by folder handles answers for those.
 */
import { ok } from "@deskhand/doc-schema/wire";
import { fault, type Outcome } from "../tools/fault.ts";
import type { GrantedFolder } from "../tools/tool.ts";
import { keyPart, protectedPart } from "./protected-names.ts";

export interface Place {
  readonly grant: GrantedFolder;
  /** Empty: the granted folder itself. */
  readonly parts: readonly string[];
  /** The parts with "/" between. */
  readonly path: string;
  /** As the person knows it: "Invoices/2026/a.pdf". */
  readonly shown: string;
  /** The part of the path that is protected (protected-names.ts). */
  readonly protectedName?: string;
}

export type Access = "read" | "write";

export const scopePath = (
  grants: readonly GrantedFolder[],
  folder: string,
  path: string,
  access: Access,
): Outcome<Place> => {
  const grant = grants.find(({ name }) => name === folder);
  if (grant === undefined) {
    const names = grants.map(({ name }) => `“${name}”`).join(", ");
    const known = names === "" ? "No folder was granted yet." : `Granted folders: ${names}.`;
    return fault(
      "unknown-folder",
      `“${visible(folder)}” is not a granted folder. ${known} A grant is made on the desktop.`,
    );
  }
  const parts = parsePath(path);
  if (!parts.ok) return parts;
  const joined = parts.value.join("/");
  const shown = joined === "" ? grant.name : `${grant.name}/${joined}`;
  if (access === "write" && grant.mode === "read")
    return fault("read-only-grant", `“${grant.name}” was granted for reading only; nothing was changed.`);
  const name = protectedPart(parts.value);
  const protectedName = name === undefined ? {} : { protectedName: name };
  return ok({ grant, parts: parts.value, path: joined, shown, ...protectedName });
};

/** Contents of key files go to the model only after a question, by the tool that asks it. */
export const scopeContents = (
  grants: readonly GrantedFolder[],
  folder: string,
  path: string,
): Outcome<Place> => {
  const place = scopePath(grants, folder, path, "read");
  if (!place.ok) return place;
  const { parts, shown } = place.value;
  if (parts.length === 0) return fault("bad-input", `${shown} is a folder.`);
  return keyPart(parts) === undefined
    ? place
    : fault("protected", `${shown} may hold keys or passwords; read_protected asks the person first.`);
};

/** Characters of a path, bytes of a part, parts: beyond them no common disk goes. */
const LONGEST_PATH = 4096;
const LONGEST_PART_BYTES = 255;
const MOST_PARTS = 128;

/** Control characters, line separators, direction marks, invisible characters, tags. */
const UNSEEN =
  /[\p{Cc}\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/u;
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)[ .]*(?:[.:].*)?$/i;
const STREAM = /:\$[a-z_]+$/i;

/** "" and "." are the folder itself; "a//b" and "./a" are read as "a/b" and "a". */
export const parsePath = (
  text: string,
  platform: NodeJS.Platform = process.platform,
): Outcome<readonly string[]> => {
  const refuse = (why: string): Outcome<never> => fault("bad-input", `“${visible(text)}” ${why}.`);
  const outside = (why: string): Outcome<never> => fault("outside-grant", `“${visible(text)}” ${why}.`);
  if (text.length > LONGEST_PATH) return refuse("is too long for a path");
  if (!text.isWellFormed()) return refuse("holds half a character");
  if (UNSEEN.test(text)) return refuse("holds characters that cannot be seen");
  if (text.includes("\\")) return refuse("holds a backslash; put “/” between folders");
  if (text.startsWith("/")) return outside("is absolute; give the path from the granted folder on");
  if (text.startsWith("~/") || text === "~")
    return outside("starts at home; give the path from the granted folder on");
  if (/^[a-z]:/i.test(text)) return outside("names a drive; give the path from the granted folder on");
  const parts = text.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length > MOST_PARTS) return refuse("goes too deep");
  for (const part of parts) {
    if (part === "..") return outside("climbs out with “..”");
    if (Buffer.byteLength(part) > LONGEST_PART_BYTES) return refuse("has a name that is too long");
    if (DEVICE_NAME.test(part)) return refuse("is a device name on Windows");
    if (STREAM.test(part)) return refuse("names an alternate stream");
    if (platform === "win32" && /[:*?"<>|]|[. ]$/.test(part)) return refuse("is no file name on Windows");
  }
  return ok(parts);
};

/** Text that may hold anything, safe for a sentence or a line of a list. */
export const visible = (text: string): string => {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return short
    .toWellFormed()
    .replaceAll(
      new RegExp(UNSEEN, "gu"),
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
};

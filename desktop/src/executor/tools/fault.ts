/**
 * Expected failures of the file tools, made in one place.
 * 1. What the system answers to a file call becomes one of the words of ToolError and a sentence; every other
 *    exception is a bug and passes through.
 * 2. A sentence names the file as the person knows it and never an absolute path.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { ToolError } from "./tool.ts";

export type Outcome<T> = Result<T, ToolError>;

export const fault = (
  type: ToolError["type"],
  text: string,
): { readonly ok: false; readonly error: ToolError } => err({ type, text });

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const SYSTEM_WORDS: Readonly<Record<string, readonly [type: ToolError["type"], text: string]>> = {
  ENOENT: ["not-found", "is not there"],
  ENOTDIR: ["not-found", "is not a folder"],
  EISDIR: ["bad-input", "is a folder"],
  ELOOP: ["link", "is a link, and links are not followed"],
  EEXIST: ["exists", "is already there"],
  ENOTEMPTY: ["exists", "is already there and not empty"],
  EACCES: ["no-permission", "may not be used: the system denies it"],
  EPERM: ["no-permission", "may not be used: the system denies it"],
  EROFS: ["no-permission", "is on a disk that cannot be written"],
  ENOSPC: ["disk-full", "could not be written: the disk is full. Nothing was left half-written"],
  EDQUOT: ["disk-full", "could not be written: the disk quota is used up. Nothing was left half-written"],
  ENAMETOOLONG: ["bad-input", "has a name that is too long for this disk"],
  EXDEV: ["failed", "is on another disk than its target"],
  ENXIO: ["bad-input", "is not a regular file"],
  ECANCELED: ["stopped", "was left undone: the work was stopped"],
  ESTALE: ["changed", "cannot be made: what it is made from was changed meanwhile"],
  EBADMSG: ["bad-archive", "could not be unpacked: the archive is damaged"],
};

/** Runs file calls on what the person knows as `shown`. */
export const attempt = async <T>(shown: string, work: () => Promise<T>): Promise<Outcome<T>> => {
  try {
    return ok(await work());
  } catch (error) {
    return answered(shown, error);
  }
};

/** The same for calls that block: where there are thousands, waiting for each costs more than the calls. */
export const attemptNow = <T>(shown: string, work: () => T): Outcome<T> => {
  try {
    return ok(work());
  } catch (error) {
    return answered(shown, error);
  }
};

const answered = (shown: string, error: unknown): Outcome<never> => {
  const code = errnoOf(error);
  if (code === undefined) throw error;
  const [type, text] = SYSTEM_WORDS[code] ?? (["failed", `could not be used (${code})`] as const);
  return fault(type, `${shown} ${text}.`);
};

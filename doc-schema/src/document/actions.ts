/**
 * An action is what a tool is about to do, exactly and completely: the approval card is rendered from it, its
 * digest is what a decision binds, and the gate compares it with the world once more before the effect.
 * Nothing in it was written by the model but paths and contents that the tool has checked.
 */
import * as z from "zod/mini";
import { canonicalDigest, canonicalText, utf8ToBytes } from "../crypto/index.ts";
import * as field from "./fields.ts";
import { packItems, unpackItems } from "./packed-items.ts";

/** What a change of one file or folder can be; the undo store keeps a record of such a kind for each. */
export const CHANGE_KINDS = ["move", "trash", "overwrite", "edit", "create", "make-folder"] as const;
const FILE_KINDS = [...CHANGE_KINDS, "copy", "zip", "unzip", "read-protected"] as const;
/** What changes no file: pages, limits, notes, schedules. */
const OTHER_KINDS = ["fetch", "budget", "remember", "schedule"] as const;
export const ACTION_KINDS = [...FILE_KINDS, "command", ...OTHER_KINDS] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** Objects of one action: a folder of photographs of some years. */
export const MAX_ACTION_ITEMS = 10_000;

const ITEM = z.object({
  /** Relative to the granted folder, "/" between parts. */
  path: z.string(),
  /** Where it goes (move, copy). */
  to: z.optional(z.string()),
  isFolder: z.optional(z.boolean()),
  byteLength: z.optional(field.count),
  /**
   * What is there now: hex SHA-256 of a file that will be replaced, else "inode:size:mtimeNs"; null = nothing.
   * Null, too, where the action has `preimages`.
   */
  preimage: z.nullable(z.string()),
  /** Hex SHA-256 of what will be there (overwrite, edit, create). */
  postimage: z.optional(field.digest),
  /** The first lines of what will be written, for the card. */
  excerpt: z.optional(z.string()),
  /** The part of `path` or `to` through which a file becomes a program, a key or an order to some program. */
  protectedName: z.optional(z.string()),
});

const IN_FOLDER = {
  v: z.literal(1),
  tool: z.string(),
  grantId: field.grantId,
  /** The name of the granted folder, as the person knows it. */
  folder: z.string(),
};

const FILE_ACTION = z.object({
  ...IN_FOLDER,
  kind: z.enum(FILE_KINDS),
  items: z.array(ITEM).check(z.minLength(1), z.maxLength(MAX_ACTION_ITEMS)),
  /** The archive that is unpacked: its path, and "inode:size:mtimeNs". */
  source: z.optional(z.object({ path: z.string(), preimage: z.string() })),
  /** Digest over the preimages of all items, where each by itself would make the action too large to be sent. */
  preimages: z.optional(field.digest),
});

/** A command line, run in a sandbox that sees one folder and no network. */
const COMMAND_ACTION = z.object({
  ...IN_FOLDER,
  kind: z.literal("command"),
  /** The one folder that it sees. */
  items: z.array(ITEM).check(z.length(1)),
  command: z.string().check(z.minLength(1), z.maxLength(8192)),
  /** "write": it works on a copy; what it changes is then put in place. */
  access: z.enum(["read", "write"]),
  timeoutSeconds: field.count,
});

/** One page of the web, read and nothing sent but its address. */
const FETCH_ACTION = z.object({
  v: z.literal(1),
  kind: z.literal("fetch"),
  tool: z.string(),
  /** Canonical: ASCII, no credentials, no fragment. */
  url: z.string().check(z.maxLength(2048)),
  host: z.string(),
  items: z.array(ITEM).check(z.length(0)),
});

/** A limit that the person has set is reached; `more` is asked for. Made by the runner, never by a tool. */
const BUDGET_ACTION = z.object({
  v: z.literal(1),
  kind: z.literal("budget"),
  tool: z.string(),
  per: z.enum(["run", "day"]),
  /** Money in millionths of a US dollar. */
  limit: z.enum(["microDollars", "tokens", "steps", "minutes", "files"]),
  used: field.count,
  more: field.count,
  items: z.array(ITEM).check(z.length(0)),
});

/** A note that later tasks are told, too. */
const REMEMBER_ACTION = z.object({
  v: z.literal(1),
  kind: z.literal("remember"),
  tool: z.string(),
  name: z.string().check(z.minLength(1), z.maxLength(64)),
  /** All of the note; empty: it is forgotten. */
  text: z.string().check(z.maxLength(4096)),
  /** Hex SHA-256 of the note as it is now; null: there is none. */
  preimage: z.nullable(field.digest),
  items: z.array(ITEM).check(z.length(0)),
});

/** A schedule that the model proposes. */
const SCHEDULE_ACTION = z.object({
  v: z.literal(1),
  kind: z.literal("schedule"),
  tool: z.string(),
  title: field.scheduleFields.title,
  rule: field.scheduleFields.rule,
  timeZone: field.scheduleFields.timeZone,
  prompt: field.scheduleFields.prompt,
  ifMissed: field.scheduleFields.ifMissed,
  /** The next times in that zone, "2026-11-23 08:00". */
  nextRuns: z.array(z.string()).check(z.maxLength(3)),
  items: z.array(ITEM).check(z.length(0)),
});

const ACTION = z.discriminatedUnion("kind", [
  FILE_ACTION,
  COMMAND_ACTION,
  FETCH_ACTION,
  BUDGET_ACTION,
  REMEMBER_ACTION,
  SCHEDULE_ACTION,
]);

export type ActionItem = z.infer<typeof ITEM>;
export type FileAction = z.infer<typeof FILE_ACTION>;
export type BudgetAction = z.infer<typeof BUDGET_ACTION>;
export type Action = z.infer<typeof ACTION>;
export type Risk = "low" | "medium" | "high";

/** An action as it is or with packed items. */
export const parseAction = (value: unknown): Action | undefined => {
  if (value === null || typeof value !== "object" || !("packed" in value))
    return ACTION.safeParse(value).data;
  const { packed, ...plain } = value;
  const items = unpackItems(packed, MAX_ACTION_ITEMS);
  return items === undefined ? undefined : ACTION.safeParse({ ...plain, items }).data;
};

/** Beyond so many items their preimages are told as one digest, and the items are packed. */
export const MANY_ITEMS = 1000;
export const preimagesDigest = (preimages: readonly string[]): string =>
  canonicalDigest("preimages", preimages);

/** Whether there is anything for undo to take back. */
export const changesFiles = (action: Action): boolean =>
  action.kind === "command"
    ? action.access === "write"
    : action.kind !== "read-protected" && !OTHERS.has(action.kind);
const OTHERS: ReadonlySet<ActionKind> = new Set(OTHER_KINDS);

/** The action as the document stores it. */
export const actionToText = (action: Action): string => {
  if (action.items.length <= MANY_ITEMS) return canonicalText(action);
  const { items, ...plain } = action;
  return canonicalText({ ...plain, packed: packItems(items) });
};

/** An update of the document holds 512 KiB, and a question has more to it than its action. */
const MOST_TEXT_BYTES = 400 * 1024;
/** Whether a question about it can be sent to the phone. */
export const canBeAsked = (action: Action): boolean =>
  utf8ToBytes(actionToText(action)).length <= MOST_TEXT_BYTES;

export const actionDigest = (action: Action): string => canonicalDigest("action", action);

export interface ApprovalRequest {
  readonly approvalId: string;
  readonly runId: string;
  readonly callId: string;
  readonly actionDigest: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
}

/** What a decision answers: this approval of this action, once, until then. */
export const requestDigest = (request: ApprovalRequest): string =>
  canonicalDigest("approval-request", { ...request });

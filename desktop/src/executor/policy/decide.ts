/**
 * Deny, then ask, then allow: the first row that fits decides, and what no row fits is asked with high risk.
 * Pure; the table is the policy. The exact action counts, not the tool's word for itself: a tool of effect
 * "modify" that makes a new file is judged as creating.
 */
import type { Action, ActionKind, Risk } from "@deskhand/doc-schema/document";
import type { Effect, GrantedFolder } from "../tools/tool.ts";
import { protectedPart } from "./protected-names.ts";
import type { Taint } from "./taint.ts";

export interface Decision {
  readonly verdict: "allow" | "ask" | "deny";
  readonly risk: Risk;
  /** The id of the row. */
  readonly reason: Reason;
}

export interface DecideInput {
  /** What the tool declares; a word that is not known is asked. */
  readonly effect: string | undefined;
  readonly action?: Action | undefined;
  /** What this run has modified so far, by allowed actions. */
  readonly usedSoFar: { readonly filesModified: number; readonly bytesModified: number };
  readonly grants: readonly GrantedFolder[];
  /** What this run has seen so far. */
  readonly taint: Taint;
  /** Hosts of which a person has let this run open a page. */
  readonly allowedHosts: ReadonlySet<string>;
}

/** Bytes of an address after "?": more can carry out what was read. */
export const FREE_QUERY_BYTES = 512;
/** A run may modify so much before it asks. */
export const FREE_FILES = 20;
export const FREE_BYTES = 10 * 1024 * 1024;
/** Items that one action may move before it asks. */
export const FREE_MOVES = 20;
/** Items beyond which trashing is of high risk. */
export const MANY_TRASHED = 100;

interface Row {
  readonly reason: string;
  readonly verdict: Decision["verdict"];
  readonly risk: Risk;
  readonly fits: (facts: ActFacts) => boolean;
}

interface ActFacts {
  readonly effect: Effect | "unknown";
  readonly grant: GrantedFolder | undefined;
  readonly hasAction: boolean;
  readonly items: number;
  readonly filesModified: number;
  readonly bytesModified: number;
  readonly isProtected: boolean;
  readonly isReadOnly: boolean;
  readonly isTainted: boolean;
  readonly hasReadUntrusted: boolean;
  readonly isKnownHost: boolean;
  readonly queryBytes: number;
}

const TABLE = [
  { reason: "unknown-effect", verdict: "ask", risk: "high", fits: ({ effect }) => effect === "unknown" },
  { reason: "read", verdict: "allow", risk: "low", fits: ({ effect }) => effect === "read" },
  // Limits are the person's; only the runner asks for more of them.
  { reason: "own-limits", verdict: "deny", risk: "high", fits: ({ effect }) => effect === "budget" },
  { reason: "no-action", verdict: "deny", risk: "high", fits: ({ hasAction }) => !hasAction },
  {
    reason: "fetch-tainted",
    verdict: "ask",
    risk: "high",
    fits: ({ effect, isTainted }) => effect === "fetch" && isTainted,
  },
  {
    reason: "fetch-long-query",
    verdict: "ask",
    risk: "high",
    fits: ({ effect, queryBytes }) => effect === "fetch" && queryBytes > FREE_QUERY_BYTES,
  },
  {
    reason: "fetch-new-host",
    verdict: "ask",
    risk: "medium",
    fits: ({ effect, isKnownHost }) => effect === "fetch" && !isKnownHost,
  },
  { reason: "fetch", verdict: "allow", risk: "low", fits: ({ effect }) => effect === "fetch" },
  {
    reason: "remember-untrusted",
    verdict: "ask",
    risk: "high",
    fits: ({ effect, hasReadUntrusted }) => effect === "remember" && hasReadUntrusted,
  },
  { reason: "remember", verdict: "allow", risk: "low", fits: ({ effect }) => effect === "remember" },
  { reason: "schedule", verdict: "ask", risk: "medium", fits: ({ effect }) => effect === "schedule" },
  { reason: "not-granted", verdict: "deny", risk: "high", fits: ({ grant }) => grant === undefined },
  {
    reason: "read-protected",
    verdict: "ask",
    risk: "high",
    fits: ({ effect }) => effect === "read-protected",
  },
  {
    reason: "command-read",
    verdict: "allow",
    risk: "low",
    fits: ({ effect, isReadOnly }) => effect === "shell" && isReadOnly,
  },
  { reason: "read-only", verdict: "deny", risk: "high", fits: ({ grant }) => grant?.mode === "read" },
  { reason: "protected", verdict: "ask", risk: "high", fits: ({ isProtected }) => isProtected },
  { reason: "command-write", verdict: "ask", risk: "medium", fits: ({ effect }) => effect === "shell" },
  {
    reason: "trash-many",
    verdict: "ask",
    risk: "high",
    fits: ({ effect, items }) => effect === "trash" && items > MANY_TRASHED,
  },
  { reason: "trash", verdict: "ask", risk: "medium", fits: ({ effect }) => effect === "trash" },
  {
    reason: "move-many",
    verdict: "ask",
    risk: "medium",
    fits: ({ effect, items }) => effect === "move" && items > FREE_MOVES,
  },
  {
    reason: "modify-many-files",
    verdict: "ask",
    risk: "medium",
    fits: ({ effect, filesModified }) => effect === "modify" && filesModified > FREE_FILES,
  },
  {
    reason: "modify-many-bytes",
    verdict: "ask",
    risk: "medium",
    fits: ({ effect, bytesModified }) => effect === "modify" && bytesModified > FREE_BYTES,
  },
  { reason: "move", verdict: "allow", risk: "low", fits: ({ effect }) => effect === "move" },
  { reason: "modify", verdict: "allow", risk: "low", fits: ({ effect }) => effect === "modify" },
  { reason: "create", verdict: "allow", risk: "low", fits: ({ effect }) => effect === "create" },
] as const satisfies readonly Row[];

export type Reason = (typeof TABLE)[number]["reason"] | "no-rule";

export const decide = (input: DecideInput): Decision => {
  const facts = factsOf(input);
  const row = TABLE.find(({ fits }) => fits(facts));
  return row === undefined
    ? { verdict: "ask", risk: "high", reason: "no-rule" }
    : { verdict: row.verdict, risk: row.risk, reason: row.reason };
};

const EFFECT_OF_KIND: Readonly<Record<ActionKind, Effect>> = {
  create: "create",
  "make-folder": "create",
  overwrite: "modify",
  edit: "modify",
  move: "move",
  trash: "trash",
  copy: "create",
  zip: "create",
  unzip: "create",
  "read-protected": "read-protected",
  command: "shell",
  fetch: "fetch",
  budget: "budget",
  remember: "remember",
  schedule: "schedule",
};
const EFFECTS: ReadonlySet<string> = new Set(["read", ...Object.values(EFFECT_OF_KIND)] satisfies Effect[]);

const factsOf = ({ effect, action, usedSoFar, grants, taint, allowedHosts }: DecideInput): ActFacts => {
  const items = action?.items ?? [];
  const bytes = items.reduce((sum, { byteLength = 0 }) => sum + byteLength, 0);
  const declared = effect !== undefined && EFFECTS.has(effect) ? (effect as Effect) : "unknown"; // just looked up
  return {
    effect: declared === "unknown" || action === undefined ? declared : EFFECT_OF_KIND[action.kind],
    grant: action === undefined || !("grantId" in action) ? undefined : grantOf(action, grants),
    hasAction: action !== undefined,
    items: items.length,
    filesModified: usedSoFar.filesModified + items.length,
    bytesModified: usedSoFar.bytesModified + bytes,
    // Paths are looked up here again: a tool that forgot to tell does not get around the question. What a folder
    // holds only the tool has seen.
    isProtected: items.some(
      ({ path, to, protectedName }) =>
        protectedName !== undefined || isProtectedPath(path) || isProtectedPath(to),
    ),
    isReadOnly: action?.kind === "command" && action.access === "read",
    isTainted: taint.hasReadPrivate && taint.hasReadUntrusted,
    hasReadUntrusted: taint.hasReadUntrusted,
    isKnownHost: action?.kind === "fetch" && allowedHosts.has(action.host),
    queryBytes: action?.kind === "fetch" ? Buffer.byteLength(new URL(action.url).search) : 0,
  };
};

const grantOf = (
  { grantId }: Extract<Action, { readonly grantId: unknown }>,
  grants: readonly GrantedFolder[],
): GrantedFolder | undefined => grants.find(({ id }) => id === grantId);

const isProtectedPath = (path: string | undefined): boolean =>
  path !== undefined && protectedPart(path.split("/")) !== undefined;

/** What an allowed action adds to `usedSoFar`. */
export const usedBy = (action: Action): DecideInput["usedSoFar"] =>
  EFFECT_OF_KIND[action.kind] === "modify"
    ? {
        filesModified: action.items.length,
        bytesModified: action.items.reduce((sum, { byteLength = 0 }) => sum + byteLength, 0),
      }
    : { filesModified: 0, bytesModified: 0 };

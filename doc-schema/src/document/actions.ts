/**
 * An action is what a tool is about to do, exactly and completely: the approval card is rendered from it, its
 * digest is what a decision binds, and the gate compares it with the world once more before the effect.
 * Nothing in it was written by the model but paths and contents that the tool has checked.
 */
import * as z from "zod/mini";
import { canonicalDigest, canonicalText } from "../crypto/index.ts";
import * as field from "./fields.ts";

export const ACTION_KINDS = ["move", "trash", "overwrite", "edit", "create", "make-folder"] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

const ITEM = z.object({
  /** Relative to the granted folder, "/" between parts. */
  path: z.string(),
  /** Where it goes (move). */
  to: z.optional(z.string()),
  isFolder: z.optional(z.boolean()),
  byteLength: z.optional(field.count),
  /** What is there now: hex SHA-256 of a file that will be replaced, else "inode:size:mtimeNs"; null = nothing. */
  preimage: z.nullable(z.string()),
  /** Hex SHA-256 of what will be there (overwrite, edit, create). */
  postimage: z.optional(field.digest),
  /** The first lines of what will be written, for the card. */
  excerpt: z.optional(z.string()),
});

const ACTION = z.object({
  v: z.literal(1),
  kind: z.enum(ACTION_KINDS),
  tool: z.string(),
  grantId: field.grantId,
  /** The name of the granted folder, as the person knows it. */
  folder: z.string(),
  items: z.array(ITEM).check(z.minLength(1), z.maxLength(1000)),
});

export type ActionItem = z.infer<typeof ITEM>;
export type Action = z.infer<typeof ACTION>;
export type Risk = "low" | "medium" | "high";

export const parseAction = (value: unknown): Action | undefined => ACTION.safeParse(value).data;

/** The action as the document stores it. */
export const actionToText = (action: Action): string => canonicalText(action);
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

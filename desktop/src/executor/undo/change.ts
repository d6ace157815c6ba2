/**
 * One change of one file or folder, as the undo journal keeps it: enough to take it back and to tell whether
 * somebody changed the file since.
 */
import * as z from "zod/mini";
import { CHANGE_KINDS, parseId, type GrantId, type RunId, type StepId } from "@deskhand/doc-schema/document";

const CHANGE = {
  runId: z.custom<RunId>((value) => parseId("run", value) !== undefined),
  stepId: z.custom<StepId>((value) => parseId("step", value) !== undefined),
  grantId: z.custom<GrantId>((value) => parseId("grant", value) !== undefined),
  kind: z.enum(CHANGE_KINDS),
  /** Relative to the granted folder, before the change. */
  path: z.string(),
  /** After the change (move). */
  to: z.optional(z.string()),
  isFolder: z.boolean(),
  /** Before: hex SHA-256 (overwrite, edit), "inode:size:mtimeNs" (move, trash), null where nothing was. */
  pre: z.nullable(z.string()),
  /** After: hex SHA-256 (create, overwrite, edit). */
  post: z.nullable(z.string()),
  /** Permission bits and time (milliseconds since 1970) of the file before. */
  mode: z.nullable(z.number()),
  modifiedMs: z.nullable(z.number()),
  /** Milliseconds since 1970. */
  at: z.number(),
};

const ENTRY = z.discriminatedUnion("type", [
  z.object({ type: z.literal("change"), id: z.string(), ...CHANGE }),
  z.object({ type: z.literal("undone"), id: z.string(), at: z.number() }),
]);

export type UndoEntry = z.infer<typeof ENTRY>;
export type Change = Omit<Extract<UndoEntry, { type: "change" }>, "type" | "id">;
export interface ChangeRecord extends Change {
  readonly id: string;
  /** When it was taken back; undefined while it stands. */
  readonly undoneAt: number | undefined;
}

export const parseUndoEntry = (value: unknown): UndoEntry | undefined => ENTRY.safeParse(value).data;

/** Equal for one attempt of one step: a tool that runs again after a crash records nothing new. */
export const changeKey = ({ stepId, runId, kind, grantId, path, to, pre, post }: Change): string =>
  JSON.stringify([stepId, runId, kind, grantId, path, to ?? null, pre, post]);

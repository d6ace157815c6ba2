/**
 * The contract of a tool.
 * 1. `prepare` looks and never changes anything. What it returns is the whole truth of the effect: the action that
 *    the person approves, and the plan that is journaled before `run` and suffices to run or check it after a crash.
 * 2. `run` does exactly that plan. Each single effect is preceded by its undo record on disk.
 * 3. A tool that says nothing about its effect is treated as destructive.
 */
import type { Action, GrantId, Preview, RunId, StepId } from "@deskhand/doc-schema/document";
import type { Result } from "@deskhand/doc-schema/wire";

/** Plain JSON, as journals and the Messages API carry it. */
export type JsonObject = { readonly [key: string]: unknown };

/** A folder that the user granted. `path` is absolute and real; it never leaves the desktop. */
export interface GrantedFolder {
  readonly id: GrantId;
  readonly name: string;
  readonly path: string;
  readonly mode: "read" | "read-write";
}

/**
 * What policy decides on. "read" changes nothing and needs no question; "read-protected" shows the model what may
 * hold keys; "shell" runs a command in the sandbox; "fetch" sends an address to the web. The others change files in
 * a granted folder. "question" asks the person: the runner itself carries it out.
 * "budget" is the runner's own and no tool's. "remember" writes a note that later runs are told; "schedule" makes a
 * schedule.
 */
export type Effect =
  | "question"
  | "read"
  | "read-protected"
  | "create"
  | "modify"
  | "move"
  | "trash"
  | "shell"
  | "fetch"
  | "budget"
  | "remember"
  | "schedule";

/** What a crash between journal and result means: run again, compare with the world first, or never run again. */
export type CrashClass = "safe" | "check" | "unknown";

/** Expected failures; `text` is one plain sentence for the person and the model. */
export interface ToolError {
  readonly type:
    | "bad-input"
    | "unknown-folder"
    | "outside-grant"
    | "read-only-grant"
    | "folder-missing"
    | "not-found"
    | "exists"
    | "protected"
    | "hard-link"
    | "link"
    | "not-text"
    | "too-large"
    | "disk-full"
    | "changed"
    | "bad-archive"
    | "encrypted"
    | "sandbox-off"
    | "timed-out"
    | "not-allowed"
    | "no-answer"
    | "no-permission"
    | "stopped"
    | "failed";
  readonly text: string;
}

/** What the step line of the run shows ("Moved 14 files", "Read W46.xlsx"). */
export interface StepFacts {
  /** list, read, search, write, edit, move, make-folder, trash, copy, zip, unzip, hash, image, show, command, fetch. */
  readonly kind: string;
  readonly object?: string;
  readonly count?: number;
}

export interface Prepared {
  /** JSON that `run` and `check` need; journaled. */
  readonly plan: JsonObject;
  /** Absent for read-only tools. */
  readonly action?: Action;
  readonly step: StepFacts;
}

export interface ProducedFile {
  readonly grantId: GrantId;
  /** Relative to the granted folder. */
  readonly path: string;
  readonly name: string;
  readonly mediaType: string;
  readonly byteLength: number;
  /** Hex. */
  readonly sha256: string;
  /** The first 4 KB of a text. */
  readonly excerpt?: string;
  /** Of a picture. */
  readonly preview?: Preview;
  /** It was there before the run: it goes to the phones when a person asks for it. */
  readonly isShown?: true;
}

export interface ToolOutput {
  /** What the model reads; at most 64 KB, longer results are cut with a sentence that says so. */
  readonly content: string;
  readonly step: StepFacts;
  readonly files?: readonly ProducedFile[];
}

export interface ToolContext {
  readonly grants: readonly GrantedFolder[];
  readonly runId: RunId;
  /** The step that undo records are filed under. */
  readonly stepId: StepId;
  readonly signal: AbortSignal;
  /** When the person was asked about this call; absent when they were not yet. Milliseconds since 1970. */
  readonly askedAt?: number;
  /** What an earlier step of this run gave the model, whole. */
  readonly resultOf?: (stepId: string) => string | undefined;
  /** Shown live on the phone; `total` absent when unknown. */
  readonly progress: (done: number, total?: number, object?: string) => void;
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input, as the Messages API takes it. */
  readonly inputSchema: JsonObject;
  readonly effect: Effect;
  readonly crash: CrashClass;
  readonly prepare: (input: unknown, context: ToolContext) => Promise<Result<Prepared, ToolError>>;
  readonly run: (prepared: Prepared, context: ToolContext) => Promise<Result<ToolOutput, ToolError>>;
  /**
   * After a crash: "done" = every effect is there, "not-done" = none is, "partly" = `run` would finish it,
   * "conflict" = somebody else changed the files since.
   */
  readonly check: (
    prepared: Prepared,
    context: ToolContext,
  ) => Promise<"done" | "not-done" | "partly" | "conflict">;
}

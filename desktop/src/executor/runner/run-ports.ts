/** What driving a run needs; the composition root hands it in. */
import type { IdFactory, Risk, RunId, TaskId } from "@deskhand/doc-schema/document";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import type { Limits } from "../limits.ts";
import type { Note } from "../memory/notes.ts";
import type { Model } from "../models/model.ts";
import type { GrantedFolder, Prepared, StepFacts, Tool } from "../tools/tool.ts";
import type { ApprovalGate } from "./approval-gate.ts";
import type { DayUse } from "./day-use.ts";
import type { RunEvent } from "./events.ts";
import type { LateWork } from "./late-work.ts";
import type { LiveSteps } from "./live-steps.ts";
import type { PathLocks } from "./path-locks.ts";
import type { QuestionDesk } from "./question-desk.ts";
import type { RunJournal } from "./run-journal.ts";

/** Deny, then ask, then allow; `text` is one sentence for the person and the model. */
export type PolicyDecision =
  | { readonly type: "allow" }
  | { readonly type: "ask"; readonly risk: Risk; readonly reversible: "undo" | "no" }
  | { readonly type: "deny"; readonly text: string };

export type Decide = (
  tool: Tool,
  prepared: Prepared,
  grants: readonly GrantedFolder[],
  /** The run so far: limits count what it has changed. */
  events: readonly RunEvent[],
) => PolicyDecision;

/** What goes on right now; never stored. */
export interface LiveStep {
  readonly runId: RunId;
  readonly step: StepFacts;
  readonly done?: number;
  readonly total?: number;
}

export interface RunPorts {
  readonly model: Model;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly grants: () => readonly GrantedFolder[];
  readonly decide: Decide;
  readonly gate: ApprovalGate;
  readonly questions: QuestionDesk;
  readonly limits: () => Limits;
  readonly notes: () => readonly Note[];
  readonly dayUse: () => DayUse;
  readonly audit: AuditLog;
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly late: LateWork;
  readonly locks: PathLocks;
  readonly onLive: LiveSteps["show"];
  /** The text of the turn that is under way, so far; "" when it has ended. */
  readonly onText: (runId: RunId, partial: string) => void;
}

export interface DrivenRun {
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly locale: string;
  readonly journal: RunJournal;
  /** Aborted to cancel (a `cancel` event stands in the journal then) or to close the executor. */
  readonly signal: AbortSignal;
  /** A person holds it: it stops where the next step would begin. */
  readonly isHeld: () => boolean;
}

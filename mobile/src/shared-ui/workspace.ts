/**
 * What the shared screens need of an app: the phone signs and writes itself, the desktop's window asks its main
 * process to. Screens read views of `doc` and give orders; they never write Yjs types.
 */
import type {
  DeviceRegistry,
  StructPlace,
  ApprovalId,
  RunId,
  StepId,
  TaskId,
} from "@deskhand/doc-schema/document";
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type * as Y from "yjs";

export type ConnectionPhase = "offline" | "connecting" | "catching-up" | "live" | "refused";

export interface ConnectionState {
  readonly phase: ConnectionPhase;
  /** Frames received of those to come, while catching up. */
  readonly received?: number;
  /** Orders of this device that the relay has not acknowledged. */
  readonly unsent: number;
  /** When the next attempt is made, milliseconds since 1970; while connecting after a failure. */
  readonly retryAt?: number;
  /** Why the relay turned this device away, a word of the closed list. */
  readonly refusal?: string;
}

/** What the desktop says about itself, sealed and never stored. Absent: nobody has heard from it since `heardAt`. */
export interface DesktopPresence {
  readonly online: boolean;
  /** When it was last heard, milliseconds since 1970; absent = never since this app started. */
  readonly heardAt?: number;
  readonly power?: "awake" | "asleep" | "quit";
  readonly powerSince?: number;
  /** What it does right now. */
  readonly step?: { readonly runId: string; readonly text: string; readonly at: number } | undefined;
}

export interface Orders {
  /** @param locale the language that the person reads, a BCP 47 tag */
  readonly sendTask: (prompt: string, locale: string) => Promise<void>;
  readonly decide: (
    approvalId: ApprovalId,
    answer: { readonly verdict: "allow" | "deny" | "none"; readonly note?: string; readonly locale: string },
  ) => Promise<void>;
  readonly cancel: (taskId: TaskId) => Promise<void>;
  readonly steer: (taskId: TaskId, text: string) => Promise<void>;
  readonly undo: (runId: RunId, stepId?: StepId) => Promise<void>;
  readonly stopAll: () => Promise<void>;
  readonly resume: () => Promise<void>;
}

export interface Workspace {
  readonly doc: Y.Doc;
  readonly deviceId: DeviceId;
  /** "phone" says "this phone", "window" says "this computer". */
  readonly role: "phone" | "window";
  readonly registry: () => DeviceRegistry;
  readonly isAtRelay: (place: StructPlace) => boolean;
  readonly connection: () => ConnectionState;
  readonly desktop: () => DesktopPresence;
  /** Called after any change of the document, the connection or the presence. @returns stops the calls */
  readonly subscribe: (listener: () => void) => () => void;
  readonly retryNow: () => void;
  readonly orders: Orders;
}

/**
 * What the shared screens need of an app: the phone signs and writes itself, the desktop's window asks its main
 * process to. Screens read views of `doc` and give orders; they never write Yjs types.
 */
import type {
  ArchiveReference,
  Artifact,
  Attachment,
  DeviceRegistry,
  Segment,
  StructPlace,
  ApprovalId,
  IntentBody,
  ThreadId,
} from "@deskhand/doc-schema/document";
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { ScheduleFields } from "@deskhand/doc-schema/orders";
import type { PlaceDelivery } from "@deskhand/doc-schema/views";
import type { BlobFailure } from "@deskhand/doc-schema/sync";
import type { Result } from "@deskhand/doc-schema/wire";
import type * as Y from "yjs";

export type ConnectionPhase = "offline" | "connecting" | "catching-up" | "live" | "refused";

export interface ConnectionState {
  readonly phase: ConnectionPhase;
  /** Frames received of those to come, while catching up. */
  readonly received?: number;
  /** Orders of this device that no relay has acknowledged. */
  readonly unsent: number;
  /** When the next attempt is made, milliseconds since 1970; while connecting after a failure. */
  readonly retryAt?: number;
  /** Why the relay turned this device away, a word of the closed list. */
  readonly refusal?: string;
}

/** What a relay did, or a device wrote, that a person must know of. */
export interface RelayAlarm {
  readonly type: "missing" | "fork" | "rollback" | "withheld" | "foreign-write";
  /** Whose frame showed it, or whose frames are affected. */
  readonly deviceId?: DeviceId | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One of the relays that carry the workspace. */
export interface RelayState {
  readonly url: string;
  readonly phase: ConnectionPhase;
  /** When it last had everything, milliseconds since 1970; absent = not since this app started. */
  readonly heardAt?: number;
  readonly unsent: number;
  /** Updates that wait for what they build on. */
  readonly held: number;
  /** Frames that were left out, counted by the word for why. */
  readonly ignored: Readonly<Record<string, number>>;
  readonly refusal?: string;
  readonly alarm?: RelayAlarm;
}

/**
 * What happened to this device's copy or keys.
 * "damaged": it is being fetched again. "restored": it has been. "not-kept": what is done here cannot be stored.
 * "renewed": the workspace has a new key. "audit": the desktop's record of what it did is not as it was.
 */
export interface Notice {
  readonly type: "damaged" | "restored" | "not-kept" | "renewed" | "audit";
  readonly reason?: string;
}

/** "removed": the desktop removed this device. "too-old": a newer app is needed to write. Both only read. */
export type Access =
  | { readonly type: "full" }
  | { readonly type: "removed"; readonly at: number }
  | { readonly type: "too-old" };

/** "offline": no relay answers. "gone": none has it any more. "damaged": what came is not what was put there. */
export interface SegmentProblem {
  readonly type: "offline" | "gone" | "damaged";
}

/** @param onProgress bytes that are here, and all of them */
export type LoadSegment = (
  reference: ArchiveReference,
  onProgress: (done: number, total: number) => void,
) => Promise<Result<Segment, SegmentProblem>>;

export type FileProblem = BlobFailure;

export interface TransferOptions {
  /** Bytes that are done, and all of them. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** Files both ways, sealed; "cancelled" is the signal's. */
export interface WorkspaceFiles {
  readonly send: (file: File, options: TransferOptions) => Promise<Result<Attachment, FileProblem>>;
  readonly fetch: (artifact: Artifact, options: TransferOptions) => Promise<Result<Blob, FileProblem>>;
  /** If it is on this device. */
  readonly find: (artifact: Artifact) => Promise<Blob | undefined>;
  readonly remove: (artifact: Artifact) => Promise<void>;
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
  /** The same of a second run. */
  readonly also?: DesktopPresence["step"];
}

export interface Orders {
  /** @param locale the language that the person reads, a BCP 47 tag */
  readonly sendTask: (prompt: string, locale: string, attachments?: readonly Attachment[]) => Promise<void>;
  readonly decide: (
    approvalId: ApprovalId,
    answer: { readonly verdict: "allow" | "deny" | "none"; readonly note?: string; readonly locale: string },
  ) => Promise<void>;
  /** Every other order, as the record that is signed says it. */
  readonly give: (order: IntentBody) => Promise<void>;
  readonly createSchedule: (schedule: ScheduleFields) => Promise<void>;
}

export interface Workspace {
  readonly doc: Y.Doc;
  readonly deviceId: DeviceId;
  /** "phone" says "this phone", "window" says "this computer". */
  readonly role: "phone" | "window";
  readonly registry: () => DeviceRegistry;
  readonly isAtRelay: (place: StructPlace) => boolean;
  /** How far what lies at this place has come, as far as it has been seen. */
  readonly deliveryAt: PlaceDelivery;
  readonly connection: () => ConnectionState;
  readonly relays: () => readonly RelayState[];
  /** Takes that relay's history as it is now, after an alarm; what it lacks is sent to it again. */
  readonly acceptHistory: (relayUrl: string) => void;
  readonly access: () => Access;
  readonly notices: () => readonly Notice[];
  readonly dismiss: (type: Notice["type"]) => void;
  /** What this device remembers of the workspace beside the document, for when the document is not here. */
  readonly remembered?: () => { readonly threadId?: ThreadId; readonly desktopName?: string };
  /** Older messages that have left the document; absent where they cannot be fetched. */
  readonly loadSegment?: LoadSegment | undefined;
  /** Absent where the files are: on the desktop. */
  readonly files?: WorkspaceFiles | undefined;
  readonly desktop: () => DesktopPresence;
  /** Called after any change of the document, the connection or the presence. @returns stops the calls */
  readonly subscribe: (listener: () => void) => () => void;
  readonly retryNow: () => void;
  readonly orders: Orders;
}

/** What a person may be told about the way to one relay. */
import type { DeviceId, UnsealError } from "../crypto/index.ts";
import type { RefusalCode } from "../wire/index.ts";
import type { HistoryFault } from "./log-history.ts";
import type { UpdateRefusal } from "./update-guard.ts";

export type SyncPhase =
  | "offline"
  | "connecting"
  | "authenticating"
  | "catching-up"
  | "live"
  /** The relay turned this device away, and trying again at once would not help. */
  | "refused";

/** Why something that arrived was left out. */
export type IgnoredWord =
  | UnsealError["type"]
  | UpdateRefusal["type"]
  | "bad-awareness"
  | "foreign-write"
  | "held-overflow"
  | "not-taken";

/** The relay's log contradicts what other devices saw of it. While it stands, nothing of that relay is applied. */
export interface SyncAlarm {
  /**
   * missing: numbers or frames are left out; fork: it showed different logs to different devices, or changed what it
   * had shown; rollback: it holds less than it held; withheld: another device has read what we are not shown.
   */
  readonly type: HistoryFault["type"];
  /** Whose frame showed it. */
  readonly deviceId?: DeviceId | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface SyncStatus {
  readonly phase: SyncPhase;
  /** The relay's last refusal of this connection; while live, of what this device wants stored. */
  readonly refusal?: RefusalCode | undefined;
  readonly alarm?: SyncAlarm | undefined;
  /** Stored frames handed over since this connection began. */
  readonly replayed: number;
  /** Updates of this device that the relay has not acknowledged. */
  readonly pending: number;
  /** Milliseconds since 1970. */
  readonly lastLiveAt?: number | undefined;
  /** The log's id, hex: another one means that the relay lost its disk. */
  readonly logId?: string | undefined;
  /** Other sockets seen in the room. */
  readonly peers: number;
  /** Frames that changed nothing, by word ([SY2]). */
  readonly ignored: Readonly<Partial<Record<IgnoredWord, number>>>;
  /** Out-of-order updates that wait for what they build on. */
  readonly held: number;
}

export const INITIAL_STATUS: SyncStatus = {
  phase: "offline",
  replayed: 0,
  pending: 0,
  peers: 0,
  ignored: {},
  held: 0,
};

/**
 * Carries a room's state over a restart of the app: takes up what was stored, and offers what is worth storing.
 * 1. [SY1] Stored state counts only for a document that covers it, at the start or when the relay is first asked for
 *    the log; so the document is to be loaded before. Anything else is as if nothing had been stored.
 * 2. Offered at most once a second, and only while nothing is held, missed or in doubt.
 */
import type * as Y from "yjs";
import type { DeviceId } from "../crypto/index.ts";
import type { HeldUpdates } from "./held-updates.ts";
import type { LogHistory } from "./log-history.ts";
import { nothingToStop, type Timers } from "./ports.ts";
import type { RelayKnowledgeWriter } from "./relay-knowledge.ts";
import { documentCovers, parseResumeState, writeResumeState, type LogGrowth } from "./resume-state.ts";

const OFFER_EVERY_MS = 1_000;

export interface RoomResumeDeps {
  readonly doc: Y.Doc;
  readonly roomId: Uint8Array;
  readonly timers: Timers;
  readonly known: RelayKnowledgeWriter;
  readonly history: LogHistory;
  readonly held: HeldUpdates;
  readonly peerCursors: Map<DeviceId, number>;
  readonly sinceSnapshot: LogGrowth;
  /** Something is wrong with the log, or it has ended. */
  readonly isInDoubt: () => boolean;
  readonly resume?: Uint8Array | undefined;
  readonly onResumable?: ((bytes: Uint8Array) => void) | undefined;
}

export interface RoomResume {
  /** The last chance for the document to cover what was stored: the relay is about to be asked for the log. */
  readonly takeUp: () => void;
  /** Something was read, acknowledged or heard. */
  readonly noteProgress: () => void;
  readonly stop: () => void;
}

export const createRoomResume = (deps: RoomResumeDeps): RoomResume => {
  const { doc, roomId, timers, known, history, held, peerCursors, sinceSnapshot, onResumable } = deps;
  let stored = deps.resume && parseResumeState(deps.resume, roomId);
  let stopOffer: (() => void) | undefined;
  let offered = "";

  /** Two states that look alike are not worth storing twice. */
  const sketch = (): string => JSON.stringify([known.cursor, [...peerCursors]]);

  const offer = (): void => {
    stopOffer = undefined;
    const { logId } = history;
    const transcript = history.transcriptAt(known.cursor);
    const isSettled = held.size === 0 && known.isWhole() && !deps.isInDoubt();
    if (!isSettled || logId === undefined || transcript === undefined) return;
    offered = sketch();
    onResumable?.(
      writeResumeState({
        roomId,
        logId,
        transcript,
        known: known.store(),
        peerCursors,
        growth: sinceSnapshot,
      }),
    );
  };

  const takeUp = (): void => {
    if (stored === undefined || !documentCovers(doc, stored.known.content)) return;
    known.restore(stored.known);
    history.restore(stored.logId, { cursor: stored.known.cursor, transcript: stored.transcript });
    for (const [deviceId, cursor] of stored.peerCursors) peerCursors.set(deviceId, cursor);
    Object.assign(sinceSnapshot, stored.growth);
    offered = sketch();
    stored = undefined;
  };
  takeUp();

  return {
    takeUp: () => {
      takeUp();
      stored = undefined;
    },
    noteProgress: () => {
      if (onResumable === undefined || stopOffer !== undefined || sketch() === offered) return;
      stopOffer = timers.after(OFFER_EVERY_MS, offer);
    },
    stop: () => (stopOffer ?? nothingToStop)(),
  };
};

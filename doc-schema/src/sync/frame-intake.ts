/**
 * From a stored frame to the document: check its place in the log, unseal, guard, hand over. The one way in.
 * 0. What the relay has not committed changes the document and nothing else.
 * 1. A frame at which the log's history breaks, and all after it, changes nothing: take() says what is wrong.
 * 2. [SY2] A frame that does not unseal, or that a guard refuses, is counted by its word and changes nothing; later
 *    frames go on.
 * 3. What fits of an update is taken at once; the rest waits for missing structs outside Yjs and is tried again when they
 *    are there. So no two updates wait for each other, though each may need a part of the other: what a device sends
 *    again after a relay lost a frame is its own, and others have built on it meanwhile, as it has on theirs.
 * 4. The cursor moves past a frame only when the provider has taken it, or it is held, or it is refused for good. It
 *    never moves past a control frame: whoever connects again must see it again.
 * 5. [T34] Two contents under one name are told. Where there is a guard, the second is refused whole; elsewhere Yjs leaves
 *    it out, and the relay is not believed to hold what we hold: so ours is sent, and the desktop sees both. Who writes
 *    under our own client id makes us take another one; what he wrote is then a stranger's.
 */
import * as Y from "yjs";
import {
  frameHash,
  unsealFrame,
  type DeviceId,
  type EpochKeys,
  type UnsealedFrame,
} from "../crypto/index.ts";
import type { Result } from "../wire/index.ts";
import type { FrameUpdate, HeldUpdates } from "./held-updates.ts";
import type { HistoryFault, LogHistory } from "./log-history.ts";
import type { RelayKnowledgeWriter } from "./relay-knowledge.ts";
import type { IgnoredWord } from "./sync-status.ts";
import { cutUpdate, groupForMerging, mergeGroup } from "./update-batches.ts";
import { guardUpdate, SNAPSHOT_LIMITS, UPDATE_LIMITS, type UpdateRefusal } from "./update-guard.ts";

export interface StoredFrame {
  readonly seq: number;
  readonly frame: Uint8Array;
  readonly isSnapshot: boolean;
}

/** False keeps an update out of the document, whole: it changes what its device may not change [OW1–OW3]. */
export type OwnershipGuard = (update: Uint8Array, deviceId: DeviceId) => boolean;

export interface FrameIntakeDeps {
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly history: LogHistory;
  readonly known: RelayKnowledgeWriter;
  readonly held: HeldUpdates;
  readonly guard?: OwnershipGuard | undefined;
  readonly ignore: (word: IgnoredWord) => void;
  /** An update said otherwise what is known, or came under our own client id. Who lied it does not show. */
  readonly onContradiction?: (() => void) | undefined;
  /** What of an update waits for missing structs, or found no room to wait. */
  readonly onUnplaced?: ((update: Uint8Array) => void) | undefined;
  /** From now on the document writes under another client id. */
  readonly renewClient: () => void;
  /** A frame of that device shows how far it has read. */
  readonly noteCursor: (deviceId: DeviceId, cursor: number) => void;
  /** The control frame that closed the room. */
  readonly onControl: (body: Uint8Array) => void;
  /** While an alarm stands, a log with a fault anywhere changes nothing at all. */
  readonly isOnTrial: () => boolean;
}

/** Gives an update to the provider; false when the provider has let go of this socket. */
export type HandOver = (update: Uint8Array) => boolean;

type Outcome = "taken" | "let-go" | UpdateRefusal | { readonly type: "foreign-write" };
type Contradiction = Extract<UpdateRefusal, { readonly type: "contradiction" }>;

export interface FrameIntake {
  /**
   * In the order of the log. Stops early, without moving the cursor, when the provider lets go.
   * @param checkEnd what must hold once all are read
   */
  readonly take: (
    frames: readonly StoredFrame[],
    handOver: HandOver,
    checkEnd?: () => HistoryFault | undefined,
  ) => HistoryFault | undefined;
  /**
   * A frame that may never be in the log: handed over if it is sound as the next one and needs nothing that is missing.
   * Nothing of it is remembered, counted, or believed to be at the relay: `take` gets it again when it is committed. The
   * guard sees it all the same: a device that wrote what is not its own did so, whatever becomes of the frame.
   */
  readonly showEarly: (frame: Omit<StoredFrame, "isSnapshot">, handOver: HandOver) => void;
  /** What was held and is no longer missing anything, because the document changed by another way. */
  readonly takeHeld: (handOver: HandOver) => void;
}

export const createFrameIntake = (deps: FrameIntakeDeps): FrameIntake => {
  const { doc, keys, history, known, held, guard, ignore, isOnTrial } = deps;
  /** Devices whose last update the guard refused: what builds on it is not worth holding. */
  const refused = new Set<DeviceId>();

  const take: FrameIntake["take"] = (frames, handOver, checkEnd) => {
    const { updates, last, end } = readAll(frames);
    const fault = end === "end" ? checkEnd?.() : end === "control" ? undefined : end;
    if (fault !== undefined && isOnTrial()) return fault;
    // A guard judges an update by what is in the document, so each must be there before the next.
    const groups = guard === undefined ? groupForMerging(updates) : updates.map((update) => [update]);
    const allTaken = groups.every((group) => {
      const taken = takeGroup(group, handOver);
      if (taken) known.advance(group.at(-1)?.seq ?? 0);
      return taken;
    });
    if (allTaken) known.advance(last);
    return fault;
  };

  const readAll = (
    frames: readonly StoredFrame[],
  ): {
    readonly updates: readonly FrameUpdate[];
    /** The last number that may be behind the cursor. */
    readonly last: number;
    readonly end: "end" | "control" | HistoryFault;
  } => {
    const updates: FrameUpdate[] = [];
    let last = 0;
    for (const stored of frames) {
      const read = readFrame(stored);
      if (read.type === "control") return { updates, last, end: "control" };
      if (read.type === "fault") return { updates, last, end: read.fault };
      if (read.type === "update") updates.push(read.update);
      last = stored.seq;
    }
    return { updates, last, end: "end" };
  };

  type Read =
    | { readonly type: "update"; readonly update: FrameUpdate }
    | { readonly type: "fault"; readonly fault: HistoryFault }
    | { readonly type: "control" | "nothing" };

  const readFrame = ({ seq, frame, isSnapshot }: StoredFrame): Read => {
    const unsealed: Result<UnsealedFrame, { readonly type: IgnoredWord }> = unsealFrame(keys, frame);
    const content =
      unsealed.ok && (unsealed.value.kind === "update") !== isSnapshot ? unsealed.value : undefined;
    const fault = isSnapshot
      ? history.readSnapshot(seq, frameHash(frame), content)
      : history.readFrame(seq, frameHash(frame), content);
    if (fault !== undefined) return { type: "fault", fault };
    if (content !== undefined) deps.noteCursor(content.deviceId, content.cursor);
    if (content?.kind === "control") {
      deps.onControl(content.body);
      return { type: "control" };
    }
    if (seq <= known.cursor) return { type: "nothing" };
    if (isSnapshot) known.forgetContent();
    if (content !== undefined) {
      const { deviceId, body } = content;
      const limits = isSnapshot ? SNAPSHOT_LIMITS : UPDATE_LIMITS;
      return { type: "update", update: { seq, deviceId, body, limits } };
    }
    ignore(unsealed.ok ? "bad-inner" : unsealed.error.type);
    return { type: "nothing" };
  };

  const takeGroup = (group: readonly FrameUpdate[], handOver: HandOver): boolean => {
    const newest = group.at(-1);
    if (newest !== undefined && group.length > 1) {
      const merged = mergeGroup(group.map((frame) => frame.body));
      const outcome =
        merged === undefined
          ? undefined
          : apply({ ...newest, body: merged, limits: UPDATE_LIMITS }, handOver);
      if (outcome === "let-go") return false;
      if (outcome === "taken") return takeHeld(handOver);
    }
    return group.every((frame) => {
      const taken = takeOne(frame, handOver);
      if (taken) known.advance(frame.seq);
      return taken;
    });
  };

  const takeOne = (update: FrameUpdate, handOver: HandOver): boolean => {
    const { outcome, rest } = applyWhatFits(update, handOver);
    if (outcome === "let-go") return false;
    if (outcome === "taken") return takeHeld(handOver);
    if (outcome.type === "contradiction") return contradicted(update, outcome, handOver);
    if (!("missing" in outcome)) ignore(outcome.type);
    else if (refused.has(update.deviceId)) ignore("foreign-write");
    else {
      deps.onUnplaced?.(rest.body);
      if (!held.hold({ ...rest, missing: outcome.missing })) {
        ignore("held-overflow");
        known.missed(update.seq);
      }
    }
    return rest === update || takeHeld(handOver);
  };

  /** False when the provider let go. */
  const contradicted = (
    { body }: FrameUpdate,
    { at, isHarmless }: Contradiction,
    handOver: HandOver,
  ): boolean => {
    ignore("contradiction");
    deps.onContradiction?.();
    if (at.client === doc.clientID) deps.renewClient();
    return guard !== undefined || !isHarmless || handOver(body);
  };

  const takeHeld = (handOver: HandOver): boolean => {
    for (let ready = held.takeReady(doc); ready !== undefined; ready = held.takeReady(doc)) {
      const { outcome, rest } = applyWhatFits(ready, handOver);
      if (outcome === "let-go") {
        held.hold(ready);
        return false;
      }
      if (outcome === "taken") continue;
      if (outcome.type === "contradiction") {
        if (contradicted(ready, outcome, handOver)) continue;
        held.hold(ready);
        return false;
      }
      if ("missing" in outcome) held.hold({ ...rest, missing: outcome.missing });
      else ignore(outcome.type);
    }
    return true;
  };

  /** Where something is missing, what needs it is the rest, and the document has all before it. */
  const applyWhatFits = (
    update: FrameUpdate,
    handOver: HandOver,
  ): { readonly outcome: Outcome; readonly rest: FrameUpdate } => {
    const outcome = apply(update, handOver);
    if (typeof outcome === "string" || !("missing" in outcome)) return { outcome, rest: update };
    const bringsNew = [...outcome.fits].some(([client, state]) => state > Y.getState(doc.store, client));
    if (!bringsNew) return { outcome, rest: update };
    const { head, rest } = cutUpdate(update.body, outcome.fits);
    const ofHead = apply({ ...update, body: head }, handOver);
    return ofHead === "taken"
      ? { outcome, rest: { ...update, body: rest } }
      : { outcome: ofHead, rest: update };
  };

  const apply = (update: FrameUpdate, handOver: HandOver): Outcome => {
    const { seq, deviceId, body, limits } = update;
    const guarded = guardUpdate(doc, body, limits);
    if (!guarded.ok) {
      if (guarded.error.type !== "own-client") return guarded.error;
      ignore("own-client");
      deps.onContradiction?.();
      deps.renewClient();
      return apply(update, handOver);
    }
    if (guard?.(body, deviceId) === false) {
      refused.add(deviceId);
      return { type: "foreign-write" };
    }
    if (!handOver(body)) return "let-go";
    refused.delete(deviceId);
    const isTaken = [...guarded.value].every(([client, state]) => Y.getState(doc.store, client) >= state);
    if (isTaken) known.learn(body, seq);
    else ignore("not-taken");
    return "taken";
  };

  const showEarly: FrameIntake["showEarly"] = ({ seq, frame }, handOver) => {
    const unsealed = unsealFrame(keys, frame);
    if (!unsealed.ok || unsealed.value.kind !== "update" || isOnTrial()) return;
    const { deviceId, body } = unsealed.value;
    if (!history.fitsNext(seq, frameHash(frame), unsealed.value)) return;
    if (!guardUpdate(doc, body, UPDATE_LIMITS).ok || guard?.(body, deviceId) === false) return;
    handOver(body);
  };

  return { take, takeHeld, showEarly };
};

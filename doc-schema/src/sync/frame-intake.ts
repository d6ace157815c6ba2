/**
 * From a stored frame to the document: unseal, guard, hand over. The one way in.
 * 1. [SY2] A frame that does not unseal, or that the guard refuses, is counted by its word and changes nothing;
 *    later frames go on.
 * 2. What waits for missing structs is held outside Yjs and tried again when they are there.
 * 3. The cursor moves past a frame only when the provider has taken it, or it is held, or it is refused for good.
 */
import * as Y from "yjs";
import { unsealFrame, type EpochKeys, type UnsealedFrame } from "../crypto/index.ts";
import type { Result } from "../wire/index.ts";
import type { HeldUpdates } from "./held-updates.ts";
import type { RelayKnowledgeWriter } from "./relay-knowledge.ts";
import type { IgnoredWord } from "./sync-status.ts";
import { groupForMerging, mergeGroup } from "./update-batches.ts";
import {
  guardUpdate,
  SNAPSHOT_LIMITS,
  UPDATE_LIMITS,
  type UpdateLimits,
  type UpdateRefusal,
} from "./update-guard.ts";

export interface StoredFrame {
  readonly seq: number;
  readonly frame: Uint8Array;
  readonly isSnapshot: boolean;
}

export interface FrameIntakeDeps {
  readonly doc: Y.Doc;
  readonly keys: EpochKeys;
  readonly known: RelayKnowledgeWriter;
  readonly held: HeldUpdates;
  readonly ignore: (word: IgnoredWord) => void;
}

/** Gives an update to the provider; false when the provider has let go of this socket. */
export type HandOver = (update: Uint8Array) => boolean;

export interface FrameIntake {
  /** In the order of the log. Stops early, without moving the cursor, when the provider lets go. */
  readonly take: (frames: readonly StoredFrame[], handOver: HandOver) => void;
}

interface OpenedFrame {
  readonly seq: number;
  readonly body: Uint8Array;
  readonly limits: UpdateLimits;
}

export const createFrameIntake = ({ doc, keys, known, held, ignore }: FrameIntakeDeps): FrameIntake => {
  const open = ({ seq, frame, isSnapshot }: StoredFrame): OpenedFrame | undefined => {
    if (isSnapshot) known.forgetContent();
    const unsealed: Result<UnsealedFrame, { readonly type: IgnoredWord }> = unsealFrame(keys, frame);
    if (unsealed.ok && (unsealed.value.kind === "snapshot") === isSnapshot) {
      return { seq, body: unsealed.value.body, limits: isSnapshot ? SNAPSHOT_LIMITS : UPDATE_LIMITS };
    }
    ignore(unsealed.ok ? "bad-inner" : unsealed.error.type);
    return undefined;
  };

  const apply = (
    update: Uint8Array,
    limits: UpdateLimits,
    handOver: HandOver,
  ): "taken" | "let-go" | UpdateRefusal => {
    const guarded = guardUpdate(doc, update, limits);
    if (!guarded.ok) return guarded.error;
    if (!handOver(update)) return "let-go";
    const isTaken = [...guarded.value].every(([client, state]) => Y.getState(doc.store, client) >= state);
    if (isTaken) known.learn(update);
    else ignore("not-taken");
    return "taken";
  };

  const takeOne = ({ seq, body, limits }: OpenedFrame, handOver: HandOver): boolean => {
    const outcome = apply(body, limits, handOver);
    if (outcome === "let-go") return false;
    if (outcome === "taken") return takeHeld(handOver);
    if (!("missing" in outcome)) ignore(outcome.type);
    else if (!held.hold({ update: body, limits, missing: outcome.missing })) {
      ignore("held-overflow");
      known.missed(seq);
    }
    return true;
  };

  const takeHeld = (handOver: HandOver): boolean => {
    for (let ready = held.takeReady(doc); ready !== undefined; ready = held.takeReady(doc)) {
      const outcome = apply(ready.update, ready.limits, handOver);
      if (outcome === "let-go") {
        held.hold(ready);
        return false;
      }
      if (outcome === "taken") continue;
      if ("missing" in outcome) held.hold({ ...ready, missing: outcome.missing });
      else ignore(outcome.type);
    }
    return true;
  };

  const takeGroup = (group: readonly OpenedFrame[], handOver: HandOver): boolean => {
    if (group.length > 1) {
      const merged = mergeGroup(group.map((frame) => frame.body));
      const outcome = merged === undefined ? undefined : apply(merged, UPDATE_LIMITS, handOver);
      if (outcome === "let-go") return false;
      if (outcome === "taken") return takeHeld(handOver);
    }
    return group.every((frame) => {
      const taken = takeOne(frame, handOver);
      if (taken) known.advance(frame.seq);
      return taken;
    });
  };

  return {
    take: (frames, handOver) => {
      const fresh = frames.filter((frame) => frame.seq > known.cursor);
      const opened = fresh.map(open).filter((frame) => frame !== undefined);
      const allTaken = groupForMerging(opened).every((group) => {
        const taken = takeGroup(group, handOver);
        if (taken) known.advance(group.at(-1)?.seq ?? 0);
        return taken;
      });
      if (allTaken) known.advance(fresh.at(-1)?.seq ?? 0);
    },
  };
};

/**
 * Updates that came before what they build on, kept outside Yjs, whose own pending store is quadratic.
 * 1. At most 2,000 updates or 8 MiB: beyond that nothing is taken, and the caller must ask for it again.
 * 2. An update comes out when the one struct that it waited for is there; it may then wait for another.
 */
import * as Y from "yjs";
import type { DeviceId } from "../crypto/index.ts";
import type { StructPlace, UpdateLimits } from "./update-guard.ts";

export const MAX_HELD_UPDATES = 2_000;
export const MAX_HELD_BYTES = 8 * 1024 * 1024;

/** The content of a stored frame. */
export interface FrameUpdate {
  /** The log's number. */
  readonly seq: number;
  readonly deviceId: DeviceId;
  readonly body: Uint8Array;
  readonly limits: UpdateLimits;
}

export interface HeldUpdate extends FrameUpdate {
  readonly missing: StructPlace;
}

export interface HeldUpdates {
  readonly size: number;
  /** False when it is full. */
  readonly hold: (held: HeldUpdate) => boolean;
  /** Takes out one update whose missing struct the document has now. */
  readonly takeReady: (doc: Y.Doc) => HeldUpdate | undefined;
  readonly clear: () => void;
}

export const createHeldUpdates = (): HeldUpdates => {
  let held: HeldUpdate[] = [];
  let bytes = 0;
  return {
    get size() {
      return held.length;
    },
    hold: (entry) => {
      if (held.length >= MAX_HELD_UPDATES || bytes + entry.body.length > MAX_HELD_BYTES) return false;
      held.push(entry);
      bytes += entry.body.length;
      return true;
    },
    takeReady: (doc) => {
      const index = held.findIndex(({ missing }) => Y.getState(doc.store, missing.client) > missing.clock);
      const [ready] = index < 0 ? [] : held.splice(index, 1);
      bytes -= ready?.body.length ?? 0;
      return ready;
    },
    clear: () => {
      held = [];
      bytes = 0;
    },
  };
};

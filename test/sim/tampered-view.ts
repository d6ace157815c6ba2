/**
 * A relay that shows one device another log than it has: from one stored frame on, something was left out, told
 * twice, swapped or bent, or shown early and then left out. It stays with its story over every reconnect, and numbers everything so that it fits.
 */
import {
  parseClientMessage,
  parseRelayMessage,
  writeClientMessage,
  writeRelayMessage,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import type { Tamper } from "./network.ts";

export type Lie = "leave-out" | "early-only" | "tell-twice" | "swap" | "bend";
export const LIES: readonly Lie[] = ["leave-out", "early-only", "tell-twice", "swap", "bend"];

export interface TamperedView {
  /** For each new connection of the device. */
  readonly connect: () => Tamper;
  /** Begins with the next stored frame that would reach the device. */
  readonly begin: (lie: Lie) => void;
  readonly end: () => void;
  /** True when the device has been shown something that is not so. */
  readonly hasLied: () => boolean;
}

type Frame = Extract<RelayMessage, { type: "frame" }>;

/** What one connection waits to be told. */
interface Held {
  /** The first of two frames that are swapped. */
  readonly kept: Frame[];
  /** What stands for the COMMITTED of the frame that was told early. */
  early: readonly RelayMessage[] | undefined;
}

const bend = (frame: Uint8Array): Uint8Array => {
  const bent = Uint8Array.from(frame);
  const last = bent.length - 1;
  bent[last] = (bent[last] ?? 0) ^ 1;
  return bent;
};

export const createTamperedView = (): TamperedView => {
  let lie: Lie | undefined;
  /** The true number of the frame that is lied about. */
  let at: number | undefined;

  const leavesOut = (): boolean => lie === "leave-out" || lie === "early-only";
  const shift = (): number => (at === undefined ? 0 : leavesOut() ? -1 : lie === "tell-twice" ? 1 : 0);
  const shown = (seq: number): number => (at !== undefined && seq >= at ? seq + shift() : seq);
  /** Where the replay must begin so that the device gets all that it should after its cursor. */
  const truth = (cursor: number): number => {
    if (at === undefined || cursor < at - 1) return cursor;
    if (lie === "swap") return Math.min(cursor, at - 1);
    return leavesOut()
      ? cursor === at - 1
        ? cursor
        : cursor + 1
      : lie === "tell-twice"
        ? Math.max(at - 1, cursor - 1)
        : cursor;
  };

  const showFrame = (frame: Frame, kept: Frame[]): readonly Frame[] => {
    at ??= frame.seq;
    if (frame.seq === at) {
      if (leavesOut()) return [];
      if (lie === "tell-twice") return [frame, { ...frame, seq: frame.seq + 1 }];
      if (lie === "bend") return [{ ...frame, frame: bend(frame.frame) }];
      kept.push(frame);
      return [];
    }
    if (lie === "swap" && frame.seq === at + 1) {
      const first = kept.splice(0).map((earlier) => ({ ...earlier, seq: frame.seq }));
      return [{ ...frame, seq: at }, ...first];
    }
    return [{ ...frame, seq: shown(frame.seq) }];
  };

  /** As what is shown of it once it is committed: the first of it early, the rest then. */
  const showEarly = (frame: Frame, held: Held): readonly RelayMessage[] => {
    const isFirst = at === undefined;
    const [first, ...rest] = showFrame(frame, held.kept);
    held.early = first === undefined ? [] : [{ type: "committed", seq: first.seq }, ...rest];
    if (isFirst && lie === "early-only") return [{ ...frame, type: "early" }];
    return first === undefined ? [] : [{ ...first, type: "early" }];
  };

  const show = (message: RelayMessage, held: Held): readonly RelayMessage[] => {
    switch (message.type) {
      case "frame":
        return showFrame(message, held.kept);
      case "early":
        return showEarly({ ...message, type: "frame" }, held);
      case "committed": {
        const shownThen = held.early ?? [message];
        held.early = undefined;
        return shownThen;
      }
      case "ack":
        return [{ ...message, seq: shown(message.seq) }];
      case "live":
        return [{ ...message, head: shown(message.head) }];
      case "snapshot":
        // It holds both frames that were swapped, or the one that was bent: the lie is gone.
        if (at !== undefined && shift() === 0 && message.upto >= (lie === "swap" ? at + 1 : at))
          lie = undefined;
        return [{ ...message, upto: shown(message.upto) }];
      default:
        return [message];
    }
  };

  return {
    begin: (next) => {
      lie = next;
      at = undefined;
    },
    end: () => {
      lie = undefined;
      at = undefined;
    },
    hasLied: () => lie !== undefined && at !== undefined,
    connect: () => {
      const held: Held = { kept: [], early: undefined };
      /** Numbers of the device's own compactions that take the bent frame out of the log. */
      const washing = new Set<number>();
      return {
        toClient: (bytes) => {
          const message = parseRelayMessage(bytes);
          // Its snapshot now stands for the bent frame, and all devices read on from what it says: the lie is gone.
          if (message.ok && message.value.type === "ack" && washing.has(message.value.clientSeq))
            lie = undefined;
          return lie === undefined || !message.ok
            ? [bytes]
            : show(message.value, held).map(writeRelayMessage);
        },
        toServer: (bytes) => {
          const message = parseClientMessage(bytes);
          if (at === undefined || !message.ok) return [bytes];
          const { value } = message;
          if (value.type === "auth") return [writeClientMessage({ ...value, after: truth(value.after) })];
          if (value.type === "compact" && lie === "bend" && value.upto >= at) washing.add(value.clientSeq);
          if (value.type === "compact" || value.type === "close-room")
            return [writeClientMessage({ ...value, upto: truth(value.upto) })];
          return [bytes];
        },
      };
    },
  };
};

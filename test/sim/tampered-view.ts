/**
 * A relay that shows one device another log than it has: from one stored frame on, something was left out, told
 * twice, swapped or bent. It stays with its story over every reconnect, and numbers everything so that it fits.
 */
import {
  parseClientMessage,
  parseRelayMessage,
  writeClientMessage,
  writeRelayMessage,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import type { Tamper } from "./network.ts";

export type Lie = "leave-out" | "tell-twice" | "swap" | "bend";
export const LIES: readonly Lie[] = ["leave-out", "tell-twice", "swap", "bend"];

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

  const shift = (): number =>
    at === undefined ? 0 : lie === "leave-out" ? -1 : lie === "tell-twice" ? 1 : 0;
  const shown = (seq: number): number => (at !== undefined && seq >= at ? seq + shift() : seq);
  /** Where the replay must begin so that the device gets all that it should after its cursor. */
  const truth = (cursor: number): number => {
    if (at === undefined || cursor < at - 1) return cursor;
    if (lie === "swap") return Math.min(cursor, at - 1);
    return lie === "leave-out"
      ? cursor === at - 1
        ? cursor
        : cursor + 1
      : lie === "tell-twice"
        ? Math.max(at - 1, cursor - 1)
        : cursor;
  };

  const showFrame = (frame: Frame, kept: Frame[]): readonly RelayMessage[] => {
    at ??= frame.seq;
    if (frame.seq === at) {
      if (lie === "leave-out") return [];
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

  const show = (message: RelayMessage, kept: Frame[]): readonly RelayMessage[] => {
    switch (message.type) {
      case "frame":
        return showFrame(message, kept);
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
      const kept: Frame[] = [];
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
            : show(message.value, kept).map(writeRelayMessage);
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

/**
 * One relay's log as it was shown to us, held against what every frame says that its sender saw of it.
 *
 * 1. An honest relay is never accused: reconnects, frames sent twice, compaction by anyone, a resumed start and a
 *    relay that lost its disk (another log id) all pass.
 * 2. A frame dropped, moved, repeated elsewhere or renumbered, a log forked between devices, and one rolled back, show
 *    at the first frame or presence that crosses from who saw otherwise.
 * 3. Numbers have no holes: what comes next is the one after the last, and LIVE names the last.
 * 4. A number that we have read keeps its frame, as far back as MAX_REMEMBERED.
 * 5. It is pure: bytes and times come in, a fault or nothing goes out. What follows from a fault is sealed-room.ts.
 */
import {
  bytesToHex,
  extendTranscript,
  startTranscript,
  type DeviceId,
  type LogPlace,
  type UnsealedFrame,
} from "../crypto/index.ts";
import { equalBytes } from "../wire/index.ts";

/** Frames under way and snapshots look back a few dozen numbers; 4,096 transcripts are about 0.5 MB. */
export const MAX_REMEMBERED = 4_096;
const MAX_STREAMS = 256;
/** A peer says that it read further than we: an honest relay has sent us that long before (milliseconds). */
export const WITHHELD_AFTER_MS = 30_000;

export interface HistoryFault {
  /** withheld: a peer has read what this relay does not show to us. */
  readonly type: "missing" | "fork" | "rollback" | "withheld";
  /** Whose frame showed it. */
  readonly deviceId?: DeviceId | undefined;
  /** The log's number where it showed. */
  readonly seq: number;
}

/** What a device says that it read. */
export interface HistoryClaim extends LogPlace {
  readonly deviceId: DeviceId;
}

export interface LogHistory {
  /** 16 bytes; undefined before the relay said LIVE. */
  readonly logId: Uint8Array | undefined;
  /** The last number that was read. */
  readonly position: number;
  /** Up to here another stream was seen to agree, since the log was last read from its start. */
  readonly confirmed: number;
  /** Undefined when that number is not remembered. */
  readonly transcriptAt: (seq: number) => Uint8Array | undefined;
  /** LIVE: "other-log" has forgotten all of the one before. */
  readonly meet: (logId: Uint8Array, head: number) => "same-log" | "other-log" | HistoryFault;
  /** What was replayed is all that the log holds. */
  readonly endReplay: (head: number) => HistoryFault | undefined;
  /** A durable frame; undefined when it could not be unsealed. */
  readonly readFrame: (
    seq: number,
    hash: Uint8Array,
    frame: UnsealedFrame | undefined,
  ) => HistoryFault | undefined;
  /** True when `readFrame` would find no fault in it, as the next one; changes nothing. */
  readonly fitsNext: (seq: number, hash: Uint8Array, frame: UnsealedFrame) => boolean;
  /** In place of all up to `upto`. */
  readonly readSnapshot: (
    upto: number,
    hash: Uint8Array,
    frame: UnsealedFrame | undefined,
  ) => HistoryFault | undefined;
  /** The relay stored a frame of ours. */
  readonly readOwn: (seq: number, hash: Uint8Array) => HistoryFault | undefined;
  /** From a presence frame. @param now milliseconds */
  readonly hear: (claim: HistoryClaim, now: number) => HistoryFault | undefined;
  /** A claim beyond our position that has waited too long. */
  readonly overdue: (now: number) => HistoryFault | undefined;
  /** The same log will be read from its start; what peers claimed still stands. */
  readonly restart: () => void;
  /** The next replay is taken as it is; from its end on all is checked again. */
  readonly accept: () => void;
  /** Goes on from an earlier start of the app. */
  readonly restore: (logId: Uint8Array, place: LogPlace) => void;
}

export const createLogHistory = (roomId: Uint8Array): LogHistory => {
  let logId: Uint8Array | undefined;
  let position = 0;
  /** The furthest that this log was ever read: it cannot shrink. */
  let furthest = 0;
  let confirmed = 0;
  let isAccepting = false;
  let transcripts = new Map<number, Uint8Array>();
  let streams = new Map<string, { readonly seq: number; readonly hash: Uint8Array }>();
  const claims = new Map<DeviceId, HistoryClaim & { readonly heardAt: number }>();

  const startAt = (seq: number, transcript: Uint8Array): void => {
    position = seq;
    furthest = Math.max(furthest, seq);
    transcripts = new Map([[seq, transcript]]);
    streams = new Map();
  };
  const start = (): Uint8Array => startTranscript(roomId, logId ?? new Uint8Array(0));
  const restart = (): void => {
    confirmed = 0;
    startAt(0, start());
  };
  const begin = (id: Uint8Array): void => {
    logId = Uint8Array.from(id);
    furthest = 0;
    claims.clear();
    restart();
  };

  const extend = (seq: number, hash: Uint8Array): void => {
    const before = transcripts.get(position) ?? start();
    position = seq;
    furthest = Math.max(furthest, seq);
    transcripts.set(seq, extendTranscript(before, hash));
    transcripts.delete(seq - MAX_REMEMBERED);
  };

  /** False when that number held another frame. */
  const isSameAgain = (seq: number, hash: Uint8Array): boolean => {
    const before = transcripts.get(seq - 1);
    const after = transcripts.get(seq);
    return before === undefined || after === undefined || equalBytes(extendTranscript(before, hash), after);
  };

  /** Undefined when we do not remember that far back, or are not there yet. */
  const agrees = ({ cursor, transcript }: LogPlace): boolean | undefined => {
    const ours = transcripts.get(cursor);
    return ours === undefined ? undefined : equalBytes(ours, transcript);
  };

  const confirm = ({ cursor }: LogPlace): void => {
    confirmed = Math.max(confirmed, cursor);
  };

  /** Claims that waited for a number that is now behind us. */
  const settleClaims = (): HistoryFault | undefined => {
    for (const claim of claims.values()) {
      if (claim.cursor > position) continue;
      const agreed = agrees(claim);
      if (agreed === false) return { type: "fork", deviceId: claim.deviceId, seq: claim.cursor };
      if (agreed === true) confirm(claim);
      claims.delete(claim.deviceId);
    }
    return undefined;
  };

  const readNext = (
    seq: number,
    hash: Uint8Array,
    check: () => HistoryFault["type"] | undefined,
    deviceId?: DeviceId,
  ): HistoryFault | undefined => {
    if (isAccepting) {
      if (seq > position) extend(seq, hash);
      return undefined;
    }
    if (seq <= position) return isSameAgain(seq, hash) ? undefined : { type: "fork", deviceId, seq };
    const type = seq > position + 1 ? "missing" : check();
    if (type !== undefined) return { type, deviceId, seq };
    extend(seq, hash);
    return settleClaims();
  };

  /** A frame repeated at once, as after a lost ACK, is harmless; any other place in its stream must be the next. */
  const checkStream = (frame: UnsealedFrame, hash: Uint8Array): HistoryFault["type"] | undefined => {
    const last = streams.get(bytesToHex(frame.stream));
    if (last === undefined || (frame.seq === last.seq && equalBytes(hash, last.hash))) return undefined;
    if (frame.seq > last.seq + 1) return "missing";
    return frame.seq <= last.seq || !equalBytes(frame.prev, last.hash) ? "fork" : undefined;
  };

  const noteStream = (frame: UnsealedFrame, hash: Uint8Array): void => {
    const stream = bytesToHex(frame.stream);
    streams.delete(stream); // the map keeps the most recently seen last
    streams.set(stream, { seq: frame.seq, hash });
    const [oldest] = streams.keys();
    if (streams.size > MAX_STREAMS && oldest !== undefined) streams.delete(oldest);
  };

  const checkFrame = (
    seq: number,
    hash: Uint8Array,
    frame: UnsealedFrame,
  ): HistoryFault["type"] | undefined => {
    if (frame.cursor >= seq) return "missing"; // its sender had read more before it than we were shown
    return agrees(frame) === false ? "fork" : checkStream(frame, hash);
  };

  const noteFrame = (frame: UnsealedFrame, hash: Uint8Array): void => {
    noteStream(frame, hash);
    if (agrees(frame) === true) confirm(frame);
  };

  /** What peers said that they read up to this number, were this frame the next one. */
  const areClaimsMet = (seq: number, hash: Uint8Array): boolean => {
    const transcript = extendTranscript(transcripts.get(position) ?? start(), hash);
    return [...claims.values()].every(
      (claim) => claim.cursor !== seq || equalBytes(claim.transcript, transcript),
    );
  };

  return {
    get logId() {
      return logId;
    },
    get position() {
      return position;
    },
    get confirmed() {
      return confirmed;
    },
    transcriptAt: (seq) => transcripts.get(seq),
    meet: (id, head) => {
      if (logId === undefined || !equalBytes(id, logId)) {
        const isFirst = logId === undefined;
        begin(id);
        return isFirst ? "same-log" : "other-log";
      }
      return head < furthest && !isAccepting ? { type: "rollback", seq: head } : "same-log";
    },
    endReplay: (head) => {
      if (isAccepting) {
        isAccepting = false;
        furthest = 0;
        claims.clear();
        startAt(Math.max(head, position), transcripts.get(position) ?? start());
        return undefined;
      }
      if (position < head) return { type: "missing", seq: head };
      const ahead = [...claims.values()].find(({ cursor }) => cursor > position);
      return ahead && { type: "withheld", deviceId: ahead.deviceId, seq: ahead.cursor };
    },
    readFrame: (seq, hash, frame) => {
      const check = (): HistoryFault["type"] | undefined => {
        const type = frame && checkFrame(seq, hash, frame);
        if (frame !== undefined && type === undefined) noteFrame(frame, hash);
        return type;
      };
      return readNext(seq, hash, check, frame?.deviceId);
    },
    fitsNext: (seq, hash, frame) =>
      !isAccepting &&
      seq === position + 1 &&
      checkFrame(seq, hash, frame) === undefined &&
      areClaimsMet(seq, hash),
    readSnapshot: (upto, hash, frame) => {
      if (isAccepting) {
        startAt(upto, frame?.transcript ?? extendTranscript(start(), hash));
        return undefined;
      }
      if (frame === undefined) return { type: "missing", seq: upto };
      if (frame.cursor !== upto || agrees(frame) === false)
        return { type: "fork", deviceId: frame.deviceId, seq: upto };
      if (upto > position) startAt(upto, frame.transcript);
      return settleClaims();
    },
    readOwn: (seq, hash) => readNext(seq, hash, () => undefined),
    hear: ({ deviceId, cursor, transcript }, now) => {
      // The oldest unmet claim of a device keeps its time: renewing it puts nothing off.
      const heardAt = claims.get(deviceId)?.heardAt ?? now;
      claims.set(deviceId, { deviceId, cursor, transcript, heardAt });
      return settleClaims();
    },
    overdue: (now) => {
      const late = [...claims.values()].find(({ heardAt }) => now - heardAt >= WITHHELD_AFTER_MS);
      return late && { type: "withheld", deviceId: late.deviceId, seq: late.cursor };
    },
    restart,
    accept: () => {
      isAccepting = true;
      restart();
    },
    restore: (id, { cursor, transcript }) => {
      begin(id);
      startAt(cursor, transcript);
    },
  };
};

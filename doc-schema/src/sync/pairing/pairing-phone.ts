/**
 * The phone's side of a pairing: it asks, shows six digits, and waits to be admitted.
 *
 *   connecting → asking(digits) → paired
 *                              └→ refused | expired
 *
 * 1. Nothing of this phone but its name and public keys is sent, and those only to the desktop that made the code.
 * 2. An answer counts only when it is sealed to this request, and when its device record is this phone's, signed by
 *    the executor's key that came with it. That key is what the phone pins.
 * 3. Each answer that it opens it signs for. It is `paired` once a relay has that, because the desktop takes an
 *    admission back that nobody signed for.
 * 4. After the answer the pairing room is left; its key opens nothing else.
 */
import * as Y from "yjs";
import { deviceIdOf, type DeviceKeys } from "../../crypto/index.ts";
import { parseDeviceRecord } from "../../document/device-registry.ts";
import { equalBytes } from "../../wire/index.ts";
import type { SyncPorts } from "../ports.ts";
import { isExpired, type PairingCode } from "./pairing-code.ts";
import { observePairing, readPairingField, writePairingField } from "./pairing-document.ts";
import {
  openAnswer,
  sealRequest,
  type Admission,
  type PairingRequest,
  type RefusalReason,
} from "./pairing-exchange.ts";
import { RECEIPT_WAIT_MS, writeReceipt } from "./pairing-receipt.ts";
import { joinPairingRoom } from "./pairing-room.ts";

/** How long the room stays open after a refusal, to tell the desktop that it arrived (milliseconds). */
const RECEIPT_LINGER_MS = 3_000;

export type PairingRequestState =
  | { readonly type: "connecting" }
  | { readonly type: "asking"; readonly digits: string }
  | { readonly type: "paired"; readonly admission: Admission }
  | {
      readonly type: "refused";
      /** "used": another device asked with this code before. "bad-code": its key is unusable. */
      readonly reason: RefusalReason | "used" | "bad-answer" | "bad-code";
    }
  | { readonly type: "expired" };

export interface PairingRequestInput {
  readonly ports: SyncPorts;
  readonly code: PairingCode;
  /** Made on this phone, before. */
  readonly keys: DeviceKeys;
  readonly name: string;
  readonly kind: PairingRequest["kind"];
  readonly onState: (state: PairingRequestState) => void;
}

export interface PairingAttempt {
  readonly state: () => PairingRequestState;
  /** Leaves the room and tells nobody; once admitted, it still signs for that first. */
  readonly close: () => void;
}

export const createPairingRequest = (input: PairingRequestInput): PairingAttempt => {
  const { ports, code, keys, onState } = input;
  const { now, randomBytes, timers } = ports;
  let state: PairingRequestState = { type: "connecting" };
  const change = (next: PairingRequestState): void => {
    state = next;
    onState(next);
  };

  const { pairingKey, oneTimeKey, relayUrls } = code;
  const asked = sealRequest({
    name: input.name,
    kind: input.kind,
    keys,
    pairingKey,
    oneTimeKey,
    randomBytes,
  });
  if (!asked.ok || isExpired(code, now())) {
    change(asked.ok ? { type: "expired" } : { type: "refused", reason: "bad-code" });
    return { state: () => state, close: () => {} };
  }
  const { sealed, digits, answerPsk } = asked.value;
  const doc = new Y.Doc();
  let seenAnswer: Uint8Array | undefined;
  let admitted: Admission | undefined;
  let isClosed = false;

  const onDocument = (): void => {
    const answer = readPairingField(doc, "answer");
    if (state.type !== "asking" || admitted !== undefined || answer === undefined) return;
    if (seenAnswer !== undefined && equalBytes(seenAnswer, answer)) return;
    seenAnswer = answer;
    onAnswer(answer);
  };

  const onLive = (): void => {
    if (admitted !== undefined && room.isDelivered()) return enter();
    if (state.type !== "connecting") return;
    if (readPairingField(doc, "request") !== undefined) return end({ type: "refused", reason: "used" });
    change({ type: "asking", digits });
    writePairingField(doc, "request", sealed);
  };

  const onAnswer = (sealedAnswer: Uint8Array): void => {
    const opened = openAnswer(sealedAnswer, keys, answerPsk);
    if (!opened.ok)
      return end({ type: "refused", reason: opened.error.type === "bad-seal" ? "used" : "bad-answer" });
    const answer = opened.value;
    if (answer.type === "admitted" && !isOurs(answer.admission, keys))
      return end({ type: "refused", reason: "bad-answer" });
    if (answer.type === "admitted") admitted = answer.admission;
    // From here on it is the desktop's wait that counts, not the code's two minutes.
    if (answer.type !== "refused") waitForDesktop();
    writePairingField(doc, "receipt", writeReceipt(sealedAnswer, keys));
    if (answer.type === "refused") end({ type: "refused", reason: answer.reason });
  };

  /** Without a word of the relay the admission is still ours; should the desktop take it back, we shall hear of it. */
  const waitForDesktop = (): void => {
    stopTimer();
    stopTimer = timers.after(RECEIPT_WAIT_MS, () =>
      admitted === undefined ? end({ type: "expired" }) : enter(),
    );
  };

  const enter = (): void => {
    if (state.type === "asking" && admitted !== undefined) end({ type: "paired", admission: admitted });
  };

  const onClosed = (): void => {
    if (admitted !== undefined) enter();
    else if (state.type === "asking" || state.type === "connecting") end({ type: "expired" });
    leave();
  };

  const end = (last: PairingRequestState): void => {
    stopTimer();
    stopTimer = timers.after(RECEIPT_LINGER_MS, leave);
    change(last);
  };

  const leave = (): void => {
    if (isClosed) return;
    isClosed = true;
    stopTimer();
    stopObserving();
    room.leave();
    doc.destroy();
  };

  const stopObserving = observePairing(doc, onDocument);
  const room = joinPairingRoom({
    ports,
    doc,
    pairingKey,
    deviceId: keys.deviceId,
    relayUrls,
    onLive,
    onClosed,
  });
  let stopTimer = timers.after(code.expiresAt - now(), () => end({ type: "expired" }));
  return {
    state: () => state,
    close: () => {
      if (admitted === undefined) leave();
    },
  };
};

const isOurs = ({ executorSignKey, deviceRecord }: Admission, keys: DeviceKeys): boolean => {
  const executorId = deviceIdOf(executorSignKey);
  const device = parseDeviceRecord(deviceRecord, (id) =>
    id === executorId ? { signKey: executorSignKey, roles: ["execute"] } : undefined,
  );
  return (
    device !== undefined &&
    equalBytes(device.signKey, keys.signKey) &&
    equalBytes(device.sealKey, keys.sealKey)
  );
};

/**
 * The phone's side of a pairing: it asks, shows six digits, and waits to be admitted.
 *
 *   connecting → asking(digits) → paired
 *                              └→ refused | expired
 *
 * 1. Nothing of this phone but its name and public keys is sent, and those only to the desktop that made the code.
 * 2. An answer counts only when it is sealed to this request, and when its device record is this phone's, signed by
 *    the executor's key that came with it. That key is what the phone pins.
 * 3. After the answer the pairing room is left; its key opens nothing else.
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
import { joinPairingRoom } from "./pairing-room.ts";

/** How long the room stays open to tell the desktop that its answer arrived (milliseconds). */
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
  /** Leaves the room and tells nobody. */
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
  let isClosed = false;

  const onDocument = (): void => {
    if (state.type !== "asking") return;
    const answer = readPairingField(doc, "answer");
    if (answer !== undefined) onAnswer(answer);
  };

  const onLive = (): void => {
    if (state.type !== "connecting") return;
    if (readPairingField(doc, "request") !== undefined) return end({ type: "refused", reason: "used" });
    change({ type: "asking", digits });
    writePairingField(doc, "request", sealed);
  };

  const onAnswer = (sealedAnswer: Uint8Array): void => {
    const answer = openAnswer(sealedAnswer, keys, answerPsk);
    if (!answer.ok)
      return end({ type: "refused", reason: answer.error.type === "bad-seal" ? "used" : "bad-answer" });
    if (answer.value.type === "admitted" && !isOurs(answer.value.admission, keys))
      return end({ type: "refused", reason: "bad-answer" });
    writePairingField(doc, "received", Uint8Array.of(1));
    end(
      answer.value.type === "refused"
        ? { type: "refused", reason: answer.value.reason }
        : { type: "paired", admission: answer.value.admission },
    );
  };

  const end = (last: PairingRequestState): void => {
    stopTimer();
    stopTimer = timers.after(RECEIPT_LINGER_MS, close);
    change(last);
  };

  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    stopTimer();
    stopObserving();
    leaveRoom();
    doc.destroy();
  };

  const stopObserving = observePairing(doc, onDocument);
  const leaveRoom = joinPairingRoom({
    ports,
    doc,
    pairingKey,
    deviceId: keys.deviceId,
    relayUrls,
    onLive,
  });
  let stopTimer = timers.after(code.expiresAt - now(), () => end({ type: "expired" }));
  return { state: () => state, close };
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

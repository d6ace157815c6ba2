/**
 * The desktop's side of a pairing: it shows a code, and admits the one phone whose digits a person types here.
 *
 *   waiting → requested → admitting → admitted
 *      │          │           ├→ unanswered  the phone did not say that it has it
 *      │          │           └→ refused     it could not be admitted
 *      │          ├→ burned   two wrong entries
 *      │          └→ refused  the person said no
 *      └──────────┴→ expired  two minutes after it was made
 *
 * 1. The first sound request is the only one: a second phone with the same code is not heard.
 * 2. The digits never leave this file; two wrong entries end the code. What is not `admitting` handed nothing over.
 * 3. `admitted` means that the phone has signed for it. A phone that does not answer to the right digits is handed
 *    nothing; one that does not sign for its admission has it taken back.
 * 4. A code that has ended stays ended, and its room is closed; another try is another offer, with fresh keys.
 */
import * as Y from "yjs";
import { createDeviceKeys, redact, type DeviceId } from "../../crypto/index.ts";
import type { SyncPorts } from "../ports.ts";
import { encodePairingCode } from "./pairing-code.ts";
import { observePairing, readPairingField, writePairingField } from "./pairing-document.ts";
import {
  openRequest,
  sealAnswer,
  type Admission,
  type Exchange,
  type PairingAnswer,
  type PairingRequest,
  type RefusalReason,
} from "./pairing-exchange.ts";
import { isReceiptFor, RECEIPT_WAIT_MS } from "./pairing-receipt.ts";
import { joinPairingRoom } from "./pairing-room.ts";

export const PAIRING_LIFETIME_MS = 120_000;
const MAX_WRONG_ENTRIES = 2;

export type PairingOfferState =
  | { readonly type: "waiting" }
  | {
      readonly type: "requested";
      readonly name: string;
      readonly kind: PairingRequest["kind"];
      readonly triesLeft: number;
    }
  | { readonly type: "admitting" | "admitted"; readonly name: string }
  | { readonly type: "burned" | "expired" | "refused" | "unanswered" };

export interface PairingOfferInput {
  readonly ports: SyncPorts;
  readonly deviceId: DeviceId;
  /** What the phone dials, as it stands in the code. */
  readonly relayUrls: readonly string[];
  /** What this desktop dials for the same relays, such as a loopback address; else `relayUrls`. */
  readonly dialUrls?: readonly string[];
  /** Where the phone app is served, without a fragment. */
  readonly appUrl: string;
  /** Signs and stores the device; undefined when it could not, and then the phone is refused. */
  readonly admit: (request: PairingRequest) => Promise<Admission | undefined>;
  /** Takes the admission back at once: the phone did not say that it has it. */
  readonly withdraw: (request: PairingRequest) => void;
  readonly onState?: (state: PairingOfferState) => void;
}

export interface PairingOffer {
  /** A secret until it expires: for the QR code, or to be copied. */
  readonly link: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly state: () => PairingOfferState;
  /** What the person typed; spaces do not matter. Resolves when it is decided, at most two RECEIPT_WAIT_MS later. */
  readonly typeDigits: (text: string) => Promise<PairingOfferState>;
  readonly refuse: () => void;
  /** Leaves the room at once; a phone that waits hears nothing more. */
  readonly close: () => void;
}

type Asked = Exchange & { readonly request: PairingRequest };

export const createPairingOffer = (input: PairingOfferInput): PairingOffer => {
  const { ports } = input;
  const { now, randomBytes, timers } = ports;
  const pairingKey = redact("root-key", randomBytes(32));
  // Only its sealing half is used: an X25519 key for this one exchange.
  const oneTime = createDeviceKeys(randomBytes(32), randomBytes(32));
  const expiresAt = Math.floor((now() + PAIRING_LIFETIME_MS) / 1000) * 1000;
  const doc = new Y.Doc();
  let state: PairingOfferState = { type: "waiting" };
  let asked: Asked | undefined;
  let wrongEntries = 0;
  let receive: ((receipt: Uint8Array) => void) | undefined;
  let isClosed = false;

  const change = (next: PairingOfferState): void => {
    state = next;
    input.onState?.(next);
  };

  const onDocument = (): void => {
    const receipt = readPairingField(doc, "receipt");
    if (receipt !== undefined) receive?.(receipt);
    const sealed = readPairingField(doc, "request");
    if (state.type !== "waiting" || sealed === undefined || now() >= expiresAt) return;
    const oneTimePair = { key: oneTime.sealKey, secret: oneTime.sealingSecret };
    const opened = openRequest(sealed, oneTimePair, pairingKey);
    if (!opened.ok) return; // not from a phone that has the code; the code stays good for one that has
    asked = opened.value;
    const { name, kind } = asked.request;
    change({ type: "requested", name, kind, triesLeft: MAX_WRONG_ENTRIES });
  };

  /** True once the phone has signed for this answer; false when it did not in time. */
  const deliver = (answer: PairingAnswer, { request, answerPsk }: Asked): Promise<boolean> => {
    const sealed = sealAnswer(answer, request.sealKey, answerPsk, randomBytes);
    if (!sealed.ok || isClosed) return Promise.resolve(false);
    stopTimer();
    return new Promise((resolve) => {
      const settle = (isReceived: boolean): void => {
        stopWaiting();
        receive = undefined;
        resolve(isReceived);
      };
      const stopWaiting = timers.after(RECEIPT_WAIT_MS, () => settle(false));
      stopTimer = () => settle(false);
      receive = (receipt) => isReceiptFor(sealed.value, receipt, request.signKey) && settle(true);
      writePairingField(doc, "answer", sealed.value);
    });
  };

  const end = (type: "burned" | "expired" | "refused", reason: RefusalReason): void => {
    change({ type });
    stopTimer();
    if (asked === undefined) leave(room.closeForGood);
    else void deliver({ type: "refused", reason }, asked).then(() => leave(room.closeForGood));
  };

  const leave = (how: () => void): void => {
    if (isClosed) return;
    isClosed = true;
    stopTimer();
    stopObserving();
    how();
  };

  const typeDigits = async (text: string): Promise<PairingOfferState> => {
    if (state.type !== "requested" || asked === undefined) return state;
    if (now() >= expiresAt) end("expired", "expired");
    else if (text.replace(/\s/g, "") !== asked.digits) refuseEntry(state);
    else await admit(asked);
    return state;
  };

  const refuseEntry = (requested: Extract<PairingOfferState, { type: "requested" }>): void => {
    wrongEntries++;
    if (wrongEntries >= MAX_WRONG_ENTRIES) end("burned", "wrong-digits");
    else change({ ...requested, triesLeft: MAX_WRONG_ENTRIES - wrongEntries });
  };

  const admit = async (phone: Asked): Promise<void> => {
    const { request } = phone;
    change({ type: "admitting", name: request.name });
    if (!(await deliver({ type: "confirmed" }, phone))) {
      leave(room.closeForGood);
      return change({ type: "unanswered" });
    }
    const admission = await input.admit(request);
    if (admission === undefined) return end("refused", "declined");
    const isTaken = await deliver({ type: "admitted", admission }, phone);
    leave(room.closeForGood);
    if (!isTaken) input.withdraw(request);
    change(isTaken ? { type: "admitted", name: request.name } : { type: "unanswered" });
  };

  const stopObserving = observePairing(doc, onDocument);
  const room = joinPairingRoom({
    ports,
    doc,
    pairingKey,
    deviceId: input.deviceId,
    relayUrls: input.dialUrls ?? input.relayUrls,
  });
  let stopTimer = timers.after(expiresAt - now(), () => end("expired", "expired"));

  const code = { expiresAt, pairingKey, oneTimeKey: oneTime.sealKey, relayUrls: input.relayUrls };
  return {
    link: encodePairingCode(code, input.appUrl),
    expiresAt,
    state: () => state,
    typeDigits,
    refuse: () => {
      if (state.type === "waiting" || state.type === "requested") end("refused", "declined");
    },
    close: () => leave(room.leave),
  };
};

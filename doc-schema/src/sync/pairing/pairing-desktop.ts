/**
 * The desktop's side of a pairing: it shows a code, and admits the one phone whose digits a person types here.
 *
 *   waiting → requested → admitting → admitted
 *      │          ├→ burned   two wrong entries
 *      │          └→ refused  the person said no, or the phone could not be admitted
 *      └──────────┴→ expired  two minutes after it was made
 *
 * 1. The first sound request is the only one: a second phone with the same code is not heard.
 * 2. The digits never leave this file; two wrong entries end the code. What is not `admitted` handed nothing over.
 * 3. A code that has ended stays ended; another try is another offer, with fresh keys.
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
import { joinPairingRoom } from "./pairing-room.ts";

export const PAIRING_LIFETIME_MS = 120_000;
/** How long the room stays open for the phone to fetch its answer (milliseconds). */
const ANSWER_LINGER_MS = 30_000;
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
  | { readonly type: "burned" | "expired" | "refused" };

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
  readonly onState?: (state: PairingOfferState) => void;
}

export interface PairingOffer {
  /** A secret until it expires: for the QR code, or to be copied. */
  readonly link: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly state: () => PairingOfferState;
  /** What the person typed; spaces do not matter. Resolves when it is decided. */
  readonly typeDigits: (text: string) => Promise<PairingOfferState>;
  readonly refuse: () => void;
  /** Leaves the room at once; a phone that waits hears nothing more. */
  readonly close: () => void;
}

export const createPairingOffer = (input: PairingOfferInput): PairingOffer => {
  const { ports } = input;
  const { now, randomBytes, timers } = ports;
  const pairingKey = redact("root-key", randomBytes(32));
  // Only its sealing half is used: an X25519 key for this one exchange.
  const oneTime = createDeviceKeys(randomBytes(32), randomBytes(32));
  const expiresAt = Math.floor((now() + PAIRING_LIFETIME_MS) / 1000) * 1000;
  const doc = new Y.Doc();
  let state: PairingOfferState = { type: "waiting" };
  let asked: (Exchange & { readonly request: PairingRequest }) | undefined;
  let wrongEntries = 0;
  let isAnswered = false;
  let isClosed = false;

  const change = (next: PairingOfferState): void => {
    state = next;
    input.onState?.(next);
  };

  const onDocument = (): void => {
    if (isAnswered && readPairingField(doc, "received") !== undefined) return close();
    const sealed = readPairingField(doc, "request");
    if (state.type !== "waiting" || sealed === undefined || now() >= expiresAt) return;
    const oneTimePair = { key: oneTime.sealKey, secret: oneTime.sealingSecret };
    const opened = openRequest(sealed, oneTimePair, pairingKey);
    if (!opened.ok) return; // not from a phone that has the code; the code stays good for one that has
    asked = opened.value;
    const { name, kind } = asked.request;
    change({ type: "requested", name, kind, triesLeft: MAX_WRONG_ENTRIES });
  };

  const answer = (pairingAnswer: PairingAnswer): void => {
    if (asked === undefined) return;
    const sealed = sealAnswer(pairingAnswer, asked.request.sealKey, asked.answerPsk, randomBytes);
    if (sealed.ok) writePairingField(doc, "answer", sealed.value);
    isAnswered = true;
    stopTimer();
    stopTimer = timers.after(ANSWER_LINGER_MS, close);
  };

  const end = (type: "burned" | "expired" | "refused", reason: RefusalReason): void => {
    change({ type });
    answer({ type: "refused", reason });
    if (asked === undefined) close();
  };

  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    stopTimer();
    stopObserving();
    leaveRoom();
    doc.destroy();
  };

  const typeDigits = async (text: string): Promise<PairingOfferState> => {
    if (state.type !== "requested" || asked === undefined) return state;
    if (now() >= expiresAt) end("expired", "expired");
    else if (text.replace(/\s/g, "") !== asked.digits) refuseEntry(state);
    else await admit(asked.request);
    return state;
  };

  const refuseEntry = (requested: Extract<PairingOfferState, { type: "requested" }>): void => {
    wrongEntries++;
    if (wrongEntries >= MAX_WRONG_ENTRIES) end("burned", "wrong-digits");
    else change({ ...requested, triesLeft: MAX_WRONG_ENTRIES - wrongEntries });
  };

  const admit = async (request: PairingRequest): Promise<void> => {
    stopTimer();
    change({ type: "admitting", name: request.name });
    const admission = await input.admit(request);
    if (admission === undefined) return end("refused", "declined");
    answer({ type: "admitted", admission });
    change({ type: "admitted", name: request.name });
  };

  const stopObserving = observePairing(doc, onDocument);
  const leaveRoom = joinPairingRoom({
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
    close,
  };
};

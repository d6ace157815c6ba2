/** The pairing ceremony over the real relay; only the clock is fake, where time has to pass. */
import {
  bytesToBase64Url,
  createDeviceKeys,
  createEpochKeys,
  deviceIdOf,
  redact,
  reveal,
  signValue,
  type DeviceKeys,
} from "@deskhand/doc-schema/crypto";
import { deviceKind, writeSigned } from "@deskhand/doc-schema/document";
import {
  connectRoom,
  createPairingOffer,
  createPairingRequest,
  parsePairingCode,
  type Admission,
  type PairingAttempt,
  type PairingCode,
  type PairingOffer,
  type PairingOfferInput,
  type PairingRequest,
  type SyncPorts,
} from "@deskhand/doc-schema/sync";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import {
  readPairingField,
  writePairingField,
} from "../../../../doc-schema/src/sync/pairing/pairing-document.ts";
import { openRequest, sealRequest } from "../../../../doc-schema/src/sync/pairing/pairing-exchange.ts";
import { RECEIPT_WAIT_MS, writeReceipt } from "../../../../doc-schema/src/sync/pairing/pairing-receipt.ts";
import { bytes, filesIn, movableClock, openRoom, realPorts, until, type TestRoom } from "./room-harness.ts";

const APP = "https://relay.example/";
const executor = createDeviceKeys(bytes(32), bytes(32));
const rootKey = redact("root-key", bytes(32));

const admissionFor = (request: PairingRequest, signer: DeviceKeys = executor): Admission => ({
  workspaceId: "wsp_000000000000000000000000",
  epoch: 1,
  rootKey,
  relayUrls: ["wss://relay.example"],
  executorSignKey: executor.signKey,
  deviceRecord: deviceRecord(request, signer),
  deviceRecords: [],
});

const deviceRecord = ({ name, signKey, sealKey }: PairingRequest, signer: DeviceKeys): string =>
  writeSigned(
    deviceKind,
    {
      id: deviceIdOf(signKey),
      createdAt: 1,
      name,
      kind: "phone",
      signKey: bytesToBase64Url(signKey),
      sealKey: bytesToBase64Url(sealKey),
      roles: ["send", "approve"],
    },
    signer,
  );

let room: TestRoom;
let offers: PairingOffer[];
let attempts: PairingAttempt[];
let admitted: PairingRequest[];
let withdrawn: PairingRequest[];
beforeEach(async () => {
  room = await openRoom();
  offers = [];
  attempts = [];
  admitted = [];
  withdrawn = [];
});
afterEach(async () => {
  for (const open of [...offers, ...attempts]) open.close();
  await room.close();
});

const offer = (options: Partial<PairingOfferInput> = {}): PairingOffer => {
  const made = createPairingOffer({
    ports: realPorts,
    deviceId: executor.deviceId,
    relayUrls: [room.url()],
    appUrl: APP,
    admit: (request) => {
      admitted.push(request);
      return Promise.resolve(admissionFor(request));
    },
    withdraw: (request) => withdrawn.push(request),
    ...options,
  });
  offers.push(made);
  return made;
};

const codeOf = ({ link }: PairingOffer): PairingCode => {
  const code = parsePairingCode(link);
  if (!code.ok) throw new Error(code.error.type);
  return code.value;
};

const scan = (
  code: PairingCode,
  keys = createDeviceKeys(bytes(32), bytes(32)),
  ports: SyncPorts = realPorts,
) => {
  const attempt = createPairingRequest({
    ports,
    code,
    keys,
    name: "Test phone",
    kind: "phone",
    onState: () => {},
  });
  attempts.push(attempt);
  return attempt;
};

const digitsOf = async (attempt: PairingAttempt): Promise<string> => {
  await until(() => attempt.state().type === "asking");
  const state = attempt.state();
  return state.type === "asking" ? state.digits : "";
};
const wrong = (digits: string): string => String((Number(digits) + 1) % 1_000_000).padStart(6, "0");
const isAsked = (desktop: PairingOffer) => (): boolean => desktop.state().type === "requested";

/** Long enough for an update to cross a relay on this machine: what must not happen has had its chance. */
const passedOn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

/** Someone who photographed the code, or a relay that got hold of it: in the pairing room, with its key. */
const intrude = async (code: PairingCode): Promise<Y.Doc> => {
  const doc = new Y.Doc();
  const connection = connectRoom({
    ...realPorts,
    doc,
    keys: createEpochKeys(code.pairingKey, 0),
    deviceId: createDeviceKeys(bytes(32), bytes(32)).deviceId,
    relayUrl: room.url(),
  });
  attempts.push({ state: () => ({ type: "connecting" }), close: connection.destroy });
  await until(() => connection.status().phase === "live");
  return doc;
};

describe("pairing", () => {
  test("the phone shows digits, the person types them, the phone gets the workspace", async () => {
    const desktop = offer();
    const keys = createDeviceKeys(bytes(32), bytes(32));
    const phone = scan(codeOf(desktop), keys);
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    expect(desktop.state()).toEqual({ type: "requested", name: "Test phone", kind: "phone", triesLeft: 2 });
    expect(JSON.stringify(desktop.state())).not.toContain(digits);
    expect(await desktop.typeDigits(` ${digits.slice(0, 3)} ${digits.slice(3)} `)).toMatchObject({
      type: "admitted",
    });
    await until(() => phone.state().type === "paired");
    const state = phone.state();
    if (state.type !== "paired") throw new Error(state.type);
    expect(reveal(state.admission.rootKey)).toEqual(reveal(rootKey));
    expect(state.admission.executorSignKey).toEqual(executor.signKey);
    expect(admitted).toMatchObject([{ signKey: keys.signKey, sealKey: keys.sealKey }]);
  });

  test("one wrong entry leaves another try; the second burns the code, and nothing was handed over", async () => {
    const desktop = offer();
    const phone = scan(codeOf(desktop));
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    expect(await desktop.typeDigits(wrong(digits))).toMatchObject({ type: "requested", triesLeft: 1 });
    expect(await desktop.typeDigits(wrong(digits))).toEqual({ type: "burned" });
    expect(await desktop.typeDigits(digits)).toEqual({ type: "burned" });
    await until(() => phone.state().type === "refused");
    expect(phone.state()).toEqual({ type: "refused", reason: "wrong-digits" });
    expect(admitted).toEqual([]);
  });

  test("the person may refuse, and the phone hears it", async () => {
    const desktop = offer();
    const phone = scan(codeOf(desktop));
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    desktop.refuse();
    await until(() => phone.state().type === "refused");
    expect(phone.state()).toEqual({ type: "refused", reason: "declined" });
    expect(await desktop.typeDigits(digits)).toEqual({ type: "refused" });
  });

  test("a desktop that cannot store the device refuses it", async () => {
    const desktop = offer({ admit: () => Promise.resolve(undefined) });
    const phone = scan(codeOf(desktop));
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    expect(await desktop.typeDigits(digits)).toEqual({ type: "refused" });
    await until(() => phone.state().type === "refused");
  });
});

describe("a phone that does not answer", () => {
  test("it reloads while it shows the digits: the right digits hand nothing over, and the desktop says so", async () => {
    const clock = movableClock();
    const desktop = offer({ ports: clock.ports });
    const phone = scan(codeOf(desktop));
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    phone.close();
    const decided = desktop.typeDigits(digits);
    expect(desktop.state()).toEqual({ type: "admitting", name: "Test phone" });
    clock.forward(RECEIPT_WAIT_MS);
    expect(await decided).toEqual({ type: "unanswered" });
    expect([admitted, withdrawn]).toEqual([[], []]);
  });

  test("a phone that never signs for its admission has it taken back", async () => {
    const clock = movableClock();
    const desktop = offer({
      ports: clock.ports,
      admit: (request) => {
        phone.close(); // the power goes just now
        isAdmitted = true;
        return Promise.resolve(admissionFor(request));
      },
    });
    let isAdmitted = false;
    const keys = createDeviceKeys(bytes(32), bytes(32));
    const phone = scan(codeOf(desktop), keys);
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    const decided = desktop.typeDigits(digits);
    await until(() => isAdmitted);
    await passedOn();
    expect(desktop.state().type).toBe("admitting");
    clock.forward(RECEIPT_WAIT_MS);
    expect(await decided).toEqual({ type: "unanswered" });
    expect(withdrawn).toMatchObject([{ signKey: keys.signKey }]);
    expect(phone.state().type).toBe("asking");
  });

  test("a receipt that another signed, or of another answer, does not count", async () => {
    const clock = movableClock();
    const desktop = offer({ ports: clock.ports });
    const code = codeOf(desktop);
    const keys = createDeviceKeys(bytes(32), bytes(32));
    const phone = scan(code, keys);
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    const intruder = await intrude(code);
    phone.close();
    const decided = desktop.typeDigits(digits);
    await until(() => readPairingField(intruder, "answer") !== undefined);
    const answer = readPairingField(intruder, "answer") ?? bytes(0);
    const thief = createDeviceKeys(bytes(32), bytes(32));
    for (const receipt of [
      Uint8Array.of(1),
      bytes(86),
      writeReceipt(answer, thief),
      writeReceipt(bytes(400), keys),
    ]) {
      writePairingField(intruder, "receipt", receipt);
      await passedOn();
    }
    expect(desktop.state().type).toBe("admitting");
    clock.forward(RECEIPT_WAIT_MS);
    expect(await decided).toEqual({ type: "unanswered" });
    expect(admitted).toEqual([]);
  });

  test("the phone is paired only once a relay has its receipt, also when its page is left at once", async () => {
    const desktop = offer();
    const keys = createDeviceKeys(bytes(32), bytes(32));
    const states: string[] = [];
    const phone = createPairingRequest({
      ports: realPorts,
      code: codeOf(desktop),
      keys,
      name: "Test phone",
      kind: "phone",
      onState: ({ type }) => {
        states.push(type);
        if (type === "paired") phone.close();
      },
    });
    attempts.push(phone);
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    expect(await desktop.typeDigits(digits)).toMatchObject({ type: "admitted" });
    await until(() => phone.state().type === "paired");
    expect(states).toEqual(["asking", "paired"]);
    expect(withdrawn).toEqual([]);
  });
});

describe("the room of a pairing that is over", () => {
  const moved = async (code: PairingCode): Promise<void> => {
    let isMoved = false;
    const connection = connectRoom({
      ...realPorts,
      doc: new Y.Doc(),
      keys: createEpochKeys(code.pairingKey, 0),
      deviceId: createDeviceKeys(bytes(32), bytes(32)).deviceId,
      relayUrl: room.url(),
      onMoved: () => (isMoved = true),
    });
    attempts.push({ state: () => ({ type: "connecting" }), close: connection.destroy });
    await until(() => isMoved);
  };

  test("is closed when the phone is admitted, and when it is refused", async () => {
    const desktop = offer();
    const phone = scan(codeOf(desktop));
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    await desktop.typeDigits(digits);
    await moved(codeOf(desktop));

    const other = offer();
    const refused = scan(codeOf(other));
    await digitsOf(refused);
    await until(isAsked(other));
    other.refuse();
    await until(() => refused.state().type === "refused");
    await moved(codeOf(other));
  });

  test("is closed when the code expires, whether somebody asked or not", async () => {
    for (const isAskedFor of [true, false]) {
      const clock = movableClock();
      const desktop = offer({ ports: clock.ports });
      const code = codeOf(desktop);
      const doc = await intrude(code);
      if (isAskedFor) {
        await digitsOf(scan(code));
        await until(isAsked(desktop));
      } else {
        doc.getMap("garbage").set("left", "behind");
        await passedOn();
      }
      clock.forward(120_000);
      expect(desktop.state()).toEqual({ type: "expired" });
      await moved(code);
    }
  });
});

describe("a code that is no longer good", () => {
  test("[T21] two minutes after it was made, the right digits do nothing", async () => {
    const clock = movableClock();
    const desktop = offer({ ports: clock.ports });
    const phone = scan(codeOf(desktop));
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    clock.forward(120_000);
    expect(await desktop.typeDigits(digits)).toEqual({ type: "expired" });
    await until(() => phone.state().type === "refused");
    expect(phone.state()).toEqual({ type: "refused", reason: "expired" });
    expect(admitted).toEqual([]);
  });

  test("an unused code expires on both sides", async () => {
    const clock = movableClock();
    const desktop = offer({ ports: clock.ports });
    const phone = scan(codeOf(desktop), undefined, clock.ports);
    await digitsOf(phone);
    clock.forward(120_000);
    expect(phone.state()).toEqual({ type: "expired" });
    expect(desktop.state()).toEqual({ type: "expired" });
    expect(scan(codeOf(desktop), undefined, clock.ports).state()).toEqual({ type: "expired" });
  });

  test("[T21] a second phone with the same code is turned away, and the first still pairs", async () => {
    const desktop = offer();
    const first = scan(codeOf(desktop));
    const digits = await digitsOf(first);
    await until(isAsked(desktop));
    const second = scan(codeOf(desktop));
    await until(() => second.state().type === "refused");
    expect(second.state()).toEqual({ type: "refused", reason: "used" });
    expect(await desktop.typeDigits(digits)).toMatchObject({ type: "admitted" });
    await until(() => first.state().type === "paired");
    const third = scan(codeOf(desktop));
    await until(() => third.state().type === "expired"); // the room is closed
    expect(admitted.length).toBe(1);
  });
});

describe("who holds the code, and not the phone", () => {
  test("[T21] who asks first with a photographed code is not admitted by the real phone's digits", async () => {
    const desktop = offer();
    const thief = scan(codeOf(desktop));
    const thiefDigits = await digitsOf(thief);
    await until(isAsked(desktop));
    const phone = scan(codeOf(desktop));
    await until(() => phone.state().type === "refused"); // and says so: "used"
    await desktop.typeDigits(wrong(thiefDigits));
    await desktop.typeDigits(wrong(thiefDigits));
    expect(desktop.state()).toEqual({ type: "burned" });
    expect(admitted).toEqual([]);
  });

  test("[T22] a request that is swapped after the phone asked changes nothing", async () => {
    const desktop = offer();
    const code = codeOf(desktop);
    const keys = createDeviceKeys(bytes(32), bytes(32));
    const phone = scan(code, keys);
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    const intruder = await intrude(code);
    await until(() => readPairingField(intruder, "request") !== undefined);
    writePairingField(intruder, "request", forgedRequest(code, createDeviceKeys(bytes(32), bytes(32))));
    expect(await desktop.typeDigits(digits)).toMatchObject({ type: "admitted" });
    await until(() => phone.state().type === "paired");
    expect(admitted).toMatchObject([{ signKey: keys.signKey }]);
  });

  test("[T22] a forged answer is not believed", async () => {
    const desktop = offer();
    const code = codeOf(desktop);
    const phone = scan(code);
    await digitsOf(phone);
    const intruder = await intrude(code);
    writePairingField(intruder, "answer", bytes(400));
    await until(() => phone.state().type === "refused");
    expect(phone.state()).toEqual({ type: "refused", reason: "used" });
  });

  test("an answer whose device record another key signed, or which is for another device, is refused", async () => {
    const foreign = createDeviceKeys(bytes(32), bytes(32));
    const cases = [
      (request: PairingRequest) => admissionFor(request, foreign),
      ({ name, kind }: PairingRequest) =>
        admissionFor({ name, kind, signKey: foreign.signKey, sealKey: foreign.sealKey }),
      (request: PairingRequest) => ({ ...admissionFor(request), executorSignKey: foreign.signKey }),
    ];
    for (const admission of cases) {
      const desktop = offer({ admit: (request) => Promise.resolve(admission(request)) });
      const phone = scan(codeOf(desktop));
      const digits = await digitsOf(phone);
      await until(isAsked(desktop));
      const decided = desktop.typeDigits(digits);
      await until(() => phone.state().type === "refused");
      expect(phone.state()).toEqual({ type: "refused", reason: "bad-answer" });
      desktop.close();
      expect(await decided).toEqual({ type: "unanswered" });
    }
  });

  test("[T22] a request with any changed bit is not heard", () => {
    const oneTime = createDeviceKeys(bytes(32), bytes(32));
    const pairingKey = redact("root-key", bytes(32));
    const code = { expiresAt: 0, pairingKey, oneTimeKey: oneTime.sealKey, relayUrls: [] };
    const sealed = forgedRequest(code, createDeviceKeys(bytes(32), bytes(32)));
    const pair = { key: oneTime.sealKey, secret: oneTime.sealingSecret };
    expect(openRequest(sealed, pair, pairingKey).ok).toBe(true);
    for (let i = 0; i < sealed.length; i++) {
      const changed = Uint8Array.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8));
      // X25519 ignores the top bit of a public key, the key schedule does not.
      expect(openRequest(changed, pair, pairingKey)).toEqual({ ok: false, error: { type: "bad-seal" } });
    }
    for (let length = 0; length < sealed.length; length += 7)
      expect(openRequest(sealed.subarray(0, length), pair, pairingKey).ok).toBe(false);
    expect(openRequest(sealed, pair, redact("root-key", bytes(32))).ok).toBe(false);
  });

  test("a request whose signing key its sender does not hold is refused", () => {
    const oneTime = createDeviceKeys(bytes(32), bytes(32));
    const pairingKey = redact("root-key", bytes(32));
    const victim = createDeviceKeys(bytes(32), bytes(32));
    const thief = createDeviceKeys(bytes(32), bytes(32));
    const code = { expiresAt: 0, pairingKey, oneTimeKey: oneTime.sealKey, relayUrls: [] };
    const sealed = forgedRequest(code, { ...victim, signingSecret: thief.signingSecret });
    const pair = { key: oneTime.sealKey, secret: oneTime.sealingSecret };
    expect(openRequest(sealed, pair, pairingKey)).toEqual({ ok: false, error: { type: "bad-proof" } });
    expect(signValue("pairing-proof", {}, thief.signingSecret)).toHaveLength(86);
  });

  test("[T1] the relay's folder holds no name, no key, no digits", async () => {
    const desktop = offer();
    const keys = createDeviceKeys(bytes(32), bytes(32));
    const phone = scan(codeOf(desktop), keys);
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    await desktop.typeDigits(digits);
    await until(() => phone.state().type === "paired");
    const canaries = [
      Buffer.from("Test phone"),
      Buffer.from(digits),
      Buffer.from(reveal(rootKey)),
      Buffer.from(bytesToBase64Url(reveal(rootKey))),
      Buffer.from(bytesToBase64Url(keys.signKey)),
      Buffer.from(keys.signKey),
      Buffer.from(reveal(codeOf(desktop).pairingKey)),
    ];
    const files = filesIn(room.dataDir);
    expect(files.some((file) => file.length > 1_000)).toBe(true);
    for (const canary of canaries) expect(files.some((file) => file.includes(canary))).toBe(false);
  });
});

const forgedRequest = ({ pairingKey, oneTimeKey }: PairingCode, keys: DeviceKeys): Uint8Array => {
  const sealed = sealRequest({
    name: "Test phone",
    kind: "phone",
    keys,
    pairingKey,
    oneTimeKey,
    randomBytes: bytes,
  });
  if (!sealed.ok) throw new Error(sealed.error.type);
  return sealed.value.sealed;
};

/** The pairing ceremony over the real relay; only the clock is fake, where time has to pass. */
import {
  bytesToBase64Url,
  createDeviceKeys,
  redact,
  reveal,
  signValue,
  type DeviceKeys,
} from "@deskhand/doc-schema/crypto";
import type { PairingCode, PairingRequest } from "@deskhand/doc-schema/sync";
import { describe, expect, test } from "vitest";
import {
  readPairingField,
  writePairingField,
} from "../../../../doc-schema/src/sync/pairing/pairing-document.ts";
import { openRequest, sealRequest } from "../../../../doc-schema/src/sync/pairing/pairing-exchange.ts";
import {
  admissionFor,
  codeOf,
  digitsOf,
  executor,
  isAsked,
  rootKey,
  usePairing,
  wrong,
} from "./pairing-harness.ts";
import { bytes, filesIn, movableClock, until } from "./room-harness.ts";

const pairing = usePairing();
const { offer, scan, intrude } = pairing;

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
    expect(pairing.admitted()).toMatchObject([{ signKey: keys.signKey, sealKey: keys.sealKey }]);
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
    expect(pairing.admitted()).toEqual([]);
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
    expect(pairing.admitted()).toEqual([]);
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
    expect(pairing.admitted().length).toBe(1);
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
    expect(pairing.admitted()).toEqual([]);
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
    expect(pairing.admitted()).toMatchObject([{ signKey: keys.signKey }]);
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
    const files = filesIn(pairing.room().dataDir);
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

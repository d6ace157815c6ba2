/** How a pairing ends: with a phone that signs for it or one that does not, and with a room that is closed. */
import { createDeviceKeys, createEpochKeys } from "@deskhand/doc-schema/crypto";
import { connectRoom, createPairingRequest, type PairingCode } from "@deskhand/doc-schema/sync";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import {
  readPairingField,
  writePairingField,
} from "../../../../doc-schema/src/sync/pairing/pairing-document.ts";
import { RECEIPT_WAIT_MS, writeReceipt } from "../../../../doc-schema/src/sync/pairing/pairing-receipt.ts";
import { admissionFor, codeOf, digitsOf, isAsked, passedOn, usePairing } from "./pairing-harness.ts";
import { bytes, movableClock, realPorts, until } from "./room-harness.ts";

const pairing = usePairing();
const { offer, scan, intrude } = pairing;

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
    expect([pairing.admitted(), pairing.withdrawn()]).toEqual([[], []]);
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
    expect(pairing.withdrawn()).toMatchObject([{ signKey: keys.signKey }]);
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
    expect(pairing.admitted()).toEqual([]);
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
    pairing.keep(phone);
    const digits = await digitsOf(phone);
    await until(isAsked(desktop));
    expect(await desktop.typeDigits(digits)).toMatchObject({ type: "admitted" });
    await until(() => phone.state().type === "paired");
    expect(states).toEqual(["asking", "paired"]);
    expect(pairing.withdrawn()).toEqual([]);
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
      relayUrl: pairing.room().url(),
      onMoved: () => (isMoved = true),
    });
    pairing.keep({ close: connection.destroy });
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

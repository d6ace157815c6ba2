/**
 * Ways in which a pairing is played: honestly, by people who change their minds, and against a relay that does what it
 * likes and a photographer who has the code. What must hold in all of them is pairing-stage.ts.
 */
import type { PairingOfferState } from "@deskhand/doc-schema/sync";
import * as Y from "yjs";
import {
  readPairingField,
  writePairingField,
} from "../../../doc-schema/src/sync/pairing/pairing-document.ts";
import type { PairingField } from "../../../doc-schema/src/sync/pairing/pairing-document.ts";
import { sealRequest } from "../../../doc-schema/src/sync/pairing/pairing-exchange.ts";
import { writeReceipt } from "../../../doc-schema/src/sync/pairing/pairing-receipt.ts";
import type { Tamper } from "../../sim/network.ts";
import { pick, type Random } from "../../sim/random.ts";
import { mutateBytes } from "../byte-mutations.ts";
import { codeOf, RELAY, type Intruder, type PairingStage, type StageOptions } from "./pairing-stage.ts";

export interface Scenario {
  readonly options?: StageOptions;
  /** How the desktop's side must end: "admitted" where nothing stands in the way. Any end, if absent. */
  readonly mustEnd?: PairingOfferState["type"];
  readonly play: (stage: PairingStage) => Promise<void>;
}

const FIELDS: readonly PairingField[] = ["request", "answer", "receipt"];
/** Longer than a code lives. */
const PAST_EXPIRY_MS = 121_000;
const wrong = (digits: string): string => String((Number(digits) + 1) % 1_000_000).padStart(6, "0");

const honest = async (stage: PairingStage): Promise<void> => {
  const phone = stage.scan("phone");
  await stage.typeFrom(phone, (digits) =>
    stage.random.chance(0.3) ? `${digits.slice(0, 3)} ${digits.slice(3)}` : digits,
  );
};

const mistyped = async (stage: PairingStage): Promise<void> => {
  const phone = stage.scan("phone");
  await stage.typeFrom(phone, wrong);
  await stage.typeFrom(phone);
};

const burned = async (stage: PairingStage): Promise<void> => {
  const phone = stage.scan("phone");
  await stage.typeFrom(phone, wrong);
  await stage.typeFrom(phone, (digits) => wrong(wrong(digits)));
  await stage.typeFrom(phone);
};

const tooLate = async (stage: PairingStage): Promise<void> => {
  const { random, pass, scan, typeFrom } = stage;
  if (random.chance(0.3)) await pass(PAST_EXPIRY_MS);
  const phone = scan("phone");
  await pass(random.between(110_000, 125_000)); // around the end of the code's life
  await typeFrom(phone);
};

/** The page is reloaded at any moment; then it scans again, and the person types what they see, or what they saw. */
const reloaded = async (stage: PairingStage): Promise<void> => {
  const { random, pass, scan, typeFrom, until, world } = stage;
  const first = scan("phone");
  const seen = await until(() => first.attempt.state().type === "asking");
  const typing = random.chance(0.5) && seen ? typeFrom(first) : undefined;
  await pass(random.below(10_000));
  world.as(first.machine, first.attempt.close);
  first.machine.isAlive = random.chance(0.5);
  const again = scan("phone again");
  await typing;
  await typeFrom(again);
  await typeFrom(first);
};

/** The page is closed while the desktop admits it: before the admission came, or after. */
const closedMeanwhile = async (stage: PairingStage): Promise<void> => {
  const { random, pass, scan, typeFrom, until, offer, world } = stage;
  const phone = scan("phone");
  const typing = typeFrom(phone);
  await until(() => offer.state().type === "admitting", 30_000);
  await pass(random.below(150));
  world.as(phone.machine, phone.attempt.close);
  await typing;
};

const refusedByPerson = async (stage: PairingStage): Promise<void> => {
  const phone = stage.scan("phone");
  await stage.until(() => stage.offer.state().type === "requested");
  stage.offer.refuse();
  await stage.typeFrom(phone);
};

const anotherCode = async (stage: PairingStage): Promise<void> => {
  const { random, pass, scan, typeFrom, offer, showAnother } = stage;
  const old = scan("phone with the old code");
  await pass(random.below(2_000));
  if (random.chance(0.5)) offer.close();
  else offer.refuse();
  scan("phone with the new code", false, codeOf(showAnother()));
  await typeFrom(old);
};

/** A family: two honest phones scan at the same time, and one of them is meant. */
const twoPhones = async (stage: PairingStage): Promise<void> => {
  const { random, pass, scan, typeFrom } = stage;
  const first = scan("phone");
  await pass(random.below(60));
  const second = scan("second phone");
  await typeFrom(pick(random, [first, second]));
  await typeFrom(pick(random, [first, second]));
};

const photographer =
  (when: "before" | "during" | "after") =>
  async (stage: PairingStage): Promise<void> => {
    const { random, pass, scan, typeFrom, until } = stage;
    if (when === "before") {
      scan("thief", true);
      await pass(random.between(50, 3_000));
    }
    const phone = scan("phone");
    if (when === "during") {
      await pass(random.below(80));
      scan("thief", true);
    }
    const typing = typeFrom(phone);
    if (when === "after") {
      await until(
        () => stage.offer.state().type !== "requested" && stage.offer.state().type !== "waiting",
        3_000,
      );
      scan("thief", true);
    }
    await typing;
    scan("late thief", true);
    await typeFrom(phone);
    if (random.chance(0.5)) stage.offer.refuse();
  };

/** Writes anything into the document of the pairing: it has the key of that. */
const scribble = (stage: PairingStage, { doc, keys, machine }: Intruder, seen: Uint8Array[]): void => {
  const { random, code, world } = stage;
  const fields = doc.getMap("pairing");
  for (const field of FIELDS) {
    const value = readPairingField(doc, field);
    if (value !== undefined) seen.push(value);
  }
  const own = (): Uint8Array => {
    const request = { name: "Test phone", kind: "phone", keys, randomBytes: random.bytes } as const;
    const sealed = sealRequest({ ...request, pairingKey: code.pairingKey, oneTimeKey: code.oneTimeKey });
    return sealed.ok ? sealed.value.sealed : random.bytes(9);
  };
  const value = (): unknown =>
    pick<() => unknown>(random, [
      () => random.bytes(random.below(500)),
      own,
      () => writeReceipt(readPairingField(doc, "answer") ?? random.bytes(9), keys),
      () => pick(random, [...seen, random.bytes(1)]),
      () => mutateBytes(pick(random, [...seen, random.bytes(1)]), random.bytes(60), random),
      () => "text",
      () => new Y.Map([["request", 1]]),
    ])();
  world.as(machine, () => {
    if (random.chance(0.1)) fields.delete(pick(random, FIELDS));
    else fields.set(pick(random, FIELDS), value());
  });
};

const scribbler = async (stage: PairingStage): Promise<void> => {
  const { random, pass, scan, typeFrom, intrude } = stage;
  const intruder = intrude();
  const seen: Uint8Array[] = [];
  const phone = random.chance(0.7) ? scan("phone") : undefined;
  if (random.chance(0.5)) await pass(random.below(400));
  const write = (): void => {
    scribble(stage, intruder, seen);
    stage.world.after(random.between(5, 300), "", write, intruder.machine);
  };
  stage.world.after(random.below(400), "", write, intruder.machine);
  const honestPhone = phone ?? scan("phone");
  await typeFrom(honestPhone);
  await typeFrom(honestPhone);
  intruder.machine.isAlive = false;
};

/** In the middle: the relay has the photographer's key, and carries each field over as it likes. */
const inTheMiddle = async (stage: PairingStage): Promise<void> => {
  const { random, scan, typeFrom, intrude, code, world } = stage;
  const atDesktop = intrude(false);
  const atPhones = intrude(true);
  const seen: Uint8Array[] = [];
  const swaps = new Set(FIELDS.filter(() => random.chance(0.5)));
  const carry = (from: Intruder, to: Intruder, field: PairingField): void => {
    const value = readPairingField(from.doc, field);
    if (value === undefined) return;
    seen.push(value);
    const own = sealRequest({
      name: "Test phone",
      kind: "phone",
      keys: to.keys,
      pairingKey: code.pairingKey,
      oneTimeKey: code.oneTimeKey,
      randomBytes: random.bytes,
    });
    const swapped = pick<() => Uint8Array>(random, [
      () => (own.ok ? own.value.sealed : value),
      () => mutateBytes(value, pick(random, seen), random),
      () => pick(random, seen),
      () => writeReceipt(readPairingField(to.doc, "answer") ?? value, to.keys),
    ]);
    const passedOn = swaps.has(field) ? swapped() : value;
    world.after(
      random.below(200),
      "",
      () => world.as(to.machine, () => writePairingField(to.doc, field, passedOn)),
      to.machine,
    );
  };
  const watch = (from: Intruder, to: Intruder, fields: readonly PairingField[]): void => {
    from.doc.getMap("pairing").observe((event) => {
      for (const field of fields) if (event.keysChanged.has(field)) carry(from, to, field);
    });
  };
  watch(atPhones, atDesktop, ["request", "receipt"]);
  watch(atDesktop, atPhones, ["answer"]);
  const phone = scan("phone");
  await typeFrom(phone);
  await typeFrom(phone);
};

/** Without any key: drops, doubles, holds back, reorders, bends and swaps what passes, in both directions. */
const createMeddler = (random: Random): Tamper => {
  const rate = random.next() * 0.5;
  const bend = (): ((message: Uint8Array) => readonly Uint8Array[]) => {
    const passed: Uint8Array[] = [];
    let held: Uint8Array[] = [];
    return (message) => {
      passed.push(message);
      const waiting = held;
      held = [];
      if (!random.chance(rate)) return [message, ...waiting];
      switch (random.below(6)) {
        case 0:
          return waiting;
        case 1:
          return [message, message, ...waiting];
        case 2:
          held = [...waiting, message];
          return [];
        case 3:
          return [...waiting, pick(random, passed)];
        case 4:
          return [mutateBytes(message, pick(random, passed), random), ...waiting];
        default:
          return [pick(random, passed), message, ...waiting];
      }
    };
  };
  return { toClient: bend(), toServer: bend() };
};

const meddlingRelay = async (stage: PairingStage): Promise<void> => {
  const { random, network, pass, scan, typeFrom } = stage;
  const victims = pick(random, [["phone"], ["desktop"], ["phone", "desktop"]]);
  network.tamperWith((device) => (victims.includes(device) ? createMeddler(random) : undefined));
  network.cut("desktop", RELAY, () => true);
  const phone = scan("phone");
  await typeFrom(phone);
  await pass(random.below(20_000));
  if (random.chance(0.5)) network.tamperWith(() => undefined);
  await typeFrom(phone);
};

/** The network fails at any moment of it, for a while or for good. */
const badNetwork = async (stage: PairingStage): Promise<void> => {
  const { random, network, scan, typeFrom, world } = stage;
  const phone = scan("phone");
  for (let cuts = random.between(1, 4); cuts > 0; cuts--) {
    const device = pick(random, ["phone", "desktop"]);
    world.after(random.below(6_000), "", () => {
      const link = network.link(device, RELAY);
      link.state = pick(random, ["down", "lost"]);
      network.cut(device, RELAY, () => random.chance(0.7));
      if (random.chance(0.8)) world.after(random.below(40_000), "", () => (link.state = "up"));
    });
  }
  await typeFrom(phone);
  await typeFrom(phone);
};

/** As when a phone changes from Wi-Fi to mobile: each end notices, and can dial again within two seconds. */
const hiccups = async (stage: PairingStage): Promise<void> => {
  const { random, network, scan, typeFrom, world } = stage;
  const phone = scan("phone");
  for (let cuts = random.between(1, 3); cuts > 0; cuts--) {
    const device = pick(random, ["phone", "desktop"]);
    world.after(random.below(12_000), "", () => {
      const link = network.link(device, RELAY);
      link.state = "down";
      network.cut(device, RELAY, () => true);
      world.after(random.below(2_000), "", () => (link.state = "up"));
    });
  }
  await typeFrom(phone);
};

/** Someone with the code closes the room, at any moment. */
const closer = async (stage: PairingStage): Promise<void> => {
  const { random, scan, typeFrom, intrude, world } = stage;
  const { connection, machine } = intrude();
  world.after(random.below(3_000), "", () => void connection.closeRoom(random.bytes(4)), machine);
  const phone = scan("phone");
  await typeFrom(phone);
};

export const SCENARIOS = {
  honest: { mustEnd: "admitted", play: honest },
  "one digit wrong at first": { mustEnd: "admitted", play: mistyped },
  "network fails for a moment": { mustEnd: "admitted", play: hiccups },
  "photographer after the phone": { mustEnd: "admitted", play: photographer("after") },
  "photographer before the phone": { play: photographer("before") },
  "photographer at the same time": { play: photographer("during") },
  "photographer scribbles into the document": { play: scribbler },
  "photographer closes the room": { play: closer },
  "relay in the middle, with the photographer's key": { options: { isSplit: true }, play: inTheMiddle },
  "relay meddles with every message": { play: meddlingRelay },
  "network fails": { play: badNetwork },
  "second honest phone": { play: twoPhones },
  "two wrong entries": { mustEnd: "burned", play: burned },
  "too late": { play: tooLate },
  "phone reloaded": { play: reloaded },
  "page closed while it is admitted": { play: closedMeanwhile },
  "person says no": { mustEnd: "refused", play: refusedByPerson },
  "another code is shown": { play: anotherCode },
} as const satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;

/**
 * One simulated pairing: the real desktop side, the real phone side, real documents, real relays, on virtual time.
 * It keeps what was typed, handed over and taken back, and says what of it must not have happened:
 * 1. An admission goes to nobody but an honest phone whose own digits a person typed.
 * 2. "admitted" on the desktop means that this phone is paired, with the workspace's key.
 * 3. No thief is ever paired. A phone that believes itself paired, and is not admitted, was taken back.
 */
import {
  bytesToBase64Url,
  createDeviceKeys,
  createEpochKeys,
  deviceIdOf,
  redact,
  reveal,
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
  type PairingRequest,
  type RoomConnection,
  type SyncPorts,
} from "@deskhand/doc-schema/sync";
import * as Y from "yjs";
import { createNetwork, type Network } from "../../sim/network.ts";
import { createRandom, type Random } from "../../sim/random.ts";
import { createRelayNode } from "../../sim/relay-node.ts";
import { createTally } from "../../sim/tally.ts";
import type { VirtualGlobals } from "../../sim/virtual-globals.ts";
import { createWorld, type Machine, type World } from "../../sim/world.ts";

export interface Phone {
  readonly name: string;
  readonly machine: Machine;
  readonly keys: DeviceKeys;
  readonly attempt: PairingAttempt;
  readonly isThief: boolean;
}

/** Somebody in the pairing room who does not keep to its rules. */
export interface Intruder {
  readonly doc: Y.Doc;
  readonly keys: DeviceKeys;
  readonly connection: RoomConnection;
  readonly machine: Machine;
}

export interface PairingStage {
  readonly world: World;
  readonly network: Network;
  readonly random: Random;
  readonly offer: PairingOffer;
  readonly code: PairingCode;
  readonly scan: (name: string, isThief?: boolean, code?: PairingCode) => Phone;
  /** @param isWithPhones at the phones' relay, where the stage is split */
  readonly intrude: (isWithPhones?: boolean) => Intruder;
  /** Reads this phone's digits, and types them once the desktop asks; `change` makes a mistake of them. */
  readonly typeFrom: (phone: Phone, change?: (digits: string) => string) => Promise<void>;
  readonly pass: (milliseconds: number) => Promise<void>;
  readonly until: (condition: () => boolean, forMs?: number) => Promise<boolean>;
  /** Another code on the same desktop; the stage goes on with the first. */
  readonly showAnother: () => PairingOffer;
  /** What must not be, or undefined. */
  readonly flaw: () => string | undefined;
  readonly counts: () => { readonly admitted: number; readonly withdrawn: number };
  readonly close: () => void;
}

export interface StageOptions {
  /** One address, and two relays behind it: one for the desktop, one for phones. Only an attacker is in both. */
  readonly isSplit?: boolean;
}

export const RELAY = "relay-a";
/** What phones reach under the same address, where the stage is split. */
const BEHIND = "relay-b";
/** Promises between two moments of a world take fewer turns. */
const TURNS = 16;
const DECIDED_WITHIN_MS = 60_000;

const executor = createDeviceKeys(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));

export const openStage = (
  seed: number,
  globals: VirtualGlobals,
  { isSplit = false }: StageOptions = {},
): PairingStage => {
  const world = createWorld(createRandom(seed), false);
  globals.serve(world);
  const network = createNetwork(world);
  const tally = createTally();
  createRelayNode(world, network, tally, RELAY, RELAY).start();
  if (isSplit) createRelayNode(world, network, tally, BEHIND, RELAY).start();
  const { random } = world;
  const rootKey = redact("root-key", random.bytes(32));
  const phones: Phone[] = [];
  const offers: PairingOffer[] = [];
  const intruders: Intruder[] = [];
  const handed: PairingRequest[] = [];
  const withdrawn: PairingRequest[] = [];
  const typedFor = new Set<Phone>();

  const portsOf = (machine: Machine): SyncPorts => ({
    now: () => Math.floor(world.now()),
    randomBytes: machine.random.bytes,
    timers: { after: (milliseconds, run) => world.after(milliseconds, "", run, machine) },
    WebSocket: network.socketsOf(machine),
  });
  const newKeys = ({ random: own }: Machine): DeviceKeys => createDeviceKeys(own.bytes(32), own.bytes(32));

  const desktop = world.boot("desktop");
  const show = (): PairingOffer => {
    const made = world.as(desktop, () =>
      createPairingOffer({
        ports: portsOf(desktop),
        deviceId: executor.deviceId,
        relayUrls: [`ws://${RELAY}`],
        appUrl: "https://relay.example/",
        admit: (request) => {
          handed.push(request);
          return Promise.resolve(admissionFor(request));
        },
        withdraw: (request) => void withdrawn.push(request),
        onState: ({ type }) => world.note(`desktop ${type}`),
      }),
    );
    offers.push(made);
    return made;
  };
  const admissionFor = ({ name, signKey, sealKey }: PairingRequest): Admission => {
    const device = {
      id: deviceIdOf(signKey),
      createdAt: 1,
      name,
      kind: "phone" as const,
      signKey: bytesToBase64Url(signKey),
      sealKey: bytesToBase64Url(sealKey),
      roles: ["send" as const, "approve" as const],
    };
    return {
      workspaceId: "wsp_000000000000000000000000",
      epoch: 1,
      rootKey,
      relayUrls: [`ws://${RELAY}`],
      executorSignKey: executor.signKey,
      deviceRecord: writeSigned(deviceKind, device, executor),
      deviceRecords: [],
    };
  };
  const offer = show();
  const code = codeOf(offer);

  const scan: PairingStage["scan"] = (name, isThief = false, scanned = code) => {
    const machine = world.boot(name);
    if (isSplit) network.reroute(name, RELAY, BEHIND);
    const keys = newKeys(machine);
    const attempt = world.as(machine, () =>
      createPairingRequest({
        ports: portsOf(machine),
        code: scanned,
        keys,
        name,
        kind: "phone",
        onState: ({ type }) => world.note(`${name} ${type}`),
      }),
    );
    const phone = { name, machine, keys, attempt, isThief };
    phones.push(phone);
    return phone;
  };

  const intrude = (isWithPhones = false): Intruder => {
    const machine = world.boot(`intruder ${intruders.length}`);
    if (isWithPhones) network.reroute(machine.name, RELAY, BEHIND);
    const keys = newKeys(machine);
    const doc = new Y.Doc();
    const connection = world.as(machine, () =>
      connectRoom({
        ...portsOf(machine),
        doc,
        keys: createEpochKeys(code.pairingKey, 0),
        deviceId: keys.deviceId,
        relayUrl: `ws://${RELAY}`,
      }),
    );
    const intruder = { doc, keys, connection, machine };
    intruders.push(intruder);
    return intruder;
  };

  const turns = async (): Promise<void> => {
    for (let left = TURNS; left > 0; left--) await Promise.resolve();
  };
  const runIn = async (slice: number, forMs: number, condition: () => boolean): Promise<boolean> => {
    for (const end = world.now() + forMs; world.now() < end && !condition();) {
      await world.run(Math.min(slice, end - world.now()));
      await turns();
    }
    return condition();
  };
  const until: PairingStage["until"] = (condition, forMs = 20_000) => runIn(20, forMs, condition);
  const pass = async (milliseconds: number): Promise<void> => {
    await runIn(500, milliseconds, () => false);
  };

  const typeFrom: PairingStage["typeFrom"] = async (phone, change = (digits) => digits) => {
    const digits = (): string | undefined => {
      const state = phone.attempt.state();
      return state.type === "asking" ? state.digits : undefined;
    };
    await until(() => digits() !== undefined && offer.state().type === "requested");
    // People need seconds, not milliseconds; what they then type is what they saw.
    const shown = digits();
    await pass(random.between(300, 9_000));
    if (shown === undefined || offer.state().type !== "requested") return;
    const typed = change(shown);
    if (typed.replaceAll(" ", "") === shown) typedFor.add(phone);
    let isDecided = false;
    void world.as(desktop, () => offer.typeDigits(typed)).then(() => (isDecided = true));
    await until(() => isDecided, DECIDED_WITHIN_MS);
  };

  const isSame = ({ keys }: Phone, { signKey }: PairingRequest): boolean =>
    Buffer.compare(keys.signKey, signKey) === 0;
  const isPaired = ({ attempt }: Phone): boolean => attempt.state().type === "paired";

  const flaw = (): string | undefined => {
    for (const request of handed) {
      const phone = phones.find((known) => isSame(known, request));
      if (phone === undefined) return "an admission was made for a device that nobody knows";
      if (phone.isThief) return "an admission was made for a thief";
      if (!typedFor.has(phone)) return `${phone.name} was admitted, and its digits were not typed`;
    }
    if (handed.length > 1) return "one code admitted two devices";
    for (const phone of phones) {
      const state = phone.attempt.state();
      if (state.type !== "paired") continue;
      if (phone.isThief) return "a thief is paired";
      if (Buffer.compare(reveal(state.admission.rootKey), reveal(rootKey)) !== 0)
        return `${phone.name} is paired with another workspace`;
      if (!handed.some((request) => isSame(phone, request))) return `${phone.name} is paired by nobody`;
    }
    if (offer.state().type !== "admitted") {
      const kept = handed.filter((request) => !withdrawn.includes(request));
      return kept.length === 0 || offer.state().type === "admitting"
        ? undefined
        : `${offer.state().type}, and an admission was not taken back`;
    }
    const admitted = phones.find((phone) => handed.some((request) => isSame(phone, request)));
    return admitted === undefined || isPaired(admitted) || !admitted.machine.isAlive
      ? undefined
      : "the desktop says paired, and the phone is not";
  };

  return {
    world,
    network,
    random,
    offer,
    code,
    scan,
    intrude,
    typeFrom,
    pass,
    until,
    showAnother: show,
    flaw,
    counts: () => ({ admitted: handed.length, withdrawn: withdrawn.length }),
    close: () => {
      for (const { attempt, machine } of phones) world.as(machine, attempt.close);
      for (const made of offers) world.as(desktop, made.close);
      for (const { connection, machine } of intruders) world.as(machine, connection.destroy);
    },
  };
};

export const codeOf = ({ link }: PairingOffer): PairingCode => {
  const code = parsePairingCode(link);
  if (!code.ok) throw new Error(`codeOf: ${code.error.type}`);
  return code.value;
};

/** Both sides of a pairing over the real relay, with somebody in between; only the clock may be fake. */
import {
  bytesToBase64Url,
  createDeviceKeys,
  createEpochKeys,
  deviceIdOf,
  redact,
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
import { afterEach, beforeEach } from "vitest";
import * as Y from "yjs";
import { bytes, openRoom, realPorts, until, type TestRoom } from "./room-harness.ts";

const APP = "https://relay.example/";
export const executor = createDeviceKeys(bytes(32), bytes(32));
export const rootKey = redact("root-key", bytes(32));

export const admissionFor = (request: PairingRequest, signer: DeviceKeys = executor): Admission => ({
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

export const codeOf = ({ link }: PairingOffer): PairingCode => {
  const code = parsePairingCode(link);
  if (!code.ok) throw new Error(code.error.type);
  return code.value;
};

export const digitsOf = async (attempt: PairingAttempt): Promise<string> => {
  await until(() => attempt.state().type === "asking");
  const state = attempt.state();
  return state.type === "asking" ? state.digits : "";
};
export const wrong = (digits: string): string => String((Number(digits) + 1) % 1_000_000).padStart(6, "0");
export const isAsked = (desktop: PairingOffer) => (): boolean => desktop.state().type === "requested";

/** Long enough for an update to cross a relay on this machine: what must not happen has had its chance. */
export const passedOn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));

/** For a test file: a relay for each test, and all that was opened is closed after it. */
export const usePairing = () => {
  let room: TestRoom;
  let opened: { readonly close: () => void }[];
  let admitted: PairingRequest[];
  let withdrawn: PairingRequest[];
  beforeEach(async () => {
    room = await openRoom();
    opened = [];
    admitted = [];
    withdrawn = [];
  });
  afterEach(async () => {
    for (const { close } of opened) close();
    await room.close();
  });
  const keep = <Opened extends { readonly close: () => void }>(one: Opened): Opened => {
    opened.push(one);
    return one;
  };

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
    return keep(made);
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
    return keep(attempt);
  };

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
    keep({ close: connection.destroy });
    await until(() => connection.status().phase === "live");
    return doc;
  };

  return {
    room: () => room,
    admitted: () => admitted,
    withdrawn: () => withdrawn,
    keep,
    offer,
    scan,
    intrude,
  };
};

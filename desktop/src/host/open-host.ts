/**
 * Deskhand on this computer, with a window or without: the executor on its data folder, connected to the relay, with
 * its model, its first folders, and the desk where phones are paired.
 * 1. It starts completely or not at all; why not is one sentence.
 * 2. A relay that is down is no error: everything works here, and connecting goes on.
 */
import { randomBytes } from "node:crypto";
import { deviceIdOf, parseDeviceId, type DeviceId } from "@deskhand/doc-schema/crypto";
import { createPairingOffer, readPeers } from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { createDemoFolder } from "../demo/demo-folder.ts";
import { openExecutor, type Executor, type RelayLink } from "../executor/index.ts";
import { demoSentence, openSentence, RELAYS_FULL } from "./open-sentences.ts";
import { prepareFolder } from "./data-folder.ts";
import { chooseModel, type ChosenModel } from "./model-choice.ts";
import { createPairingDesk, type PairingDesk, type PairingDeskState } from "./pairing-desk.ts";
import { openSecrets, type HostError, type HostSecrets, type OpenKeychain } from "./secrets.ts";
import type { HostSettings } from "./settings.ts";
import { watchStopFile } from "./stop-file.ts";
import { nodeSyncPorts } from "./sync-ports.ts";

export interface Host extends ChosenModel {
  readonly settings: HostSettings;
  readonly executor: Executor;
  readonly secrets: HostSecrets;
  /** The way to the relay of the settings. */
  readonly relay: RelayLink;
  readonly pairing: PairingDesk;
  /** Phones whose socket is in the room right now. */
  readonly phonesOnline: () => readonly DeviceId[];
  /** Tells the phones; `quit` is the last word before `close`. */
  readonly announce: Executor["announce"];
  /** Announces "quit", closes the journals and the connections. */
  readonly close: () => Promise<void>;
}

export interface HostPorts {
  readonly openKeychain?: OpenKeychain;
  readonly onPairing: (state: PairingDeskState) => void;
}

/** How long the last word may take to be at the relays (milliseconds). */
const LAST_WORD_MS = 2_000;
const LOOK_EVERY_MS = 20;

export const openHost = async (
  settings: HostSettings,
  { openKeychain, onPairing }: HostPorts,
): Promise<Result<Host, HostError>> => {
  const folder = prepareFolder(settings.dataFolder);
  if (!folder.ok) return folder;
  const secrets = openSecrets(settings, openKeychain);
  if (!secrets.ok) return secrets;
  const model = await chooseModel(settings, secrets.value);
  if (!model.ok) return model;
  const opened = await openExecutor({
    dataDir: settings.dataFolder,
    deviceName: settings.desktopName,
    secretStore: secrets.value.store,
    model: model.value.model,
    randomBytes,
  });
  if (!opened.ok) return err({ sentence: openSentence(opened.error, settings.dataFolder) });
  const executor = opened.value;

  const granted = await grantFirstFolders(executor, settings);
  if (!granted.ok) {
    await executor.close();
    return granted;
  }
  const added = executor.relays.add({ url: settings.relayUrl, publicUrl: settings.phoneRelayUrl });
  if (!added.ok) {
    await executor.close();
    return err({ sentence: RELAYS_FULL });
  }
  const relay = added.value;
  const endStopFile = watchStopFile({ dataFolder: settings.dataFolder, stopAll: executor.stopAll });
  const pairing = createPairingDesk({
    onState: onPairing,
    createOffer: (onState) =>
      createPairingOffer({
        ports: nodeSyncPorts,
        deviceId: executor.device.deviceId,
        relayUrls: [settings.phoneRelayUrl],
        dialUrls: [settings.relayUrl],
        appUrl: settings.phoneUrl,
        admit: (request) => executor.admit(request, relaysForPhones(executor, settings)),
        withdraw: ({ signKey }) =>
          void executor.revokeDevice(deviceIdOf(signKey), "did not answer while it was paired"),
        onState,
      }),
  });

  return ok({
    settings,
    executor,
    ...model.value,
    secrets: secrets.value,
    relay,
    pairing,
    phonesOnline: () =>
      readPeers(executor.awareness).flatMap(({ role, deviceId }) => {
        const id = role === "phone" ? parseDeviceId(deviceId) : undefined;
        return id === undefined ? [] : [id];
      }),
    announce: executor.announce,
    close: async () => {
      pairing.putAway();
      endStopFile();
      executor.announce("quit");
      await untilSent(executor);
      await executor.close();
    },
  });
};

/** Until every relay that is there has acknowledged all, or the time is over. */
const untilSent = async ({ relays }: Executor): Promise<void> => {
  const isUnsent = (): boolean =>
    relays.all().some(({ url }) => {
      const { phase, pending } = relays.link(url).status();
      return phase === "live" && pending > 0;
    });
  for (let waited = 0; waited < LAST_WORD_MS && isUnsent(); waited += LOOK_EVERY_MS)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
};

/** That of the pairing first: the phone reached it just now. */
const relaysForPhones = ({ relays }: Executor, { phoneRelayUrl }: HostSettings): readonly string[] => [
  ...new Set([phoneRelayUrl, ...relays.all().map(({ publicUrl }) => publicUrl)]),
];

/** The folders that were named; where none is granted at all, the demo folder. */
const grantFirstFolders = async (
  { grants }: Executor,
  { folders, demoParent }: HostSettings,
): Promise<Result<void, HostError>> => {
  for (const folder of folders) {
    const granted = await grants.add(folder, "read-write");
    if (!granted.ok) return err({ sentence: `${folder} cannot be used. ${granted.error.text}` });
  }
  if (grants.list().length > 0 || demoParent === undefined) return ok(undefined);
  const demo = await makeDemoFolder(demoParent);
  if (!demo.ok) return demo;
  const granted = await grants.add(demo.value, "read-write");
  return granted.ok
    ? ok(undefined)
    : err({ sentence: `${demo.value} cannot be used. ${granted.error.text}` });
};

const makeDemoFolder = async (parent: string): Promise<Result<string, HostError>> => {
  try {
    return ok((await createDemoFolder(parent)).path);
  } catch (error) {
    return err({ sentence: demoSentence(parent, error) });
  }
};

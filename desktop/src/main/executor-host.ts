/**
 * The executor behind the window: opened here, its document and state passed on, the window's requests carried out.
 * The window is a device of its own, whose key stays in this process.
 */
import { randomBytes } from "node:crypto";
import { app, dialog, type BrowserWindow } from "electron";
import * as Y from "yjs";
import { createIdFactory, readDeviceRegistry } from "@deskhand/doc-schema/document";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { loadModelChoice } from "../host/model-choice.ts";
import { openHost, type Host } from "../host/open-host.ts";
import type { PairingDeskState } from "../host/pairing-desk.ts";
import type { HostError } from "../host/secrets.ts";
import type { HostSettings } from "../host/settings.ts";
import { createPairingScreen } from "../terminal/pairing-screen.ts";
import { serveRequests, tellWindow } from "./ipc.ts";
import { openKeychain } from "./keychain.ts";
import { createKitDesk } from "./kit-desk.ts";
import { createModelDesk } from "./model-desk.ts";
import { watchPower, type PowerChange } from "./power.ts";
import type { PreferenceStore } from "./preferences.ts";
import { createRequestHandlers } from "./request-handlers.ts";
import type { ShellTexts } from "./shell-texts.ts";
import { createWindowOrders } from "./window-orders.ts";
import { windowState } from "./window-state.ts";

export interface ExecutorHostPorts {
  readonly window: BrowserWindow;
  readonly preferences: PreferenceStore;
  readonly texts: () => ShellTexts;
  /** The system gave us the key that stops everything from any program. */
  readonly hasStopKey: () => boolean;
  /** The host or its state changed: tray and menu may show something else. */
  readonly onChange: (host: Host) => void;
}

/** States that follow each other within so many milliseconds are told once. */
const TELL_EVERY_MS = 50;

export const openExecutorHost = async (
  settings: HostSettings,
  ports: ExecutorHostPorts,
): Promise<Result<Host, HostError>> => {
  const { window, preferences } = ports;
  const now = Date.now;
  let power: PowerChange = { state: "awake", since: now() };
  let isTold = true;
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());

  const screen = createPairingScreen({ say: console.log, log: () => undefined, answeredIn: "window" });
  const onPairing = (pairing: PairingDeskState): void => {
    if (settings.printsCode) screen.show(pairing);
    tell();
  };
  const opened = await openHost(settings, { openKeychain, onPairing });
  if (!opened.ok) return opened;
  const host = opened.value;
  const { executor } = host;
  const certified = await executor.certifyWindow();
  if (!certified.ok) {
    await host.close();
    return err({ sentence: `The window could not be made a device of its own (${certified.error.type}).` });
  }
  const { keys } = certified.value;
  const ids = createIdFactory({ now, randomBytes });
  // Who starts it from a terminal finds the first phone's code there too.
  const devices = readDeviceRegistry(executor.doc, executor.device.signKey).all();
  if (settings.printsCode && !devices.some(({ record }) => record.kind === "phone")) host.pairing.show();

  const { texts } = ports;
  const choosePlace = async (): Promise<string | undefined> => {
    const { canceled, filePath } = await dialog.showSaveDialog(window, {
      title: texts().saveKit,
      defaultPath: "deskhand-recovery.kit",
    });
    return canceled || filePath === "" ? undefined : filePath;
  };
  const kit = createKitDesk({ executor, preferences, choosePlace, now, onChange: tell });
  const state = (): ReturnType<typeof windowState> =>
    windowState(host, { power, kit: kit.state(), now: now() });
  listeners.add(() => {
    if (!isTold) return;
    isTold = false;
    setTimeout(() => {
      isTold = true;
      tellWindow(window, "hostState", state());
      ports.onChange(host);
    }, TELL_EVERY_MS);
  });
  executor.on(tell);
  const watchEpoch = (): void => {
    executor.awareness.on("change", tell);
    executor.doc.on("update", (update: Uint8Array) => tellWindow(window, "documentUpdate", update));
  };
  watchEpoch();
  executor.on(({ type }) => {
    if (type !== "epoch") return;
    watchEpoch();
    tellWindow(window, "documentRenewed", Y.encodeStateAsUpdate(executor.doc));
  });
  watchPower(now, (change) => {
    power = change;
    host.announce(change.state);
    tell();
  });

  serveRequests(
    window,
    createRequestHandlers({
      host,
      window,
      keys,
      orders: createWindowOrders(() => createDeviceOrders({ doc: executor.doc, keys, ids, now })),
      kit,
      model: createModelDesk({ dataFolder: settings.dataFolder, store: host.secrets.store }),
      state,
      texts,
      facts: () => ({
        desktopName: settings.desktopName,
        model: host.model.name,
        contextTokens: host.model.contextTokens,
        hasModelKey: host.hasModelKey,
        modelAddress: loadModelChoice(settings.dataFolder).baseUrl,
        isModelFixed: host.isFixed,
        dataFolder: settings.dataFolder,
        secrets: host.secrets.keeping,
        relayUrl: settings.relayUrl,
        phoneUrl: settings.phoneUrl,
        version: app.getVersion(),
        hasStopKey: ports.hasStopKey(),
      }),
    }),
  );
  return ok(host);
};

/** What becomes of each request of the window. */
import { app, clipboard, dialog, type BrowserWindow } from "electron";
import * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import type { Result } from "@deskhand/doc-schema/wire";
import type { Host } from "../host/open-host.ts";
import { relayAddress } from "../host/settings.ts";
import type { HostFacts, HostState, Outcome } from "../ipc-contract.ts";
import type { HostHandlers } from "./ipc.ts";
import type { KitDesk } from "./kit-desk.ts";
import type { ShellTexts } from "./shell-texts.ts";
import type { ModelDesk } from "./model-desk.ts";
import type { WindowOrders } from "./window-orders.ts";

export interface RequestHandlersPorts {
  readonly host: Host;
  readonly window: BrowserWindow;
  readonly keys: DeviceKeys;
  readonly orders: WindowOrders;
  readonly kit: KitDesk;
  readonly model: ModelDesk;
  readonly facts: () => HostFacts;
  readonly state: () => HostState;
  readonly texts: () => ShellTexts;
}

const DONE: Outcome = { type: "done" };
const refused = (reason: string): Outcome => ({ type: "refused", reason });
const outcomeOf = (done: Result<unknown, { readonly type: string }>): Outcome =>
  done.ok ? DONE : refused(done.error.type);

export const createRequestHandlers = (ports: RequestHandlersPorts): HostHandlers => {
  const { host, window, keys, orders, kit, model } = ports;
  const { executor, pairing, relay, settings } = host;
  const { grants, relays } = executor;

  return {
    ...orders,

    open: () => ({
      document: Y.encodeStateAsUpdate(executor.doc),
      deviceId: keys.deviceId,
      executorKey: executor.device.signKey,
      state: ports.state(),
      facts: ports.facts(),
    }),

    showCode: () => {
      pairing.show();
      return DONE;
    },
    hideCode: () => {
      pairing.putAway();
      return DONE;
    },
    copyPairingLink: async () => {
      const state = pairing.state();
      if (state.type !== "waiting") return refused("no-code");
      await clipboard.writeText(state.link);
      return DONE;
    },
    typeDigits: async ({ digits }) => {
      await pairing.typeDigits(digits);
      return DONE;
    },
    refusePairing: () => {
      pairing.refuse();
      return DONE;
    },
    removeDevice: async ({ deviceId }) =>
      outcomeOf(await executor.revokeDevice(deviceId, "removed in the window")),
    trustAgain: async ({ deviceId }) => outcomeOf(await executor.trustAgain(deviceId)),

    addRelay: ({ address }) => {
      const url = relayAddress(address);
      if (url === undefined) return refused("bad-address");
      if (relays.all().some((known) => known.url === url)) return refused("known-relay");
      return outcomeOf(relays.add({ url, publicUrl: url }));
    },
    removeRelay: ({ url }) =>
      url === settings.relayUrl ? refused("fixed-relay") : outcomeOf(relays.remove(url)),
    retryRelay: ({ url }) => {
      if (!relays.all().some((known) => known.url === url)) return refused("unknown-relay");
      relays.link(url).retryNow();
      return DONE;
    },

    makeKit: kit.make,
    kitIsWrittenDown: kit.isWrittenDown,
    saveKitFile: kit.saveFile,
    renewKeys: async () => outcomeOf(await executor.renew("asked")),

    addFolder: async ({ mode }) => {
      const texts = ports.texts();
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title: texts.chooseFolder,
        buttonLabel: texts.allowFolder,
        properties: ["openDirectory", "createDirectory"],
      });
      const [folder] = filePaths;
      if (canceled || folder === undefined) return { type: "cancelled" };
      const added = await grants.add(folder, mode);
      return added.ok ? DONE : refused(added.error.text);
    },
    setFolderMode: async ({ grantId, mode }) => {
      const grant = grants.list().find(({ id }) => id === grantId);
      if (grant === undefined) return refused("unknown-folder");
      const changed = await grants.add(grant.path, mode);
      return changed.ok ? DONE : refused(changed.error.text);
    },
    removeFolder: ({ grantId }) => (grants.remove(grantId) ? DONE : refused("unknown-folder")),

    checkModel: model.check,
    saveModel: model.save,
    forgetModelKey: model.forget,
    restart: () => {
      app.relaunch();
      app.quit();
      return DONE;
    },
    setLimits: ({ limits }) => outcomeOf(executor.limits.set(limits)),

    retryNow: () => {
      relay.retryNow();
      return DONE;
    },
    search: ({ query, limit }) => {
      const { found, ...rest } = executor.search(query, limit);
      return { ...rest, found: [...found] };
    },
  };
};

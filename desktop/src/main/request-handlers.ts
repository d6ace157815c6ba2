/** What becomes of each request of the window. */
import { clipboard, dialog, type BrowserWindow } from "electron";
import * as Y from "yjs";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import type { Host } from "../host/open-host.ts";
import type { HostFacts, HostState, Outcome } from "../ipc-contract.ts";
import type { RequestHandlers } from "./ipc.ts";
import type { ShellTexts } from "./shell-texts.ts";
import type { PreferenceStore } from "./preferences.ts";
import type { WindowOrders } from "./window-orders.ts";

export interface RequestHandlersPorts {
  readonly host: Host;
  readonly window: BrowserWindow;
  readonly keys: DeviceKeys;
  readonly orders: WindowOrders;
  readonly facts: () => HostFacts;
  readonly state: () => HostState;
  readonly texts: () => ShellTexts;
  readonly preferences: PreferenceStore;
  readonly onLanguage: () => void;
}

const DONE: Outcome = { type: "done" };
const refused = (reason: string): Outcome => ({ type: "refused", reason });

export const createRequestHandlers = (ports: RequestHandlersPorts): RequestHandlers => {
  const { host, window, keys, orders, preferences } = ports;
  const { executor, pairing, relay } = host;
  const { grants } = executor;

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
    removeDevice: async ({ deviceId }) => {
      const revoked = await executor.revokeDevice(deviceId, "removed in the window");
      return revoked.ok ? DONE : refused(revoked.error.type);
    },

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

    setLanguage: ({ language }) => {
      preferences.save({ language });
      ports.onLanguage();
      return DONE;
    },
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

/**
 * What the window may ask before anything is open: how this computer comes to a workspace.
 * 1. Nothing is opened or written before the person has chosen, where there is a choice.
 * 2. The words of a recovery kit are used once and kept nowhere; the kit's file is chosen in our own dialog.
 */
import path from "node:path";
import { app, dialog, type BrowserWindow } from "electron";
import { parseRecoveryWords, type RecoverySecret } from "@deskhand/doc-schema/crypto";
import { restoreHost } from "../host/restore-host.ts";
import { relayAddress, type HostSettings } from "../host/settings.ts";
import type { Outcome, RequestOf, RestoreAnswer } from "../ipc-contract.ts";
import type { StartHandlers } from "./ipc.ts";
import { openKeychain } from "./keychain.ts";
import type { PreferenceStore } from "./preferences.ts";
import type { ShellTexts } from "./shell-texts.ts";

export interface StartHandlersPorts {
  readonly settings: HostSettings;
  readonly window: BrowserWindow;
  readonly preferences: PreferenceStore;
  readonly texts: () => ShellTexts;
  readonly onLanguage: () => void;
  /** No workspace is here, and nobody has chosen yet. */
  readonly isFirstStart: () => boolean;
  /** Resolves when the other requests are answered too. */
  readonly start: () => Promise<Outcome>;
}

export const createStartHandlers = (ports: StartHandlersPorts): StartHandlers => {
  const { settings, window, preferences } = ports;
  let file: string | undefined;

  return {
    begin: () => ({
      type: ports.isFirstStart() ? "first-start" : "ready",
      language: preferences.current().language,
      systemLocale: app.getLocale(),
      relayUrl: settings.relayUrl,
    }),
    chooseKitFile: async () => {
      const { canceled, filePaths } = await dialog.showOpenDialog(window, {
        title: ports.texts().chooseKit,
        properties: ["openFile"],
      });
      const [chosen] = filePaths;
      if (canceled || chosen === undefined) return { type: "cancelled" };
      file = chosen;
      return { type: "chosen", name: path.basename(chosen) };
    },
    restore: async ({ words, from }) => {
      const secret = parseRecoveryWords(words);
      return secret.ok ? restore(settings, secret.value, from, file) : secret.error;
    },
    startHost: ports.start,
    setLanguage: ({ language }) => {
      preferences.save({ ...preferences.current(), language });
      ports.onLanguage();
      return { type: "done" };
    },
  };
};

const restore = async (
  settings: HostSettings,
  secret: RecoverySecret,
  from: RequestOf<"restore">["from"],
  file: string | undefined,
): Promise<RestoreAnswer> => {
  const relayUrl = from.type === "relay" ? relayAddress(from.address) : settings.relayUrl;
  if (relayUrl === undefined) return { type: "refused", reason: "bad-address", sentence: "" };
  if (from.type === "file" && file === undefined) return { type: "refused", reason: "no-file", sentence: "" };
  const place = from.type === "file" ? { file } : {};
  const restored = await restoreHost({ ...settings, relayUrl }, { secret, openKeychain, ...place });
  if (!restored.ok)
    return { type: "refused", reason: restored.error.type, sentence: restored.error.sentence };
  const { reached, devices } = restored.value;
  return { type: "restored", devices, hasDocument: reached.length > 0 };
};

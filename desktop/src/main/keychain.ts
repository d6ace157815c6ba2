/**
 * Secrets sealed by the operating system's keychain, through Electron's safeStorage.
 * [T29] Linux without a keyring has the backend "basic_text", which seals under a key that everybody knows: that is no
 * keychain, and the answer is undefined.
 */
import path from "node:path";
import { safeStorage } from "electron";
import { base64UrlToBytes, bytesToBase64Url } from "@deskhand/doc-schema/crypto";
import { err, ok } from "@deskhand/doc-schema/wire";
import { makePrivateFolder, readPrivateFile, replacePrivateFile } from "../executor/private-files.ts";
import type { SecretStore } from "../executor/index.ts";

/** Only after Electron is ready. */
export const openKeychain = (folder: string): SecretStore | undefined => {
  if (!safeStorage.isEncryptionAvailable() || isWeak()) return undefined;
  const fileOf = (name: string): string => path.join(folder, `${name}.secret`);
  return {
    load: async (name) => {
      const sealed = readPrivateFile(fileOf(name));
      if (sealed === undefined) return ok(undefined);
      const text = unseal(Buffer.from(sealed));
      if (text === undefined) return err({ type: "keychain-unavailable" });
      const bytes = base64UrlToBytes(text);
      return bytes === undefined ? err({ type: "damaged-secret" }) : ok(bytes);
    },
    save: async (name, bytes) => {
      makePrivateFolder(folder);
      return ok(replacePrivateFile(fileOf(name), safeStorage.encryptString(bytesToBase64Url(bytes))));
    },
  };
};

const isWeak = (): boolean =>
  process.platform === "linux" && ["basic_text", "unknown"].includes(safeStorage.getSelectedStorageBackend());

const unseal = (sealed: Buffer): string | undefined => {
  try {
    return safeStorage.decryptString(sealed);
  } catch {
    return undefined; // Electron's only way to say that this keychain did not seal it
  }
};

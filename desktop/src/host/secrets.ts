/**
 * Where this computer keeps its keys.
 * 1. [T29] Never in clear silently: that store is the last choice, and comes with the sentence that tells the person.
 * 2. A data folder keeps the store that it began with: with another one it would seem to have no keys, and new ones
 *    would lock its owner out of the workspace.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { createClearSecretStore, openPassphraseSecretStore, type SecretStore } from "../executor/index.ts";
import type { SecretKeeping } from "../ipc-contract.ts";
import type { HostSettings } from "./settings.ts";

export interface HostSecrets {
  readonly store: SecretStore;
  readonly keeping: SecretKeeping;
  /** One plain sentence for the person. */
  readonly announcement: string;
}

/** What the person can do about it, as a sentence. */
export interface HostError {
  readonly sentence: string;
}

/** Makes a store in `folder` whose keys the operating system seals; undefined where it cannot. */
export type OpenKeychain = (folder: string) => SecretStore | undefined;

const FOLDERS = {
  keychain: "keys-in-keychain",
  passphrase: "keys-sealed",
  clear: "keys",
} as const satisfies Record<SecretKeeping, string>;

const refuse = (sentence: string): Result<never, HostError> => err({ sentence });

export const openSecrets = (
  { dataFolder, passphrase }: Pick<HostSettings, "dataFolder" | "passphrase">,
  openKeychain: OpenKeychain = () => undefined,
): Result<HostSecrets, HostError> => {
  const folderOf = (keeping: SecretKeeping): string => path.join(dataFolder, FOLDERS[keeping]);
  const isThere = (keeping: SecretKeeping): boolean =>
    existsSync(path.join(folderOf(keeping), "executor-device.secret"));
  const existing = (["passphrase", "keychain", "clear"] as const).find(isThere);
  const keychain =
    existing === undefined || existing === "keychain" ? openKeychain(folderOf("keychain")) : undefined;
  const wanted = passphrase !== undefined ? "passphrase" : keychain !== undefined ? "keychain" : "clear";

  switch (existing ?? wanted) {
    case "keychain":
      return keychain === undefined
        ? refuse(
            "The keys of this data folder are in the system's keychain, which cannot be opened from here.",
          )
        : ok({
            store: keychain,
            keeping: "keychain",
            announcement: "Keys are kept in the system's keychain.",
          });
    case "passphrase": {
      if (passphrase === undefined)
        return refuse("The keys of this data folder are sealed: set DESKHAND_PASSPHRASE to open them.");
      const opened = openPassphraseSecretStore(folderOf("passphrase"), passphrase, randomBytes);
      return opened.ok
        ? ok({
            store: opened.value,
            keeping: "passphrase",
            announcement: "Keys are sealed under your passphrase.",
          })
        : refuse("DESKHAND_PASSPHRASE does not open the keys of this data folder. Nothing was changed.");
    }
    case "clear": {
      if (passphrase !== undefined)
        return refuse(
          "The keys of this data folder are unencrypted since an earlier start without DESKHAND_PASSPHRASE: " +
            "start without it, or choose another data folder.",
        );
      const store = createClearSecretStore(folderOf("clear"));
      return ok({ store, keeping: "clear", announcement: store.announcement });
    }
  }
};

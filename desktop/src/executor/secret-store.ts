/**
 * Where keys rest: a port with two adapters here; the operating system's keychain is the third, in desktop/src/main.
 * 1. A secret is sealed under a passphrase, or lies in a file of mode 0600 that the caller must announce.
 * 2. Names are our own words ("root-key"), never taken from outside.
 */
import path from "node:path";
import {
  createPassphraseKey,
  PASSPHRASE_SALT_BYTES,
  sealLocal,
  unsealLocal,
  utf8ToBytes,
  type Redacted,
} from "@deskhand/doc-schema/crypto";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { makePrivateFolder, readPrivateFile, replacePrivateFile } from "./private-files.ts";

export type SecretName =
  | "executor-device"
  | "window-device"
  /** Of the first epoch; later ones carry its number. */
  | "root-key"
  | `root-key-${number}`
  | "recovery-kit"
  /** Seals what this disk keeps of files and of tasks that left the document. */
  | "archive-key"
  | "model-key";

export interface SecretError {
  readonly type: "wrong-passphrase" | "damaged-secret" | "keychain-unavailable";
}

export interface SecretStore {
  /** undefined = never saved. */
  readonly load: (name: SecretName) => Promise<Result<Uint8Array | undefined, SecretError>>;
  /** On disk when it resolves. */
  readonly save: (name: SecretName, bytes: Uint8Array) => Promise<Result<void, SecretError>>;
}

const secretFile = (folder: string, name: string): string => path.join(folder, `${name}.secret`);

/** Keys in clear. The caller says so to the person, with `announcement`. */
export interface ClearSecretStore extends SecretStore {
  readonly announcement: string;
}

export const createClearSecretStore = (folder: string): ClearSecretStore => ({
  announcement: `Keys are kept unencrypted in ${folder}, readable by this user only.`,
  load: async (name) => ok(readPrivateFile(secretFile(folder, name))),
  save: async (name, bytes) => {
    makePrivateFolder(folder);
    return ok(replacePrivateFile(secretFile(folder, name), bytes));
  },
});

const CHECK = utf8ToBytes("deskhand");

/** Asks scrypt once (about 0.7 s). Fails with "wrong-passphrase" when the folder was sealed under another. */
export const openPassphraseSecretStore = (
  folder: string,
  passphrase: string,
  randomBytes: (length: number) => Uint8Array,
): Result<SecretStore, SecretError> => {
  makePrivateFolder(folder);
  const saltFile = path.join(folder, "salt");
  const salt = readPrivateFile(saltFile) ?? randomBytes(PASSPHRASE_SALT_BYTES);
  replacePrivateFile(saltFile, salt);
  const key: Redacted<string> = createPassphraseKey(passphrase, salt);
  const save = (name: string, bytes: Uint8Array): void =>
    replacePrivateFile(secretFile(folder, name), sealLocal(key, `secret ${name}`, bytes, randomBytes));
  const check = readPrivateFile(secretFile(folder, "check"));
  if (check === undefined) save("check", CHECK);
  else if (!unsealLocal(key, "secret check", check).ok) return err({ type: "wrong-passphrase" });
  return ok({
    load: async (name) => {
      const sealed = readPrivateFile(secretFile(folder, name));
      if (sealed === undefined) return ok(undefined);
      const opened = unsealLocal(key, `secret ${name}`, sealed);
      return opened.ok ? opened : err({ type: "damaged-secret" });
    },
    save: async (name, bytes) => ok(save(name, bytes)),
  });
};

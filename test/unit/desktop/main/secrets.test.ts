/** [T29] How keys rest: the store that a data folder began with, and never in clear without a word. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSecrets, type OpenKeychain } from "../../../../desktop/src/host/secrets.ts";
import { createClearSecretStore } from "../../../../desktop/src/executor/secret-store.ts";

const KEY = new TextEncoder().encode("canary-key-0123456789abcdef-canary");
let dataFolder = "";
beforeEach(() => {
  dataFolder = mkdtempSync(path.join(os.tmpdir(), "deskhand-secrets-"));
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

/** A keychain that seals nothing: only the choice is looked at here. */
const keychain: OpenKeychain = (folder) => createClearSecretStore(folder);

const begin = async (passphrase?: string, openKeychain?: OpenKeychain): Promise<string> => {
  const opened = openSecrets({ dataFolder, passphrase }, openKeychain);
  if (!opened.ok) throw new Error(opened.error.sentence);
  await opened.value.store.save("executor-device", KEY);
  return opened.value.keeping;
};
const refusal = (passphrase?: string, openKeychain?: OpenKeychain): string => {
  const opened = openSecrets({ dataFolder, passphrase }, openKeychain);
  return opened.ok ? "" : opened.error.sentence;
};
const filesHoldingKey = (): string[] =>
  readdirSync(dataFolder, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(dataFolder, name))
    .filter((file) => statSync(file).isFile() && readFileSync(file).includes(Buffer.from(KEY)));

describe("where keys rest", () => {
  test("a keychain where there is one", async () => {
    expect(await begin(undefined, keychain)).toBe("keychain");
    expect(await begin(undefined, keychain)).toBe("keychain");
  });

  test("[T29] a passphrase goes before it, and no file holds the key", async () => {
    expect(await begin("correct horse", keychain)).toBe("passphrase");
    expect(filesHoldingKey()).toEqual([]);
  });

  test("in clear only as the last choice: announced, readable by the user alone", async () => {
    const opened = openSecrets({ dataFolder, passphrase: undefined });
    expect(opened.ok && opened.value.announcement).toContain("unencrypted");
    expect(await begin()).toBe("clear");
    for (const file of filesHoldingKey()) expect(statSync(file).mode & 0o077).toBe(0);
  });

  test("the wrong passphrase opens nothing and changes nothing", async () => {
    await begin("correct horse");
    expect(refusal("wrong")).toContain("Nothing was changed");
    expect(await begin("correct horse")).toBe("passphrase");
  });

  test("sealed keys ask for their passphrase", async () => {
    await begin("correct horse");
    expect(refusal()).toContain("set DESKHAND_PASSPHRASE");
  });

  test("[T29] keys in the keychain are not made anew where it cannot be opened", async () => {
    await begin(undefined, keychain);
    expect(refusal()).toContain("keychain");
  });

  test("keys in clear are not left lying beside a new passphrase", async () => {
    await begin();
    expect(refusal("correct horse")).toContain("unencrypted");
  });

  test("keys in clear stay the keys when a keychain appears", async () => {
    await begin();
    expect(await begin(undefined, keychain)).toBe("clear");
  });
});

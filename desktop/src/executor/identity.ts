/**
 * Who this desktop is: the executor's device keys, made once, and the root key of each epoch, in the secret store.
 * 1. Keys are saved before anything names them: a crash leaves unused keys, never a workspace without keys.
 * 2. The window is a device of its own, with its own keys: the executor's key never signs what a person says.
 * 3. Root keys of ended epochs stay: their rooms are still to be read and closed on relays that were away.
 */
import {
  createDeviceKeys,
  redact,
  reveal,
  revealDeviceSeeds,
  ROOT_KEY_BYTES,
  type DeviceKeys,
  type Redacted,
  type RootKey,
} from "@deskhand/doc-schema/crypto";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { SecretError, SecretName, SecretStore } from "./secret-store.ts";

export interface IdentityPorts {
  readonly secretStore: SecretStore;
  readonly randomBytes: (length: number) => Uint8Array;
}

export const FIRST_EPOCH = 1;
const SEED_BYTES = 32;

/** The stored bytes, or new ones that are saved first. "damaged-secret" when the length is wrong. */
const loadOrMake = async (
  { secretStore, randomBytes }: IdentityPorts,
  name: SecretName,
  length: number,
): Promise<Result<Uint8Array, SecretError>> => {
  const loaded = await secretStore.load(name);
  if (!loaded.ok) return loaded;
  if (loaded.value !== undefined)
    return loaded.value.length === length ? ok(loaded.value) : err({ type: "damaged-secret" });
  const made = randomBytes(length);
  const saved = await secretStore.save(name, made);
  return saved.ok ? ok(made) : saved;
};

const loadDevice = async (
  ports: IdentityPorts,
  name: SecretName,
): Promise<Result<DeviceKeys, SecretError>> => {
  const seeds = await loadOrMake(ports, name, 2 * SEED_BYTES);
  return seeds.ok
    ? ok(createDeviceKeys(seeds.value.slice(0, SEED_BYTES), seeds.value.slice(SEED_BYTES)))
    : seeds;
};

export const loadExecutorDevice = (ports: IdentityPorts): Promise<Result<DeviceKeys, SecretError>> =>
  loadDevice(ports, "executor-device");

/** A desktop that was restored from its recovery kit is the same executor to its phones. */
export const saveExecutorDevice = (
  { secretStore }: Pick<IdentityPorts, "secretStore">,
  keys: DeviceKeys,
): Promise<Result<void, SecretError>> => secretStore.save("executor-device", revealDeviceSeeds(keys));

export const loadWindowDevice = (ports: IdentityPorts): Promise<Result<DeviceKeys, SecretError>> =>
  loadDevice(ports, "window-device");

/** Seals what this disk keeps of files and of tasks that left the document. It never leaves this computer. */
export const loadArchiveKey = async (
  ports: IdentityPorts,
): Promise<Result<Redacted<"archive-key">, SecretError>> => {
  const bytes = await loadOrMake(ports, "archive-key", SEED_BYTES);
  return bytes.ok ? ok(redact("archive-key", bytes.value)) : bytes;
};

const rootKeyName = (epoch: number): SecretName => (epoch === FIRST_EPOCH ? "root-key" : `root-key-${epoch}`);

/** undefined = this desktop never had one for this epoch. */
export const loadRootKey = async (
  { secretStore }: Pick<IdentityPorts, "secretStore">,
  epoch: number,
): Promise<Result<RootKey | undefined, SecretError>> => {
  const loaded = await secretStore.load(rootKeyName(epoch));
  if (!loaded.ok || loaded.value === undefined) return loaded.ok ? ok(undefined) : loaded;
  if (loaded.value.length !== ROOT_KEY_BYTES) return err({ type: "damaged-secret" });
  return ok(redact("root-key", loaded.value));
};

export const saveRootKey = (
  { secretStore }: Pick<IdentityPorts, "secretStore">,
  epoch: number,
  rootKey: RootKey,
): Promise<Result<void, SecretError>> => secretStore.save(rootKeyName(epoch), reveal(rootKey));

/** Replaces one that a crash left behind: nothing named it. */
export const makeRootKey = async (
  ports: IdentityPorts,
  epoch: number,
): Promise<Result<RootKey, SecretError>> => {
  const made = redact("root-key", ports.randomBytes(ROOT_KEY_BYTES));
  const saved = await saveRootKey(ports, epoch, made);
  return saved.ok ? ok(made) : saved;
};

/**
 * Who this desktop is: the executor's device keys and the workspace's root key, made once and kept in the secret store.
 * 1. Keys are saved before anything names them: a crash leaves unused keys, never a workspace without keys.
 * 2. The window is a device of its own, with its own keys: the executor's key never signs what a person says.
 */
import {
  createDeviceKeys,
  redact,
  ROOT_KEY_BYTES,
  type DeviceKeys,
  type RootKey,
} from "@deskhand/doc-schema/crypto";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { SecretError, SecretName, SecretStore } from "./secret-store.ts";

export interface IdentityPorts {
  readonly secretStore: SecretStore;
  readonly randomBytes: (length: number) => Uint8Array;
}
export interface Identity {
  readonly device: DeviceKeys;
  readonly rootKey: RootKey;
}

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

export const loadIdentity = async (ports: IdentityPorts): Promise<Result<Identity, SecretError>> => {
  const device = await loadDevice(ports, "executor-device");
  if (!device.ok) return device;
  const rootKey = await loadOrMake(ports, "root-key", ROOT_KEY_BYTES);
  return rootKey.ok ? ok({ device: device.value, rootKey: redact("root-key", rootKey.value) }) : rootKey;
};

export const loadWindowDevice = (ports: IdentityPorts): Promise<Result<DeviceKeys, SecretError>> =>
  loadDevice(ports, "window-device");

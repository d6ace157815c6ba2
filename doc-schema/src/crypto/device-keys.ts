/**
 * A device is a signing key and a sealing key, made on it; the private parts never leave it.
 *   deviceId = "dev_" ‖ base64url(SHA-256("deskhand/1 device-id" ‖ signKey)[0..16])
 */
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, DEVICE_ID_BYTES } from "../wire/index.ts";
import { base64UrlToBytes, bytesToBase64Url, utf8ToBytes } from "./encoding.ts";
import { redact, reveal, type Redacted } from "./redacted.ts";

export type DeviceId = string & { readonly __brand: "DeviceId" };
export type SigningSecret = Redacted<"signing-key">;
export type SealingSecret = Redacted<"sealing-key">;

export interface DeviceKeys {
  readonly deviceId: DeviceId;
  /** Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly sealKey: Uint8Array;
  readonly signingSecret: SigningSecret;
  readonly sealingSecret: SealingSecret;
}

const deviceIdBytesOf = (signKey: Uint8Array): Uint8Array =>
  sha256(concatBytes(utf8ToBytes("deskhand/1 device-id"), signKey)).slice(0, DEVICE_ID_BYTES);

export const deviceIdOf = (signKey: Uint8Array): DeviceId => deviceIdFromBytes(deviceIdBytesOf(signKey));

export const parseDeviceId = (text: unknown): DeviceId | undefined =>
  typeof text === "string" && /^dev_[\w-]{22}$/.test(text) ? (text as DeviceId) : undefined; // the pattern is the brand

/** @param bytes the 16 bytes that a frame carries */
export const deviceIdFromBytes = (bytes: Uint8Array): DeviceId =>
  `dev_${bytesToBase64Url(bytes)}` as DeviceId; // the pattern of parseDeviceId, for 16 bytes

/** The 16 bytes of a device id, as frames carry it. */
export const deviceIdToBytes = (id: DeviceId): Uint8Array =>
  base64UrlToBytes(id.slice(4)) ?? new Uint8Array(DEVICE_ID_BYTES);

/** @param signingSeed 32 random bytes @param sealingSeed 32 random bytes */
export const createDeviceKeys = (signingSeed: Uint8Array, sealingSeed: Uint8Array): DeviceKeys => {
  const signKey = ed25519.getPublicKey(signingSeed);
  return {
    deviceId: deviceIdOf(signKey),
    signKey,
    sealKey: x25519.getPublicKey(sealingSeed),
    signingSecret: redact("signing-key", signingSeed),
    sealingSecret: redact("sealing-key", sealingSeed),
  };
};

/** The two seeds (64 bytes) for the device's own key store. */
export const revealDeviceSeeds = (keys: DeviceKeys): Uint8Array =>
  concatBytes(reveal(keys.signingSecret), reveal(keys.sealingSecret));

/**
 * Ed25519 by Node in the place of @noble's, for simulated worlds only: half of their time went into it. Signatures
 * are the same bytes (RFC 8032 leaves no choice). Everything else of the module is @noble's own.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { ed25519 as portable } from "@noble/curves/ed25519.js";

export * from "@noble/curves/ed25519.js";

const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

const createCache = (make: (bytes: Uint8Array) => KeyObject): ((bytes: Uint8Array) => KeyObject) => {
  const keys = new Map<string, KeyObject>();
  return (bytes) => {
    const name = Buffer.from(bytes).toString("latin1");
    const key = keys.get(name) ?? make(bytes);
    keys.set(name, key);
    return key;
  };
};
const privateKeyOf = createCache((seed) =>
  createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" }),
);
const publicKeyOf = createCache((key) =>
  createPublicKey({ key: Buffer.concat([SPKI_HEAD, key]), format: "der", type: "spki" }),
);

export const ed25519 = {
  ...portable,
  sign: (message: Uint8Array, seed: Uint8Array): Uint8Array =>
    Uint8Array.from(sign(null, message, privateKeyOf(seed))),
  verify: (signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean =>
    verify(null, message, publicKeyOf(key), signature),
};

/** T23: a phone that scanned somebody else's code says its name and its public keys to them, and nothing more. */
import {
  bytesToBase64Url,
  bytesToText,
  createDeviceKeys,
  hpkeOpen,
  redact,
  utf8ToBytes,
} from "@deskhand/doc-schema/crypto";
import { expect, test } from "vitest";
import { sealRequest } from "../../../../doc-schema/src/sync/pairing/pairing-exchange.ts";
import { sourceFiles } from "../source-files.ts";
import { always, filled, phone, valueOf } from "../vectors/inputs.ts";

test("[T23] what a phone seals to whoever made the code is its name, its kind, and its public keys", () => {
  const pairingKey = redact("root-key", filled(32, 1));
  const stranger = createDeviceKeys(filled(32, 2), filled(32, 3));
  const { sealed } = valueOf(
    sealRequest({
      name: "Phone",
      kind: "phone",
      keys: phone,
      pairingKey,
      oneTimeKey: stranger.sealKey,
      randomBytes: always(4),
    }),
  );
  const { plaintext } = valueOf(
    hpkeOpen({
      recipientSecret: stranger.sealingSecret,
      enc: sealed.subarray(0, 32),
      ciphertext: sealed.subarray(32),
      psk: pairingKey,
      pskId: utf8ToBytes("pairing-key"),
      info: utf8ToBytes("deskhand/1 pairing-request"),
    }),
  );
  const { proof, ...said } = JSON.parse(bytesToText(plaintext) ?? "") as Record<string, string>;
  expect(said).toEqual({
    name: "Phone",
    kind: "phone",
    signKey: bytesToBase64Url(phone.signKey),
    sealKey: bytesToBase64Url(phone.sealKey),
  });
  expect(proof).toMatch(/^[\w-]{86}$/);
});

test("[T23] the pairing room's document is made for the pairing, and no workspace's is ever put there", () => {
  const sides = sourceFiles(["doc-schema/src/sync/pairing"]).filter(({ text }) =>
    text.includes("joinPairingRoom({"),
  );
  expect(sides).toHaveLength(2);
  for (const { text } of sides)
    expect(text.match(/const doc = (.+);/g)).toEqual(["const doc = new Y.Doc();"]);
});

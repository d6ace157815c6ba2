/** Our HPKE against @hpke/core, an independent implementation, in both directions. */
import { Chacha20Poly1305 } from "@hpke/chacha20poly1305";
import { CipherSuite, HkdfSha256 } from "@hpke/core";
import { DhkemX25519HkdfSha256 } from "@hpke/dhkem-x25519";
import { createDeviceKeys, hpkeOpen, hpkeSeal, redact, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";

const bytes = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Chacha20Poly1305(),
});
const recipientSeed = bytes(32);
const recipient = createDeviceKeys(bytes(32), recipientSeed);
const psk = bytes(32);
const pskId = utf8ToBytes("pairing-key");
const info = utf8ToBytes("deskhand/1 pairing-request");
const plaintext = utf8ToBytes("a name and two keys");
const ours = { info, psk: redact("psk", psk), pskId };
/** WebCrypto takes only bytes that own their buffer. */
const own = (value: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(value);
const theirs = { info: own(info), psk: { id: own(pskId), key: own(psk) } };

const seal = () => {
  const sealed = hpkeSeal({ ...ours, recipientKey: recipient.sealKey, ephemeralSeed: bytes(32), plaintext });
  if (!sealed.ok) throw new Error(sealed.error.type);
  return sealed.value;
};

describe("HPKE mode_psk", () => {
  test("what we seal, @hpke/core opens, and both export the same", async () => {
    const sealed = seal();
    const context = await suite.createRecipientContext({
      ...theirs,
      recipientKey: await suite.kem.deserializePrivateKey(own(recipientSeed)),
      enc: own(sealed.enc),
    });
    expect(new Uint8Array(await context.open(own(sealed.ciphertext)))).toEqual(own(plaintext));
    expect(new Uint8Array(await context.export(own(utf8ToBytes("pairing-digits")), 6))).toEqual(
      own(sealed.exportSecret("pairing-digits", 6)),
    );
  });

  test("what @hpke/core seals, we open, and both export the same", async () => {
    const context = await suite.createSenderContext({
      ...theirs,
      recipientPublicKey: await suite.kem.deserializePublicKey(own(recipient.sealKey)),
    });
    const ciphertext = new Uint8Array(await context.seal(own(plaintext)));
    const opened = hpkeOpen({
      ...ours,
      recipientSecret: recipient.sealingSecret,
      enc: new Uint8Array(context.enc),
      ciphertext,
    });
    if (!opened.ok) throw new Error(opened.error.type);
    expect(opened.value.plaintext).toEqual(plaintext);
    expect(own(opened.value.exportSecret("x", 32))).toEqual(
      new Uint8Array(await context.export(own(utf8ToBytes("x")), 32)),
    );
  });

  test("another psk, info, key or byte does not open", () => {
    const { enc, ciphertext } = seal();
    const good = { ...ours, recipientSecret: recipient.sealingSecret, enc, ciphertext };
    const wrongKey = createDeviceKeys(bytes(32), bytes(32)).sealingSecret;
    const badTag = { ok: false, error: { type: "bad-tag" } };
    expect(hpkeOpen(good).ok).toBe(true);
    expect(hpkeOpen({ ...good, psk: redact("psk", bytes(32)) })).toEqual(badTag);
    expect(hpkeOpen({ ...good, info: utf8ToBytes("other") })).toEqual(badTag);
    expect(hpkeOpen({ ...good, pskId: utf8ToBytes("other") })).toEqual(badTag);
    expect(hpkeOpen({ ...good, recipientSecret: wrongKey })).toEqual(badTag);
    expect(hpkeOpen({ ...good, ciphertext: ciphertext.subarray(1) })).toEqual(badTag);
    expect(hpkeOpen({ ...good, ciphertext: new Uint8Array(0) })).toEqual(badTag);
  });

  test("a point of low order, or no point, is bad-key", () => {
    const { ciphertext } = seal();
    const badKey = { ok: false, error: { type: "bad-key" } };
    for (const key of [new Uint8Array(32), new Uint8Array(5)]) {
      expect(hpkeSeal({ ...ours, recipientKey: key, ephemeralSeed: bytes(32), plaintext })).toEqual(badKey);
      expect(hpkeOpen({ ...ours, recipientSecret: recipient.sealingSecret, enc: key, ciphertext })).toEqual(
        badKey,
      );
    }
  });
});

describe("HPKE mode_base", () => {
  test("what either seals, the other opens", async () => {
    const sealed = hpkeSeal({ info, recipientKey: recipient.sealKey, ephemeralSeed: bytes(32), plaintext });
    if (!sealed.ok) throw new Error(sealed.error.type);
    const opening = await suite.createRecipientContext({
      info: own(info),
      recipientKey: await suite.kem.deserializePrivateKey(own(recipientSeed)),
      enc: own(sealed.value.enc),
    });
    expect(new Uint8Array(await opening.open(own(sealed.value.ciphertext)))).toEqual(own(plaintext));

    const sealing = await suite.createSenderContext({
      info: own(info),
      recipientPublicKey: await suite.kem.deserializePublicKey(own(recipient.sealKey)),
    });
    const ciphertext = new Uint8Array(await sealing.seal(own(plaintext)));
    const enc = new Uint8Array(sealing.enc);
    const opened = hpkeOpen({ info, recipientSecret: recipient.sealingSecret, enc, ciphertext });
    expect(opened.ok && opened.value.plaintext).toEqual(plaintext);
  });

  test("the modes do not stand in for each other", () => {
    const { enc, ciphertext } = seal();
    expect(hpkeOpen({ info, recipientSecret: recipient.sealingSecret, enc, ciphertext })).toEqual({
      ok: false,
      error: { type: "bad-tag" },
    });
  });
});

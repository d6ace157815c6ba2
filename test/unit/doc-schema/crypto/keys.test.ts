import { ed25519 } from "@noble/curves/ed25519.js";
import {
  bytesToHex,
  createEpochKeys,
  createPassphraseKey,
  redact,
  reveal,
  sealLocal,
  signRelayAuth,
  unsealLocal,
} from "@deskhand/doc-schema/crypto";
import { authTranscript } from "@deskhand/doc-schema/wire";
import { hkdfSync, scryptSync } from "node:crypto";
import { describe, expect, test } from "vitest";

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const root = redact("root-key", filled(32, 1));

describe("epoch keys", () => {
  test("they are what another HKDF derives from the same root key", () => {
    const keys = createEpochKeys(root, 7);
    const derive = (use: string): string =>
      Buffer.from(
        hkdfSync(
          "sha256",
          filled(32, 1),
          "deskhand/1 root",
          Buffer.concat([Buffer.from(`deskhand/1 ${use}`), Buffer.from([0, 0, 0, 7])]),
          32,
        ),
      ).toString("hex");
    const { frameKey, commitKey, ephemeralKey, blobKey, localSealKey, authSecret } = keys;
    expect(bytesToHex(reveal(frameKey))).toBe(derive("frame"));
    expect(bytesToHex(reveal(commitKey))).toBe(derive("commit"));
    expect(bytesToHex(reveal(ephemeralKey))).toBe(derive("ephemeral"));
    expect(bytesToHex(reveal(blobKey))).toBe(derive("blob"));
    expect(bytesToHex(reveal(localSealKey))).toBe(derive("local-seal"));
    expect(bytesToHex(reveal(authSecret))).toBe(derive("relay-auth"));
  });

  test("vector: room id and auth key of root key 01…01, epoch 7, never change", () => {
    const { roomId, authKey } = createEpochKeys(root, 7);
    expect(bytesToHex(authKey)).toBe("835d756aa253736ef2486eaf09494a56036c52174715347a317a1b966f42ef1f");
    expect(bytesToHex(roomId)).toBe("9f4b9899aa3731318f26c7ae79d612d1");
  });

  test("[T27] [T28] another epoch shares nothing, and no secret can be printed", () => {
    const [a, b] = [createEpochKeys(root, 1), createEpochKeys(root, 2)];
    expect(a.roomId).not.toEqual(b.roomId);
    expect(reveal(a.frameKey)).not.toEqual(reveal(b.frameKey));
    expect(JSON.stringify(a).match(/<redacted>/g)).toHaveLength(6);
  });

  test("[T9] the relay's signature is over the transcript: origin, room, both nonces, time", () => {
    const keys = createEpochKeys(root, 1);
    const fields = {
      origin: "wss://relay.example",
      serverNonce: filled(32, 2),
      clientNonce: filled(32, 3),
      time: 1_800_000_000,
    };
    const signature = signRelayAuth(keys, fields);
    const holds = (change: Partial<typeof fields>): boolean =>
      ed25519.verify(signature, authTranscript({ ...fields, ...change, roomId: keys.roomId }), keys.authKey);
    expect(holds({})).toBe(true);
    expect(holds({ origin: "wss://evil.example" })).toBe(false);
    expect(holds({ serverNonce: filled(32, 4) })).toBe(false);
    expect(holds({ time: 1 })).toBe(false);
  });
});

describe("local seal", () => {
  const key = redact("key", filled(32, 6));
  const random = (length: number): Uint8Array => filled(length, 7);
  const sealed = sealLocal(key, "device-keys", Uint8Array.of(1, 2, 3), random);

  test("it opens with the same key and context", () => {
    expect(unsealLocal(key, "device-keys", sealed)).toEqual({ ok: true, value: Uint8Array.of(1, 2, 3) });
  });

  test("another key, another context, any changed byte and any truncation is bad-seal", () => {
    const bad = { ok: false, error: { type: "bad-seal" } };
    expect(unsealLocal(redact("key", filled(32, 5)), "device-keys", sealed)).toEqual(bad);
    expect(unsealLocal(key, "ledger", sealed)).toEqual(bad);
    for (let i = 0; i < sealed.length; i++) {
      expect(
        unsealLocal(
          key,
          "device-keys",
          sealed.map((byte, j) => (i === j ? byte ^ 4 : byte)),
        ),
      ).toEqual(bad);
      expect(unsealLocal(key, "device-keys", sealed.subarray(0, i))).toEqual(bad);
    }
  });

  test("[T29] a passphrase becomes the key that scrypt 2^17, 8, 1 makes of it", () => {
    const salt = filled(16, 8);
    const options = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
    expect(Buffer.from(reveal(createPassphraseKey("caf\u0065\u0301", salt)))).toEqual(
      scryptSync("caf\u00e9", salt, 32, options),
    );
  });
});

/** T20: whatever has a version, in each other version: refused by its word, and never taken for what is known. */
import {
  addPadding,
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToText,
  createRecoveryKeys,
  createRecoverySecret,
  openRecovery,
  readBlobRoot,
  reveal,
  sealFrame,
  sealRecovery,
  unsealFrame,
  utf8ToBytes,
  writeBlobRoot,
} from "@deskhand/doc-schema/crypto";
import { parseAction, readSegment, segmentToBytes } from "@deskhand/doc-schema/document";
import { encodePairingCode, parsePairingCode } from "@deskhand/doc-schema/sync";
import {
  concatBytes,
  FRAME_VERSION,
  parseClientMessage,
  parseFrameHeader,
  PROTOCOL_VERSION,
  writeClientMessage,
  writeFrameHeader,
} from "@deskhand/doc-schema/wire";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, test } from "vitest";
import { always, filled, freshChain, keys, rootKey } from "../vectors/inputs.ts";
import { threadId } from "../vectors/records.ts";

const others = (version: number): readonly number[] =>
  [0, 1, 2, 3, 4, 127, 128, 255].filter((other) => other !== version);
const withByte = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
};
const refused = (type: string) => ({ ok: false, error: { type } });

describe("[T20] another version is refused by its word", () => {
  const frame = sealFrame(
    keys,
    freshChain(),
    { kind: "update", body: filled(4, 1), cursor: 0, transcript: filled(32, 0) },
    always(1),
  );

  test.each(others(FRAME_VERSION))("frame %i, at the relay and at a device", (version) => {
    const other = withByte(frame, 2, version);
    expect(parseFrameHeader(other)).toEqual(refused("unknown-version"));
    expect(unsealFrame(keys, other)).toEqual({
      ok: false,
      error: { type: "bad-header", reason: "unknown-version" },
    });
  });

  test.each(others(PROTOCOL_VERSION))("relay protocol %i", (version) => {
    const hello = writeClientMessage({ type: "hello", roomId: keys.roomId, nonce: filled(32, 1) });
    expect(parseClientMessage(withByte(hello, 1, version))).toEqual(refused("bad-version"));
  });

  test.each(others(1))("pairing code %i", (version) => {
    const code = {
      expiresAt: 0,
      pairingKey: rootKey,
      oneTimeKey: filled(32, 2),
      relayUrls: ["ws://a.example"],
    };
    const [, text = ""] = encodePairingCode(code, "").split("#p=");
    const bytes = base64UrlToBytes(text) ?? filled(0, 0);
    expect(parsePairingCode(text).ok).toBe(true);
    expect(parsePairingCode(bytesToBase64Url(withByte(bytes, 2, version)))).toEqual(
      refused("unknown-version"),
    );
  });

  test.each(others(1))("recovery kit %i", (version) => {
    const recovery = createRecoveryKeys(createRecoverySecret(always(3)));
    const sealed = sealRecovery(recovery.sealKey, filled(8, 1), always(4));
    expect(openRecovery(recovery, sealed).ok).toBe(true);
    expect(openRecovery(recovery, withByte(sealed, 4, version))).toEqual(refused("not-a-record"));
  });

  test.each(others(1))("blob root %i", (version) => {
    const root = writeBlobRoot(5, [filled(32, 1)]);
    expect(readBlobRoot(withByte(root, 0, version), 5)).toEqual(refused("bad-root"));
  });

  test.each(others(1))("archive segment %i", (version) => {
    const text = valueOfText(segmentToBytes({ threadId, fromId: "a", toId: "b", lines: [] }));
    const other = utf8ToBytes(text.replace('"v":1', `"v":${version}`));
    expect(readSegment(other)).toEqual(refused("bad-head"));
  });

  test.each(others(1))("action %i", (version) => {
    const action = { kind: "fetch", tool: "fetch", url: "https://a.example/", host: "a.example", items: [] };
    expect(parseAction({ ...action, v: 1 })).toBeDefined();
    expect(parseAction({ ...action, v: version })).toBeUndefined();
  });
});

const valueOfText = (bytes: Uint8Array): string => bytesToText(bytes) ?? "";

test.each([0, 3, 6, 255])(
  "[T20] frame kind %i, such as another update format would get, is refused and not read as one that is known",
  (kind) => {
    expect(unsealFrame(keys, sealKind(kind))).toEqual(refused("bad-inner"));
    expect(unsealFrame(keys, sealKind(1)).ok).toBe(true);
  },
);

/** A frame by the grammar, of whatever kind. */
const sealKind = (kind: number): Uint8Array => {
  const header = writeFrameHeader({ frameClass: "durable", epoch: keys.epoch, roomId: keys.roomId });
  const nonce = filled(24, 5);
  const commit = hmac(sha256, reveal(keys.commitKey), concatBytes(header, nonce));
  const cipher = xchacha20poly1305(reveal(keys.frameKey), nonce, concatBytes(header, commit));
  const inner = concatBytes(Uint8Array.of(kind), filled(16 + 8 + 4 + 32 + 8 + 32, 0), filled(4, 1));
  return concatBytes(header, nonce, commit, cipher.encrypt(addPadding(inner)));
};

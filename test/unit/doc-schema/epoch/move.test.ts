import {
  bytesToHex,
  bytesToText,
  redact,
  reveal,
  signValue,
  utf8ToBytes,
  type DeviceKeys,
  type JsonValue,
} from "@deskhand/doc-schema/crypto";
import { writeSigned } from "@deskhand/doc-schema/document";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, test } from "vitest";
import {
  MAX_MOVE_BYTES,
  MAX_MOVE_DEVICES,
  readMove,
  writeMove,
  type ReadMoveInput,
  type WriteMoveInput,
} from "../../../../doc-schema/src/sync/epoch/move.ts";
import { keysOf, NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

const executor = keysOf(1);
const phone = keysOf(2);
const removed = keysOf(3);
const workspaceId = "wsp_000000000000000000000000";
const rootKey = redact("root-key", new Uint8Array(32).fill(9));

const write = (changes: Partial<WriteMoveInput> = {}): Uint8Array =>
  writeMove({
    workspaceId,
    epoch: 8,
    rootKey,
    devices: [phone, executor],
    executorKeys: executor,
    createdAt: NOW,
    randomBytes: seededBytes(5),
    ...changes,
  });
const read = (bytes: Uint8Array, changes: Partial<ReadMoveInput> = {}) =>
  readMove(bytes, {
    executorSignKey: executor.signKey,
    workspaceId,
    epoch: 7,
    deviceKeys: phone,
    ...changes,
  });
/** Written anew around other fields, signed by `signer`. */
const forge = (change: (value: Record<string, JsonValue>) => JsonValue, signer = executor): Uint8Array => {
  const envelope = JSON.parse(bytesToText(write()) ?? "") as { value: Record<string, JsonValue> };
  const value = change(envelope.value);
  const signature = signValue("move", value, signer.signingSecret);
  return utf8ToBytes(JSON.stringify({ value, device: signer.deviceId, signature }));
};
const refused = (error: string) => ({ ok: false, error });

describe("a move", () => {
  test.each([
    ["phone", phone],
    ["executor", executor],
  ] as const)("gives the %s the next root key", (_name, deviceKeys: DeviceKeys) => {
    const move = read(write(), { deviceKeys });
    if (!move.ok || !("rootKey" in move.value)) throw new Error("no key");
    expect(reveal(move.value.rootKey)).toEqual(reveal(rootKey));
    expect(move.value).toMatchObject({ epoch: 8, createdAt: NOW });
  });

  test("[T26] tells a removed device that it was removed, and nothing of the key", () => {
    expect(read(write(), { deviceKeys: removed })).toEqual({
      ok: true,
      value: { removed: true, createdAt: NOW },
    });
  });

  test("takes the most devices that it may name, and no more", () => {
    const devices = Array.from({ length: MAX_MOVE_DEVICES }, (_, at) => keysOf(at + 1));
    const bytes = write({ devices });
    expect(bytes.length).toBeLessThan(MAX_MOVE_BYTES);
    expect(read(bytes).ok).toBe(true);
    expect(() => write({ devices: [...devices, keysOf(100)] })).toThrow("65 devices");
  });

  test("a device without a usable key is a bug of who certified it", () => {
    const devices = [{ deviceId: phone.deviceId, sealKey: new Uint8Array(32) }];
    expect(() => write({ devices })).toThrow("bad-key");
  });

  test("fields of a later version are kept under the signature", () => {
    expect(read(forge((value) => ({ ...value, reason: "renewed" }))).ok).toBe(true);
  });

  test("vector: the bytes for fixed keys and randomness never change", () => {
    const { value } = JSON.parse(bytesToText(write()) ?? "") as { value: { keys: Record<string, string> } };
    expect(value.keys[phone.deviceId]).toBe(
      "hrLp-u5txgSAxNylbw4CGSkjy6RNy6q4OtYKVSmomhDGncpVn5q-zqkl3oev-2ZQ8NtPgp-D78t-rhz3u9uWo5Esr-fLEz-fQgTnChenRQk",
    );
    expect(bytesToHex(sha256(write()))).toBe(
      "3aa1be48a1e65d5bd80ccc5a6b686cb1303181068e7228165245d87b12f3f15b",
    );
  });
});

describe("refused", () => {
  const someoneElse = keysOf(4);

  test.each([
    ["too-long", new Uint8Array(MAX_MOVE_BYTES + 1)],
    ["not-json", utf8ToBytes("{")],
    ["bad-envelope", Uint8Array.of(0xff)],
    ["prototype-key", utf8ToBytes('{"__proto__":1}')],
    ["bad-envelope", utf8ToBytes("{}")],
    ["bad-fields", forge((value) => ({ ...value, epoch: 0 }))],
    ["bad-fields", forge((value) => ({ ...value, epoch: 2 ** 32 }))],
    ["bad-fields", forge((value) => ({ ...value, createdAt: -1 }))],
    ["bad-fields", forge((value) => ({ ...value, keys: { nobody: "A".repeat(107) } }))],
    ["bad-fields", forge((value) => ({ ...value, keys: { [phone.deviceId]: "A" } }))],
    ["unknown-device", forge((value) => value, someoneElse)],
    ["other-workspace", write({ workspaceId: "wsp_111111111111111111111111" })],
    ["other-epoch", write({ epoch: 7 })],
    ["other-epoch", write({ epoch: 9 })],
    ["bad-seal", forge((value) => ({ ...value, keys: { [phone.deviceId]: "A".repeat(107) } }))],
    [
      "bad-seal",
      write({
        rootKey: redact("root-key", new Uint8Array(32)),
        devices: [{ ...removed, deviceId: phone.deviceId }],
      }),
    ],
  ] as const)("%s", (word, bytes) => {
    expect(read(bytes)).toEqual(refused(word));
  });

  test("bad-signature: any changed value", () => {
    const { value, signature } = JSON.parse(bytesToText(write()) ?? "") as Record<string, unknown>;
    const changed = {
      value: { ...(value as Record<string, unknown>), createdAt: 1 },
      device: executor.deviceId,
      signature,
    };
    expect(read(utf8ToBytes(JSON.stringify(changed)))).toEqual(refused("bad-signature"));
  });

  test("bad-signature: another kind of record of the executor", () => {
    const { value } = JSON.parse(bytesToText(write()) ?? "") as { value: never };
    const asThread = writeSigned({ context: "thread", schema: undefined as never }, value, executor);
    expect(read(utf8ToBytes(asThread))).toEqual(refused("bad-signature"));
  });

  test("bad-seal: a key that was sealed for another epoch, put into this move", () => {
    const other = JSON.parse(bytesToText(write({ epoch: 6 })) ?? "") as { value: { keys: JsonValue } };
    expect(read(forge((value) => ({ ...value, keys: other.value.keys })))).toEqual(refused("bad-seal"));
  });

  test("every changed byte, every truncation: never a key, never a throw", () => {
    const bytes = write();
    for (let at = 0; at < bytes.length; at += 3) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x11;
      expect(read(changed).ok, `byte ${at}`).toBe(false);
      expect(read(bytes.subarray(0, at)).ok, `length ${at}`).toBe(false);
    }
  });
});

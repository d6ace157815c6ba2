import {
  authTranscript,
  createByteReader,
  equalBytes,
  FRAME_HEADER_BYTES,
  parseClientMessage,
  parseFrameHeader,
  parseRelayMessage,
  REFUSAL,
  varUint,
  writeClientMessage,
  writeFrameHeader,
  writeRelayMessage,
  type ClientMessage,
  type RefusalCode,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import fc from "fast-check";
import * as decoding from "lib0/decoding";
import { describe, expect, test } from "vitest";

const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill);

const CLIENT_MESSAGES: readonly ClientMessage[] = [
  { type: "hello", roomId: bytes(16), nonce: bytes(32) },
  { type: "auth", authKey: bytes(32), time: 1_790_000_000, after: 0, signature: bytes(64) },
  { type: "auth-blobs", authKey: bytes(32), time: 1_790_000_000, signature: bytes(64) },
  { type: "append", clientSeq: 300, frame: bytes(400) },
  { type: "ephemeral", frame: bytes(400) },
  { type: "compact", clientSeq: 1, upto: 2 ** 40, frame: bytes(400) },
  { type: "close-room", clientSeq: 2, upto: 0, frame: bytes(400) },
  { type: "ping" },
];
const RELAY_MESSAGES: readonly RelayMessage[] = [
  { type: "challenge", nonce: bytes(32) },
  { type: "snapshot", upto: 9, frame: bytes(300) },
  { type: "frame", seq: 128, frame: bytes(300) },
  { type: "early", seq: 129, frame: bytes(300) },
  { type: "committed", seq: 129 },
  { type: "live", head: 0, logId: bytes(16), session: 3 },
  { type: "ack", clientSeq: 127, seq: 16_384 },
  { type: "ephemeral", session: 2, frame: bytes(300) },
  { type: "pong" },
  { type: "joined", session: 1 },
  { type: "left", session: 1 },
  ...Object.keys(REFUSAL).map((code) => ({ type: "refused" as const, code: code as RefusalCode })),
];

describe("relay messages", () => {
  test.each(CLIENT_MESSAGES)("client $type is read as it was written", (message) => {
    expect(parseClientMessage(writeClientMessage(message))).toEqual({ ok: true, value: message });
  });
  test.each(RELAY_MESSAGES)("relay $type is read as it was written", (message) => {
    expect(parseRelayMessage(writeRelayMessage(message))).toEqual({ ok: true, value: message });
  });

  const fixed = [
    "hello",
    "auth",
    "auth-blobs",
    "challenge",
    "committed",
    "live",
    "ack",
    "joined",
    "left",
    "refused",
    "ping",
    "pong",
  ];
  test("a message of fixed shape is refused when cut or lengthened by a byte", () => {
    for (const message of CLIENT_MESSAGES.filter(({ type }) => fixed.includes(type))) {
      const whole = writeClientMessage(message);
      expect(parseClientMessage(Uint8Array.of(...whole, 0)).ok).toBe(false);
      for (let end = 0; end < whole.length; end++)
        expect(parseClientMessage(whole.subarray(0, end)).ok).toBe(false);
    }
    for (const message of RELAY_MESSAGES.filter(({ type }) => fixed.includes(type))) {
      const whole = writeRelayMessage(message);
      expect(parseRelayMessage(Uint8Array.of(...whole, 0)).ok).toBe(false);
      for (let end = 0; end < whole.length; end++)
        expect(parseRelayMessage(whole.subarray(0, end)).ok).toBe(false);
    }
  });

  test("[T20] another protocol version is refused by its word", () => {
    const hello = writeClientMessage({ type: "hello", roomId: bytes(16), nonce: bytes(32) });
    hello[1] = 1;
    expect(parseClientMessage(hello)).toEqual({ ok: false, error: { type: "bad-version" } });
  });

  test("[T16] no bytes make a parser throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        parseClientMessage(input);
        parseRelayMessage(input);
        parseFrameHeader(input);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("bytes", () => {
  test("varuints are lib0's", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (value) => {
        const written = varUint(value);
        expect(decoding.readVarUint(decoding.createDecoder(written))).toBe(value);
        expect(createByteReader(written).varUint()).toBe(value);
      }),
    );
  });
  test("a varuint beyond 2^53 fails the reader instead of losing digits", () => {
    const reader = createByteReader(Uint8Array.of(...bytes(8, 0xff), 0x7f));
    reader.varUint();
    expect(reader.intact).toBe(false);
  });
  test("a failed reader stays failed", () => {
    const reader = createByteReader(Uint8Array.of(1));
    reader.uint32();
    expect([reader.uint8(), reader.intact, reader.finished]).toEqual([0, false, false]);
  });
  test("equalBytes compares contents and lengths", () => {
    expect([
      equalBytes(bytes(3), bytes(3)),
      equalBytes(bytes(3), bytes(4)),
      equalBytes(bytes(3), bytes(3, 8)),
    ]).toEqual([true, false, false]);
  });
});

describe("frame header", () => {
  const header = { frameClass: "durable", epoch: 7, roomId: bytes(16, 9) } as const;
  test("is read as it was written", () => {
    expect(writeFrameHeader(header)).toHaveLength(FRAME_HEADER_BYTES);
    expect(parseFrameHeader(writeFrameHeader(header))).toEqual({ ok: true, value: header });
  });
  test.each([
    [0, "bad-magic"],
    [1, "bad-magic"],
    [2, "unknown-version"],
    [3, "unknown-class"],
    [24, "unknown-flags"],
    [27, "unknown-flags"],
  ])("byte %i changed is %s", (at, type) => {
    const changed = writeFrameHeader(header);
    changed[at] = 0xee;
    expect(parseFrameHeader(changed)).toEqual({ ok: false, error: { type } });
  });
  test("a short one is said to be short", () => {
    expect(parseFrameHeader(bytes(27))).toEqual({ ok: false, error: { type: "short" } });
  });
});

test("[T9] the transcript of AUTH changes with every field", () => {
  const base = {
    origin: "wss://relay.example",
    roomId: bytes(16),
    serverNonce: bytes(32),
    clientNonce: bytes(32),
    time: 1,
  };
  const variants = [
    base,
    { ...base, origin: "ws://relay.example" },
    { ...base, roomId: bytes(16, 1) },
    { ...base, serverNonce: bytes(32, 1) },
    { ...base, clientNonce: bytes(32, 1) },
    { ...base, time: 2 },
    { ...base, purpose: "blobs" as const },
  ].map((fields) => authTranscript(fields).toString());
  expect(new Set(variants).size).toBe(variants.length);
});

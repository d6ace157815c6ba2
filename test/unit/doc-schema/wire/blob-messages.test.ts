import {
  hasBit,
  MAX_HAVE_IDS,
  MAX_MESSAGE_BYTES,
  MAX_SEALED_CHUNK_BYTES,
  parseBlobMessage,
  parseBlobRequest,
  REFUSAL,
  writeBitmap,
  writeBlobMessage,
  writeBlobRequest,
  type BlobMessage,
  type BlobRequest,
  type RefusalCode,
} from "@deskhand/doc-schema/wire";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill);

const REQUESTS: readonly BlobRequest[] = [
  { type: "have", request: 0, ids: [bytes(32, 1)] },
  { type: "have", request: 2 ** 40, ids: Array.from({ length: MAX_HAVE_IDS }, (_, i) => bytes(32, i)) },
  { type: "put", request: 128, id: bytes(32), bytes: bytes(1_000) },
  { type: "put", request: 1, id: bytes(32), bytes: bytes(0) },
  { type: "get", request: 300, id: bytes(32) },
  { type: "ping" },
];
const MESSAGES: readonly BlobMessage[] = [
  { type: "blobs-open" },
  { type: "held", request: 5, bitmap: bytes(64, 255) },
  { type: "stored", request: 2 ** 50 },
  { type: "chunk", request: 1, bytes: bytes(1_000) },
  { type: "missing", request: 0 },
  { type: "pong" },
  ...Object.keys(REFUSAL).flatMap((name) => {
    // `as`: the keys of REFUSAL are its type.
    const code = name as RefusalCode;
    return [{ type: "denied", request: 9, code } as const, { type: "refused", code } as const];
  }),
];

describe("blob messages", () => {
  test.each(REQUESTS)("request $type is read as it was written", (request) => {
    expect(parseBlobRequest(writeBlobRequest(request))).toEqual({ ok: true, value: request });
  });

  test.each(MESSAGES)("message $type is read as it was written", (message) => {
    expect(parseBlobMessage(writeBlobMessage(message))).toEqual({ ok: true, value: message });
  });

  test("the largest chunk fits into a message", () => {
    const put = {
      type: "put",
      request: 2 ** 52,
      id: bytes(32),
      bytes: bytes(MAX_SEALED_CHUNK_BYTES),
    } as const;
    expect(writeBlobRequest(put).length).toBeLessThan(MAX_MESSAGE_BYTES);
  });

  test.each([
    ["HAVE without an id", Uint8Array.of(19, 1)],
    ["HAVE with half an id", Uint8Array.of(19, 1, ...bytes(48))],
    ["HAVE with one id too many", Uint8Array.of(19, 1, ...bytes((MAX_HAVE_IDS + 1) * 32))],
    ["GET cut", Uint8Array.of(23, 1, ...bytes(31))],
    ["GET lengthened", Uint8Array.of(23, 1, ...bytes(33))],
    ["PUT with half an id", Uint8Array.of(21, 1, ...bytes(31))],
    ["PING lengthened", Uint8Array.of(11, 0)],
    ["a request of frames", Uint8Array.of(6, 1)],
    ["an unknown code", Uint8Array.of(77)],
    ["nothing", new Uint8Array(0)],
  ])("%s is refused", (_name, input) => {
    expect(parseBlobRequest(input)).toEqual({ ok: false, error: { type: "bad-message" } });
  });

  test.each([
    ["DENIED with an unknown code", Uint8Array.of(26, 1, 99)],
    ["STORED lengthened", Uint8Array.of(22, 1, 0)],
    ["REFUSED with an unknown code", Uint8Array.of(15, 99)],
    ["a message of frames", Uint8Array.of(7, 1, 1)],
    ["nothing", new Uint8Array(0)],
  ])("%s is refused by the client", (_name, input) => {
    expect(parseBlobMessage(input)).toEqual({ ok: false, error: { type: "bad-message" } });
  });

  test("no bytes make a parser throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        parseBlobRequest(input);
        parseBlobMessage(input);
      }),
    );
  });

  test("a bitmap says of each place what was written, and no of every place after", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 600 }), (flags) => {
        const bitmap = writeBitmap(flags);
        expect(flags.map((_, i) => hasBit(bitmap, i))).toEqual(flags);
        expect(hasBit(bitmap, flags.length + 8)).toBe(false);
        expect(bitmap).toHaveLength(Math.ceil(flags.length / 8));
      }),
    );
  });
});

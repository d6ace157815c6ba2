import { setTimeout as sleep } from "node:timers/promises";
import { createHash } from "node:crypto";
import { bytesToBase64Url } from "@deskhand/doc-schema/crypto";
import { touchBlob } from "@deskhand/doc-schema/sync";
import { MAX_BLOB_BYTES, type BlobMessage, type RefusalCode } from "@deskhand/doc-schema/wire";
import { describe, expect, it } from "vitest";
import { freshKeys } from "../sync/room-harness.ts";
import { CHUNK, lyingLine, randomFile, refOf, sourceOf, useBlobRelay } from "./blob-harness.ts";

const relays = useBlobRelay();
const DONE = { ok: true, value: undefined };
const failed = (type: string) => ({ ok: false, error: { type } });

describe("a blob", () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 77])(
    "of %i bytes arrives as it was",
    async (size) => {
      const { upload, download } = await relays.start();
      const file = randomFile(size);
      const ref = refOf(await upload(file));
      expect(ref.byteLength).toBe(size);
      expect(ref.sha256).toBe(bytesToBase64Url(createHash("sha256").update(file).digest()));
      const got = await download(ref);
      expect(got.done).toEqual(DONE);
      expect(Buffer.from(got.file).equals(file)).toBe(true);
      expect(got.offsets).toEqual(got.offsets.toSorted((a, b) => a - b));
    },
  );

  it("is of other keys and ids each time, also for the same file", async () => {
    const { upload } = await relays.start();
    const file = randomFile(100);
    const [first, second] = [refOf(await upload(file)), refOf(await upload(file))];
    expect(first.key).not.toBe(second.key);
    expect(first.id).not.toBe(second.id);
  });

  it("tells its progress in plaintext bytes, rising, and to the end", async () => {
    const { upload, download } = await relays.start();
    const size = 3 * CHUNK + 5;
    const seen: { up: number[]; down: number[] } = { up: [], down: [] };
    const note = (list: number[]) => (done: number, total: number) => {
      expect(total).toBe(size);
      list.push(done);
    };
    const ref = refOf(await upload(randomFile(size), { onProgress: note(seen.up) }));
    await download(ref, { onProgress: note(seen.down) });
    for (const list of [seen.up, seen.down]) {
      expect(list).toEqual(list.toSorted((a, b) => a - b));
      expect(list.at(-1)).toBe(size);
      expect(list).toHaveLength(4);
    }
  });
});

describe("an upload", () => {
  it("that is begun again with what it left sends only the rest, and ends with one blob", async () => {
    const { upload, download, putCount } = await relays.start();
    const file = randomFile(8 * CHUNK);
    let resume: Uint8Array | undefined;
    let acknowledged = 0;
    const broken = {
      byteLength: file.length,
      read: async (offset: number, length: number) => {
        if (offset < 5 * CHUNK) return file.slice(offset, offset + length);
        await expect.poll(() => acknowledged).toBe(5 * CHUNK);
        throw new Error("the process ends here");
      },
    };
    const first = await upload(file, {
      source: broken,
      onProgress: (done) => (acknowledged = done),
      onResumable: (bytes) => void (resume = bytes),
    });
    expect(first).toEqual(failed("unreadable"));
    expect(await putCount()).toBe(5);
    const ref = refOf(await upload(file, { resume }));
    expect(await putCount()).toBe(8 + 1);
    expect(Buffer.from((await download(ref)).file).equals(file)).toBe(true);
  });

  it("of a file that changed since it was begun is of the file as it is now", async () => {
    const { upload, download } = await relays.start();
    const file = randomFile(3 * CHUNK);
    let resume: Uint8Array | undefined;
    refOf(await upload(file, { onResumable: (bytes) => void (resume = bytes) }));
    file.fill(1, CHUNK, CHUNK + 10);
    const ref = refOf(await upload(file, { resume }));
    expect(Buffer.from((await download(ref)).file).equals(file)).toBe(true);
  });

  it.each([
    ["of another version", Uint8Array.of(9, ...new Uint8Array(32))],
    ["cut", Uint8Array.of(1, 2)],
  ])("begins afresh when what it left is %s", async (_name, resume) => {
    const { upload, download } = await relays.start();
    const file = randomFile(10);
    expect((await download(refOf(await upload(file, { resume })))).done).toEqual(DONE);
  });

  it("is not said to be done while the relay lacks a chunk: what it lost meanwhile is sent again", async () => {
    const { upload, download, putCount, lose } = await relays.start();
    const file = randomFile(4 * CHUNK);
    let hasLost = false;
    const onProgress = (done: number, total: number): void => {
      if (done < total || hasLost) return;
      hasLost = true;
      lose();
    };
    const ref = refOf(await upload(file, { onProgress }));
    expect(await putCount()).toBe(4 + 4 + 1);
    expect((await download(ref)).done).toEqual(DONE);
  });

  it("fails as gone when the relay loses everything again and again", async () => {
    const { upload, lose } = await relays.start();
    expect(await upload(randomFile(10), { onProgress: () => lose() })).toEqual(failed("gone"));
  });

  it("fails as unreadable when the file changed between two reads of a chunk", async () => {
    const { upload, lose } = await relays.start();
    const file = randomFile(2 * CHUNK);
    const onProgress = (done: number, total: number): void => {
      if (done < total) return;
      lose();
      file.fill(3);
    };
    expect(await upload(file, { onProgress })).toEqual(failed("unreadable"));
  });

  it.each([
    ["rejects", async () => Promise.reject(new Error("gone"))],
    ["gives too little", async (_offset: number, length: number) => new Uint8Array(length - 1)],
    ["gives too much", async (_offset: number, length: number) => new Uint8Array(length + 1)],
  ])("fails as unreadable when the source %s", async (_name, read) => {
    const { upload } = await relays.start();
    const source = { byteLength: 100, read };
    expect(await upload(new Uint8Array(0), { source })).toEqual(failed("unreadable"));
  });

  it("fails as too large without a word to the relay", async () => {
    const { upload } = await relays.start();
    const source = { byteLength: MAX_BLOB_BYTES + 1, read: () => Promise.reject(new Error("never read")) };
    expect(await upload(new Uint8Array(0), { source, relayUrl: "ws://127.0.0.1:1" })).toEqual(
      failed("too-large"),
    );
  });

  it("[T15] fails as quota when the room is full", async () => {
    const { upload } = await relays.start({ limits: { blobRoomBytes: CHUNK * 2 } });
    expect(await upload(randomFile(CHUNK * 3))).toEqual(failed("quota"));
  });

  it("[T15] fails as relay-full when the relay's disk is", async () => {
    const { upload } = await relays.start({ limits: { blobMinFreeBytes: Number.MAX_SAFE_INTEGER } });
    expect(await upload(randomFile(100))).toEqual(failed("relay-full"));
  });
});

describe("a download", () => {
  it("behind what an earlier attempt wrote fetches only the rest", async () => {
    const { upload, download, getCount } = await relays.start();
    const file = randomFile(6 * CHUNK + 9);
    const ref = refOf(await upload(file));
    const have = sourceOf(file.slice(0, 4 * CHUNK + 1_000));
    const got = await download(ref, { have });
    expect(got.done).toEqual(DONE);
    expect(got.offsets).toEqual([4 * CHUNK, 5 * CHUNK, 6 * CHUNK]);
    expect(await getCount()).toBe(1 + 3);
  });

  it("with everything written checks it and fetches the root only", async () => {
    const { upload, download, getCount } = await relays.start();
    const file = randomFile(2 * CHUNK + 9);
    const ref = refOf(await upload(file));
    expect((await download(ref, { have: sourceOf(file) })).done).toEqual(DONE);
    expect(await getCount()).toBe(1);
  });

  it.each([
    ["is wrong", async (_offset: number, length: number) => new Uint8Array(length)],
    ["cannot be read", async () => Promise.reject(new Error("no"))],
    ["is shorter than it says", async () => new Uint8Array(3)],
  ])("reads all anew when what an earlier attempt wrote %s", async (_name, read) => {
    const { upload, download } = await relays.start();
    const file = randomFile(3 * CHUNK);
    const ref = refOf(await upload(file));
    const got = await download(ref, { have: { byteLength: 2 * CHUNK, read } });
    expect(got.done).toEqual(DONE);
    expect(Buffer.from(got.file).equals(file)).toBe(true);
  });

  it("fails as gone when the relay lacks the root, or a chunk", async () => {
    const { upload, download, lose } = await relays.start();
    const ref = refOf(await upload(randomFile(3 * CHUNK)));
    expect((await download({ ...ref, id: ref.sha256 })).done).toEqual(failed("gone"));
    lose((id) => id !== ref.id);
    expect((await download(ref)).done).toEqual(failed("gone"));
  });

  it("fails as gone for the keys of another room", async () => {
    const { upload, download } = await relays.start();
    const ref = refOf(await upload(randomFile(10)));
    expect((await download(ref, { keys: freshKeys() })).done).toEqual(failed("gone"));
  });

  it.each([
    ["another key", { key: bytesToBase64Url(new Uint8Array(32)) }],
    ["another hash", { sha256: bytesToBase64Url(new Uint8Array(32)) }],
    ["another length", { byteLength: 2 * CHUNK - 1 }],
    ["a length of fewer chunks", { byteLength: CHUNK }],
  ])("fails as bad-chunk for a reference with %s", async (_name, change) => {
    const { upload, download } = await relays.start();
    const ref = refOf(await upload(randomFile(2 * CHUNK)));
    expect((await download({ ...ref, ...change })).done).toEqual(failed("bad-chunk"));
  });

  it("fails as bad-reference when it does not parse", async () => {
    const { upload, download, input } = await relays.start();
    const ref = { ...refOf(await upload(randomFile(10))), key: "short" };
    expect((await download(ref)).done).toEqual(failed("bad-reference"));
    expect(await touchBlob({ ...input, ref })).toEqual(failed("bad-reference"));
  });

  it("fails as unwritable when the sink does, and asks it for nothing more", async () => {
    const { upload, download } = await relays.start();
    const ref = refOf(await upload(randomFile(4 * CHUNK)));
    let writes = 0;
    const write = async (): Promise<void> => {
      writes += 1;
      throw new Error("disk full");
    };
    expect((await download(ref, { sink: { write } })).done).toEqual(failed("unwritable"));
    expect(writes).toBe(1);
  });
});

describe("a relay that lies", () => {
  it.each<[string, (chunk: Uint8Array, before: Uint8Array | undefined) => Uint8Array]>([
    ["changes a bit of a chunk", (chunk) => chunk.map((byte, i) => (i === 99 ? byte ^ 4 : byte))],
    ["cuts a chunk", (chunk) => chunk.subarray(1)],
    ["gives the chunk before", (chunk, before) => before ?? chunk],
    ["gives nothing", () => new Uint8Array(0)],
  ])("and %s is found out before a wrong byte is written", async (_name, lie) => {
    const { upload, download } = await relays.start();
    const file = randomFile(4 * CHUNK);
    const ref = refOf(await upload(file));
    const chunks: Uint8Array[] = [];
    const line = lyingLine((message) => {
      if (message.type !== "chunk") return message;
      chunks.push(message.bytes);
      return chunks.length < 4 ? message : { ...message, bytes: lie(message.bytes, chunks.at(-2)) };
    });
    const got = await download(ref, { WebSocket: line });
    expect(got.done).toEqual(failed("bad-chunk"));
    expect(got.offsets).toEqual([0, CHUNK]);
    expect(Buffer.from(got.file.subarray(0, 2 * CHUNK)).equals(file.subarray(0, 2 * CHUNK))).toBe(true);
  });

  it("and says that it holds what it does not, is found out by who fetches", async () => {
    const { upload, download } = await relays.start();
    let resume: Uint8Array | undefined;
    const file = randomFile(2 * CHUNK);
    await upload(file.slice(0, CHUNK), { onResumable: (bytes) => void (resume = bytes) });
    const line = lyingLine((message) =>
      message.type === "held" ? { ...message, bitmap: message.bitmap.fill(255) } : message,
    );
    const ref = refOf(await upload(file, { resume, WebSocket: line }));
    expect((await download(ref)).done).toEqual(failed("gone"));
  });

  it("and answers another question is left", async () => {
    const { upload } = await relays.start();
    const line = lyingLine((message) => ("request" in message ? { ...message, request: 77 } : message));
    expect(await upload(randomFile(10), { WebSocket: line, patienceMs: 300 })).toEqual(failed("offline"));
  });

  it("and answers in the wrong kind is refused", async () => {
    const { upload } = await relays.start();
    const line = lyingLine((message) =>
      message.type === "stored" ? { type: "missing", request: message.request } : message,
    );
    expect(await upload(randomFile(10), { WebSocket: line })).toEqual(failed("refused"));
  });
});

it.each<[RefusalCode, string]>([
  ["quota-exceeded", "quota"],
  ["read-only", "relay-full"],
  ["room-closed", "closed"],
  ["bad-chunk", "bad-chunk"],
  ["internal", "refused"],
])("a denial as %s ends the transfer as %s, in each direction and at each question", async (code, word) => {
  const { upload, download, input } = await relays.start();
  const ref = refOf(await upload(randomFile(10)));
  const deny = (message: BlobMessage): BlobMessage =>
    "request" in message ? { type: "denied", request: message.request, code } : message;
  const WebSocket = lyingLine(deny);
  expect(await upload(randomFile(10), { WebSocket })).toEqual(failed(word));
  expect((await download(ref, { WebSocket })).done).toEqual(failed(word));
  expect(await touchBlob({ ...input, ref, WebSocket })).toEqual(failed(word));
  const denyHave = lyingLine((message) => (message.type === "held" ? deny(message) : message));
  expect(await touchBlob({ ...input, ref, WebSocket: denyHave })).toEqual(failed(word));
});

describe("touching a blob", () => {
  it("renews the lease of every chunk, and tells whether the relay has it whole", async () => {
    const clock = { ahead: 0 };
    const { upload, download, lose, input } = await relays.start({
      now: () => Date.now() + clock.ahead,
      limits: { blobExpiryMs: 3_600_000, blobSweepMs: 5 },
    });
    const [kept, old] = [refOf(await upload(randomFile(3 * CHUNK))), refOf(await upload(randomFile(10)))];
    clock.ahead = 3_000_000;
    expect(await touchBlob({ ...input, ref: kept })).toEqual({ ok: true, value: true });
    clock.ahead = 4_000_000;
    await sleep(500); // asking would renew the lease of what the sweep has not reached yet
    expect(await touchBlob({ ...input, ref: old })).toEqual({ ok: true, value: false });
    expect((await download(kept)).done).toEqual(DONE);
    lose((id) => id !== kept.id);
    expect(await touchBlob({ ...input, ref: kept })).toEqual({ ok: true, value: false });
  });
});

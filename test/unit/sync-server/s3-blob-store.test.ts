/** The S3 adapter, against a fake that checks signatures and hashes as S3 does: there is no S3 server to be had here. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlobStore, BlobStoreOptions } from "../../../sync-server/src/blob-store.ts";
import { openS3BlobStore } from "../../../sync-server/src/s3-blob-store.ts";
import { FAKE_S3_KEYS, startFakeS3, type FakeS3 } from "../../fixtures/fake-s3.ts";
import { chunkOf, newRoom, runBlobStoreTests, valueOf } from "./blob-store-suite.ts";

let fake: FakeS3;
beforeAll(async () => {
  fake = await startFakeS3();
});
afterAll(() => fake.close());

const OPTIONS = { quota: 1e6, expiryMs: 1e9, now: Date.now };

/** The suite wants a store at once: each call waits until this one is open. */
const openLater = (options: BlobStoreOptions): BlobStore => {
  fake.objects.clear();
  fake.clock = options.now;
  const opened = openS3BlobStore({ ...options, bucket: { url: `${fake.url}/relay`, ...FAKE_S3_KEYS } }).then(
    valueOf,
  );
  return {
    put: async (...args) => (await opened).put(...args),
    touch: async (...args) => (await opened).touch(...args),
    read: async (...args) => (await opened).read(...args),
    usage: async (...args) => (await opened).usage(...args),
    deleteExpired: async () => (await opened).deleteExpired(),
  };
};

runBlobStoreTests("the bucket", openLater);

describe("the bucket", () => {
  const bucket = () => ({ url: fake.url, ...FAKE_S3_KEYS });

  it("counts what another process put there, over several pages", async () => {
    const room = newRoom();
    const first = valueOf(await openS3BlobStore({ ...OPTIONS, bucket: bucket() }));
    for (let i = 0; i < 3; i++) {
      const { id, bytes } = chunkOf(100);
      await first.put(room, id, bytes);
    }
    const second = valueOf(await openS3BlobStore({ ...OPTIONS, bucket: bucket() }));
    expect(valueOf(await second.usage(room))).toBe(300);
  });

  it("drops an object whose bytes are not those of its name, so that it can be put again", async () => {
    const [room, { id, bytes }] = [newRoom(), chunkOf(100)];
    const store = valueOf(await openS3BlobStore({ ...OPTIONS, bucket: bucket() }));
    await store.put(room, id, bytes);
    for (const object of fake.objects.values()) object.bytes = Uint8Array.from([1]);
    expect(valueOf(await store.read(room, id))).toBeUndefined();
    expect(valueOf(await store.touch(room, [id]))).toEqual([false]);
    expect((await store.put(room, id, bytes)).ok).toBe(true);
  });

  it("says what the bucket answered when it refuses, changes nothing, and goes on afterwards", async () => {
    const [room, { id, bytes }] = [newRoom(), chunkOf(100)];
    const store = valueOf(await openS3BlobStore({ ...OPTIONS, bucket: bucket() }));
    expect(valueOf(await store.usage(room))).toBe(0);
    fake.failWith = 400;
    const refused = await store.put(room, id, bytes);
    fake.failWith = undefined;
    expect(refused).toEqual({
      ok: false,
      error: { type: "unusable", detail: "the bucket answered HEAD with 400" },
    });
    expect(valueOf(await store.usage(room))).toBe(0);
    expect((await store.put(room, id, bytes)).ok).toBe(true);
    expect(valueOf(await store.usage(room))).toBe(100);
  });

  it("is not opened with a wrong key", async () => {
    const wrong = { ...bucket(), secretAccessKey: "another" };
    expect(await openS3BlobStore({ ...OPTIONS, bucket: wrong })).toEqual({
      ok: false,
      error: { type: "unusable", detail: "the bucket answered GET with 403" },
    });
  });
});

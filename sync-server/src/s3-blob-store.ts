/**
 * The BlobStore in a bucket that speaks S3: `<bucket>/<room, hex>/<id, hex>`, path style, signature version 4.
 * 1. A chunk is acknowledged when the bucket has taken it: its promise to keep it is the bucket's. The bucket is told the
 *    SHA-256, so that it refuses what was bent on the way.
 * 2. The last touch is the object's LastModified, renewed by copying it onto itself when it is older than a thirtieth of
 *    the lease; so an object is deleted that much later than the lease says, never earlier.
 * 3. A room's usage is listed once a process and kept exact from then on by this process: of what other nodes put into
 *    the same room it learns at its next start.
 * 4. A chunk that another node touches between the last look and the deletion, some milliseconds, is lost; its sender has
 *    the file, and puts it again when it asks.
 */
import { createHash } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { BlobPutError, BlobStore, BlobStoreError, BlobStoreOptions, Sweep } from "./blob-store.ts";

const SWEEP_STEP = 64;
const HEADS_AT_ONCE = 8;
const RENEWALS_A_LEASE = 30;
const TIMEOUT_MS = 30_000;
/** With its growing pauses a request that fails is given up after about a second. */
const RETRIES = 3;

export interface S3Bucket {
  /** Such as "https://s3.example/bucket", or with a prefix behind it; without a slash at the end. */
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface ListedObject {
  readonly room: string;
  readonly id: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly touchedAt: number;
}

interface Listing {
  readonly objects: readonly ListedObject[];
  /** Where the next page begins; undefined after the last. */
  readonly next: string | undefined;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Looks into the bucket once, so that a wrong key shows at the start. */
export const openS3BlobStore = async (
  options: BlobStoreOptions & { readonly bucket: S3Bucket },
): Promise<Result<BlobStore, BlobStoreError>> => {
  const bucket = createBucket(options.bucket);
  const looked = await attempt(() => bucket.list("", undefined, 1));
  return looked.ok ? ok(createS3BlobStore(bucket, options)) : looked;
};

const attempt = async <T>(work: () => Promise<T>): Promise<Result<T, BlobStoreError>> => {
  try {
    return ok(await work());
  } catch (error) {
    return err({ type: "unusable", detail: error instanceof Error ? error.message : "unknown reason" });
  }
};

type Bucket = ReturnType<typeof createBucket>;

/** Every call throws when the bucket does not do it; the message names no object. */
const createBucket = ({ url, region, accessKeyId, secretAccessKey }: S3Bucket) => {
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: RETRIES });
  const { pathname, origin } = new URL(url);
  const [, name = "", ...prefixParts] = pathname.split("/");
  const prefix = prefixParts.map((part) => `${part}/`).join("");

  const call = async (target: string, init: RequestInit, accepted: readonly number[]): Promise<Response> => {
    const answer = await client.fetch(target, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (accepted.includes(answer.status)) return answer;
    await answer.body?.cancel();
    throw new Error(`the bucket answered ${init.method ?? "GET"} with ${answer.status}`);
  };

  return {
    put: (key: string, bytes: Uint8Array, sha256: string) =>
      call(
        `${url}/${key}`,
        { method: "PUT", body: Uint8Array.from(bytes), headers: { "x-amz-content-sha256": sha256 } },
        [200],
      ),
    get: async (key: string): Promise<Uint8Array | undefined> => {
      const answer = await call(`${url}/${key}`, {}, [200, 404]);
      return answer.status === 404 ? undefined : new Uint8Array(await answer.arrayBuffer());
    },
    /** Milliseconds since 1970; undefined when there is no such object. */
    touchedAt: async (key: string): Promise<number | undefined> => {
      const answer = await call(`${url}/${key}`, { method: "HEAD" }, [200, 404]);
      return answer.status === 404 ? undefined : Date.parse(answer.headers.get("last-modified") ?? "");
    },
    renew: (key: string) =>
      call(
        `${url}/${key}`,
        {
          method: "PUT",
          headers: {
            "x-amz-copy-source": `/${name}/${prefix}${key}`,
            "x-amz-metadata-directive": "REPLACE",
          },
        },
        [200],
      ),
    delete: (key: string) => call(`${url}/${key}`, { method: "DELETE" }, [200, 204, 404]),
    list: async (under: string, after: string | undefined, limit: number): Promise<Listing> => {
      const query = new URLSearchParams({
        "list-type": "2",
        prefix: prefix + under,
        "max-keys": String(limit),
      });
      if (after !== undefined) query.set("continuation-token", after);
      return parseListing(await (await call(`${origin}/${name}?${query}`, {}, [200])).text());
    },
  };
};

const field = (text: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? "";

/** Our own keys hold nothing that XML escapes. */
const parseListing = (xml: string): Listing => {
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].flatMap(([, entry = ""]) => {
    const [, room, id] = /([0-9a-f]{32})\/([0-9a-f]{64})$/.exec(field(entry, "Key")) ?? [];
    if (room === undefined || id === undefined) return [];
    const touchedAt = Date.parse(field(entry, "LastModified"));
    return [{ room, id, bytes: Number(field(entry, "Size")), touchedAt }];
  });
  return { objects, next: field(xml, "NextContinuationToken") || undefined };
};

const createS3BlobStore = (bucket: Bucket, { quota, expiryMs, now }: BlobStoreOptions): BlobStore => {
  const renewAfterMs = expiryMs / RENEWALS_A_LEASE;
  const usages = new Map<string, Promise<{ bytes: number }>>();
  /** By key: a second put of a chunk waits for the first. */
  const writing = new Map<string, Promise<Result<void, BlobPutError>>>();

  const listUsage = async (room: string): Promise<{ bytes: number }> => {
    let bytes = 0;
    for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
      const page = await bucket.list(`${room}/`, next, 1_000);
      for (const object of page.objects) bytes += object.bytes;
      next = page.next;
    }
    return { bytes };
  };

  const usageOf = (room: string): Promise<{ bytes: number }> => {
    const known = usages.get(room);
    if (known !== undefined) return known;
    const listed = listUsage(room);
    usages.set(room, listed);
    listed.catch(() => usages.delete(room)); // the caller gets the reason; the next one lists again
    return listed;
  };

  /** True when the chunk is there; its lease is then a new one, or still nearly new. */
  const touchOne = async (key: string): Promise<boolean> => {
    const touchedAt = await bucket.touchedAt(key);
    if (touchedAt === undefined) return false;
    if (now() - touchedAt > renewAfterMs) await bucket.renew(key);
    return true;
  };

  const putOnce = async (
    room: string,
    id: Uint8Array,
    bytes: Uint8Array,
  ): Promise<Result<void, BlobPutError>> => {
    const usage = await usageOf(room);
    const key = `${room}/${hex(id)}`;
    if (await touchOne(key)) return ok(undefined);
    if (usage.bytes + bytes.length > quota) return err({ type: "quota-exceeded" });
    usage.bytes += bytes.length;
    try {
      await bucket.put(key, bytes, hex(id));
    } catch (error) {
      usage.bytes -= bytes.length;
      throw error;
    }
    return ok(undefined);
  };

  const put: BlobStore["put"] = (roomId, id, bytes) => {
    const key = `${hex(roomId)}/${hex(id)}`;
    const already = writing.get(key);
    if (already !== undefined) return already;
    const work = attempt(() => putOnce(hex(roomId), id, bytes)).then((done) => {
      writing.delete(key);
      return done.ok ? done.value : done;
    });
    writing.set(key, work);
    return work;
  };

  const touch = async (room: string, ids: readonly Uint8Array[]): Promise<readonly boolean[]> => {
    const held: boolean[] = [];
    for (let at = 0; at < ids.length; at += HEADS_AT_ONCE) {
      const some = ids.slice(at, at + HEADS_AT_ONCE);
      held.push(...(await Promise.all(some.map((id) => touchOne(`${room}/${hex(id)}`)))));
    }
    return held;
  };

  const remove = async (room: string, id: string, bytes: number): Promise<void> => {
    await bucket.delete(`${room}/${id}`);
    const usage = await usages.get(room);
    if (usage !== undefined) usage.bytes -= bytes;
  };

  const read = async (room: string, id: Uint8Array): Promise<Uint8Array | undefined> => {
    const bytes = await bucket.get(`${room}/${hex(id)}`);
    if (bytes === undefined) return undefined;
    if (createHash("sha256").update(bytes).digest().equals(id)) {
      await touchOne(`${room}/${hex(id)}`);
      return bytes;
    }
    await remove(room, hex(id), bytes.length);
    return undefined;
  };

  let after: string | undefined;

  const isOld = (touchedAt: number | undefined): boolean =>
    touchedAt !== undefined && now() - touchedAt > expiryMs + renewAfterMs;

  const deleteExpired = async (): Promise<Sweep> => {
    const page = await bucket.list("", after, SWEEP_STEP);
    after = page.next;
    let deleted = 0;
    for (const { room, id, bytes, touchedAt } of page.objects) {
      const key = `${room}/${id}`;
      if (!isOld(touchedAt) || writing.has(key) || !isOld(await bucket.touchedAt(key))) continue;
      await remove(room, id, bytes);
      deleted += 1;
    }
    return { deleted, isDone: after === undefined };
  };

  return {
    put,
    touch: (roomId, ids) => attempt(() => touch(hex(roomId), ids)),
    read: (roomId, id) => attempt(() => read(hex(roomId), id)),
    usage: (roomId) => attempt(async () => (await usageOf(hex(roomId))).bytes),
    deleteExpired: () => attempt(deleteExpired),
  };
};

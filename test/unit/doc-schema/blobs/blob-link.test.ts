import { createServer, type AddressInfo } from "node:net";
import { touchBlob, type BlobSource, type SocketLike } from "@deskhand/doc-schema/sync";
import { writeRelayMessage } from "@deskhand/doc-schema/wire";
import { describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { startCuttingProxy } from "../../../faults/blobs-proxy.ts";
import { runBlobTransfer } from "../../../faults/blobs-run.ts";
import { freshKeys, movableClock } from "../sync/room-harness.ts";
import { CHUNK, randomFile, refOf, sinkOf, sourceOf, useBlobRelay } from "./blob-harness.ts";

const relays = useBlobRelay();
const DONE = { ok: true, value: undefined };
const failed = (type: string) => ({ ok: false, error: { type } });
const MB = 1_000_000;

/** A file of which the relay has `bytes` before more of it can be read. */
const pausing = (file: Uint8Array, bytes: number, meanwhile: () => Promise<void>) => {
  let acknowledged = 0;
  let hasPaused = false;
  const source: BlobSource = {
    byteLength: file.length,
    read: async (offset, length) => {
      if (offset >= bytes && !hasPaused) {
        hasPaused = true;
        await expect.poll(() => acknowledged).toBe(bytes);
        await meanwhile();
      }
      return file.slice(offset, offset + length);
    },
  };
  return { source, onProgress: (done: number) => (acknowledged = done) };
};

describe("a line that is cut", () => {
  it("again and again still carries the whole file, once, and no process grows with it", async () => {
    const figures = await runBlobTransfer({ bytes: 8 * MB, cutsEachWay: 3, warmUpBytes: 2 * MB });
    expect(figures).toMatchObject({ sameHash: true, cuts: 6 });
    for (const growth of Object.values(figures.growth)) expect(growth).toBeLessThan(64 * MB);
  });

  it("in the middle of a chunk costs that chunk only: the relay is asked what it has, and sent the rest", async () => {
    const { upload, download, putCount, relay } = await relays.start();
    const proxy = await startCuttingProxy(relay);
    relays.onCleanup(proxy.close);
    const file = randomFile(10 * CHUNK);
    proxy.cutAt([3.5 * CHUNK, 7.5 * CHUNK]);
    const relayUrl = `ws://127.0.0.1:${proxy.port}`;
    const ref = refOf(await upload(file, { relayUrl }));
    expect(proxy.cuts()).toBe(2);
    expect(await putCount()).toBeLessThanOrEqual(10 + 1 + 2 * 4);
    proxy.cutAt([2.5 * CHUNK]);
    const got = await download(ref, { relayUrl });
    expect(proxy.cuts()).toBe(3);
    expect(got.done).toEqual(DONE);
    expect(got.offsets).toEqual(Array.from({ length: 10 }, (_, i) => i * CHUNK));
    expect(Buffer.from(got.file).equals(file)).toBe(true);
  });

  it("by a restart of the relay is taken up again; what it had acknowledged is not sent twice", async () => {
    const dataDir = relays.folder();
    const { upload, download, relay } = await relays.start({ dataDir });
    const { port } = relay;
    const file = randomFile(6 * CHUNK);
    let restarted: Awaited<ReturnType<typeof relays.start>> | undefined;
    const meanwhile = async (): Promise<void> => {
      await relay.close();
      restarted = await relays.start({ dataDir, port });
    };
    const ref = refOf(await upload(file, pausing(file, 3 * CHUNK, meanwhile)));
    expect(await restarted?.putCount()).toBe(3 + 1);
    expect((await download(ref)).done).toEqual(DONE);
  });
});

describe("without a relay", () => {
  it("a transfer is offline after its patience", async () => {
    const { upload } = await relays.start();
    expect(await upload(randomFile(10), { relayUrl: "ws://127.0.0.1:1", patienceMs: 300 })).toEqual(
      failed("offline"),
    );
  });

  it("a transfer that had begun is offline after its patience, counted from the cut", async () => {
    const { upload, relay } = await relays.start();
    const file = randomFile(4 * CHUNK);
    const gone = pausing(file, 2 * CHUNK, () => relay.close());
    expect(await upload(file, { ...gone, patienceMs: 300 })).toEqual(failed("offline"));
  });

  it("a line on which nobody answers is left after a minute of silence, and a transfer ends offline", async () => {
    const server = createServer((socket) => socket.on("error", () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    relays.onCleanup(() => server.close());
    const { ports, forward } = movableClock();
    const { upload } = await relays.start();
    // `as`: it listens on a TCP port.
    const { port } = server.address() as AddressInfo;
    const dialled: string[] = [];
    const WebSocket = class extends ports.WebSocket {
      constructor(url: string) {
        super(url);
        dialled.push(url);
      }
    };
    const uploading = upload(randomFile(10), { ...ports, WebSocket, relayUrl: `ws://127.0.0.1:${port}` });
    for (let second = 0; second < 130; second++) {
      forward(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await uploading).toEqual(failed("offline"));
    expect(dialled.length).toBeGreaterThan(1);
  });

  it("a relay that lets in and then says nothing is as good as none", async () => {
    const { upload } = await relays.start();
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await new Promise((resolve) => server.once("listening", resolve));
    relays.onCleanup(() => server.close());
    server.on("connection", (socket) => {
      let heard = 0;
      socket.on("message", () => {
        heard += 1;
        if (heard === 1) socket.send(writeRelayMessage({ type: "challenge", nonce: new Uint8Array(32) }));
        if (heard === 2) socket.send(Uint8Array.of(18));
        if (heard === 3) socket.terminate();
      });
    });
    // `as`: it listens on a TCP port.
    const { port } = server.address() as AddressInfo;
    expect(await upload(randomFile(10), { relayUrl: `ws://127.0.0.1:${port}`, patienceMs: 500 })).toEqual(
      failed("offline"),
    );
  });
});

describe("a relay that does not let in", () => {
  it("for a wrong proof ends the transfer as refused, at once", async () => {
    const { upload, input, keys } = await relays.start();
    const wrong = { ...keys, authSecret: freshKeys().authSecret };
    expect(await upload(randomFile(10), { keys: wrong, patienceMs: 1e9 })).toEqual(failed("refused"));
    const ref = { id: "A".repeat(43), key: "A".repeat(43), sha256: "A".repeat(43), byteLength: 1 };
    expect(await touchBlob({ ...input, keys: wrong, ref })).toEqual(failed("refused"));
  });

  it("because the room has too many sockets is tried again until there is a place", async () => {
    const { upload } = await relays.start({ limits: { maxBlobSocketsPerRoom: 1 } });
    const files = Array.from({ length: 3 }, () => randomFile(CHUNK));
    const uploaded = await Promise.all(files.map((file) => upload(file)));
    expect(uploaded.map(({ ok }) => ok)).toEqual([true, true, true]);
  });
});

describe("cancelling", () => {
  it("before the start sends nothing", async () => {
    const { upload } = await relays.start();
    const dialled: string[] = [];
    const WebSocket = function (url: string): SocketLike {
      dialled.push(url);
      throw new Error("must not be dialled");
    } as unknown as new (url: string) => SocketLike; // `as`: it is never constructed
    expect(await upload(randomFile(10), { signal: AbortSignal.abort(), WebSocket })).toEqual(
      failed("cancelled"),
    );
    expect(dialled).toEqual([]);
  });

  it("ends an upload at once, even while the source hangs, and lets the socket go", async () => {
    const { upload, relay } = await relays.start();
    const controller = new AbortController();
    const file = randomFile(4 * CHUNK);
    const hanging = pausing(file, 2 * CHUNK, () => {
      controller.abort();
      return new Promise(() => {});
    });
    expect(await upload(file, { ...hanging, signal: controller.signal })).toEqual(failed("cancelled"));
    const openSockets = async () => {
      const metrics = await (await fetch(`${relay.url}/metrics`)).text();
      return Number(/open_sockets (\d+)/.exec(metrics)?.[1]);
    };
    await expect.poll(openSockets).toBe(0);
  });

  it("ends a download at once, and nothing is written after", async () => {
    const { upload, download } = await relays.start();
    const ref = refOf(await upload(randomFile(6 * CHUNK)));
    const controller = new AbortController();
    const sink = sinkOf(ref.byteLength);
    const write = async (offset: number, bytes: Uint8Array): Promise<void> => {
      await sink.write(offset, bytes);
      if (offset === 2 * CHUNK) controller.abort();
    };
    const { done } = await download(ref, { sink: { write }, signal: controller.signal });
    expect(done).toEqual(failed("cancelled"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sink.offsets).toEqual([0, CHUNK, 2 * CHUNK]);
  });

  it("of one transfer leaves another alone", async () => {
    const { upload } = await relays.start();
    const controller = new AbortController();
    const file = randomFile(3 * CHUNK);
    const other = upload(file);
    controller.abort();
    expect(await upload(file, { source: sourceOf(file), signal: controller.signal })).toEqual(
      failed("cancelled"),
    );
    expect((await other).ok).toBe(true);
  });
});

import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import {
  AUTH_CLOCK_SKEW_S,
  MAX_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  REFUSAL,
  type RefusalCode,
} from "@deskhand/doc-schema/wire";
import { authenticate, createRoomKeys, dial, join, type RelayClient } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";

const relays = useRelays();

const expectRefused = async (client: RelayClient, code: RefusalCode): Promise<void> => {
  expect(await client.closed).toBe(4400 + REFUSAL[code]);
  expect(client.inbox).toContainEqual({ type: "refused", code });
};

/** The HTTP status with which an upgrade is answered: 101 or a refusal. */
const upgradeStatus = async (url: string, path: string, headers: Record<string, string> = {}) => {
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": randomBytes(16).toString("base64"),
  };
  const outgoing = request(`${url}${path}`, { headers: { ...upgrade, ...headers } }).end();
  return new Promise<number | undefined>((resolve, reject) => {
    outgoing.on("error", reject);
    outgoing.on("response", (response) => resolve(response.resume().statusCode));
    outgoing.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.statusCode);
    });
  });
};

describe("entering a room", () => {
  it("[T8] succeeds with the room's key and tells head, log id and session", async () => {
    const { url } = await relays.start();
    const { live } = await join(url, createRoomKeys());
    expect(live).toMatchObject({ head: 0, session: 1 });
    expect(live.logId).toHaveLength(16);
  });

  it("[T8] is refused to the key of another room", async () => {
    const { url } = await relays.start();
    const room = { ...createRoomKeys(), roomId: createRoomKeys().roomId };
    const client = await dial(url);
    await authenticate(client, url, room);
    await expectRefused(client, "bad-auth");
  });

  it("[T8] is refused to a forged signature", async () => {
    const { url } = await relays.start();
    const room = { ...createRoomKeys(), privateKey: createRoomKeys().privateKey };
    const client = await dial(url);
    await authenticate(client, url, room);
    await expectRefused(client, "bad-auth");
  });

  it("[T9] is refused to an AUTH that was seen on another socket", async () => {
    const { url } = await relays.start();
    const room = createRoomKeys();
    const first = await dial(url);
    const auth = await authenticate(first, url, room);
    await first.next("live");
    const second = await dial(url);
    second.send({ type: "hello", roomId: room.roomId, nonce: randomBytes(32) });
    await second.next("challenge");
    second.sendBytes(auth);
    await expectRefused(second, "bad-auth");
  });

  it("[T9] is refused to a second AUTH on the same socket", async () => {
    const { url } = await relays.start();
    const client = await dial(url);
    const auth = await authenticate(client, url, createRoomKeys());
    await client.next("live");
    client.sendBytes(auth);
    await expectRefused(client, "bad-message");
  });

  it("[T9] is refused when the client dialled another relay", async () => {
    const { url } = await relays.start();
    const client = await dial(url);
    await authenticate(client, url, createRoomKeys(), { forge: { origin: "wss://evil.example" } });
    await expectRefused(client, "bad-auth");
  });

  it("[T9] believes the Host header when no public origin is configured, under either scheme", async () => {
    const { url } = await relays.start();
    const options = { headers: { host: "Relay.example" }, forge: { origin: "wss://relay.example" } };
    expect((await join(url, createRoomKeys(), options)).live.session).toBe(1);
  });

  it("[T9] does not believe the Host header when a public origin is configured", async () => {
    const { url } = await relays.start({ publicOrigins: ["wss://relay.example"] });
    const client = await dial(url, { headers: { host: "evil.example" } });
    await authenticate(client, url, createRoomKeys(), { forge: { origin: "wss://evil.example" } });
    await expectRefused(client, "bad-auth");
  });

  it("[T9] accepts the configured public origin, and this machine's own address beside it", async () => {
    const { url, port } = await relays.start({ publicOrigins: ["wss://relay.example"] });
    for (const origin of ["wss://relay.example", `ws://127.0.0.1:${port}`, `ws://localhost:${port}`]) {
      const { live } = await join(url, createRoomKeys(), { forge: { origin } });
      expect(live.head).toBe(0);
    }
  });

  it.each([-1, 1])("[T9] is refused when the client's clock is far off (%i)", async (sign) => {
    const { url } = await relays.start();
    const time = Math.floor(Date.now() / 1000) + sign * (AUTH_CLOCK_SKEW_S + 60);
    const client = await dial(url);
    await authenticate(client, url, createRoomKeys(), { forge: { time } });
    await expectRefused(client, "bad-auth");
  });

  it("[T14] is refused to a socket that says nothing", async () => {
    const { url } = await relays.start({ limits: { authTimeoutMs: 20 } });
    await expectRefused(await dial(url), "auth-timeout");
  });

  it("[T14] is refused to a socket that says HELLO and no more", async () => {
    const { url } = await relays.start({ limits: { authTimeoutMs: 50 } });
    const client = await dial(url);
    client.send({ type: "hello", roomId: randomBytes(16), nonce: randomBytes(32) });
    await expectRefused(client, "auth-timeout");
  });

  it("[T14] is refused when the room is full, until someone leaves", async () => {
    const { url } = await relays.start({ limits: { maxMembersPerRoom: 2 } });
    const room = createRoomKeys();
    const first = await join(url, room);
    const second = await join(url, room);
    const third = await dial(url);
    await authenticate(third, url, room);
    await expectRefused(third, "room-full");
    await second.client.close();
    await first.client.next("left");
    expect((await join(url, room)).live.session).toBe(3);
  });
});

describe("malformed and hostile bytes", () => {
  const badVersion = Buffer.concat([Buffer.of(1, 99), randomBytes(48)]);
  it.each<[string, Uint8Array | string, RefusalCode]>([
    ["another version", badVersion, "bad-version"],
    ["nothing", new Uint8Array(0), "bad-message"],
    ["an unknown type", Uint8Array.of(200), "bad-message"],
    ["a short HELLO", Uint8Array.of(1, PROTOCOL_VERSION, 7), "bad-message"],
    ["a text message", "hello", "bad-message"],
    ["a relay's message", Uint8Array.of(5, 0), "bad-message"],
    [
      "AUTH before HELLO",
      Buffer.concat([Buffer.of(3), randomBytes(32), Buffer.of(0, 0), randomBytes(64)]),
      "bad-message",
    ],
    ["PING before AUTH", Uint8Array.of(11), "bad-message"],
    ["an endless varint", Buffer.concat([Buffer.of(6), Buffer.alloc(20, 0xff)]), "bad-message"],
  ])("[T16] %s before AUTH ends that socket and no other", async (_name, bytes, code) => {
    const { url } = await relays.start();
    const bystander = await join(url, createRoomKeys());
    const client = await dial(url);
    client.sendBytes(bytes);
    await expectRefused(client, code);
    await bystander.client.settled();
  });

  it("[T16] random messages, before AUTH or after, end their sockets and no other", async () => {
    const seed = process.env["SEED"] ?? randomBytes(8).toString("hex");
    console.log(`SEED=${seed}`);
    const noise = (...round: readonly number[]): Uint8Array => {
      const hash = createHash("sha256").update(`${seed} ${round.join()}`).digest();
      return hash.subarray(0, 1 + ((hash[31] ?? 0) % 31));
    };
    const { url } = await relays.start();
    const bystander = await join(url, createRoomKeys());
    for (let round = 0; round < 200; round++) {
      const client = round % 2 === 0 ? await dial(url) : (await join(url, createRoomKeys())).client;
      for (let i = 0; i < 20; i++) client.sendBytes(noise(round, i));
      expect(await client.closed).toBeGreaterThan(4400);
    }
    await bystander.client.settled();
  });

  it("[T16] garbage over raw TCP, before and after an upgrade, ends that connection and no other", async () => {
    const { url, port } = await relays.start();
    const bystander = await join(url, createRoomKeys());
    const raw = connect(port, "127.0.0.1", () => raw.write(randomBytes(4096)));
    raw.on("error", () => raw.destroy()).resume();
    await once(raw, "close");
    const client = await dial(url);
    // The bytes behind the WebSocket: an invalid opcode, then noise.
    const tcp: unknown = Reflect.get(client.socket, "_socket");
    if (!(tcp instanceof Object) || !("write" in tcp) || typeof tcp.write !== "function")
      throw new Error("no TCP");
    tcp.write(Buffer.concat([Buffer.of(0xff, 0xff), randomBytes(500)]));
    expect(await client.closed).not.toBe(1000);
    await bystander.client.settled();
  });

  it("[T12] a message over the limit closes its socket with 1009", async () => {
    const { url } = await relays.start();
    const { client } = await join(url, createRoomKeys());
    client.sendBytes(new Uint8Array(MAX_MESSAGE_BYTES + 1));
    expect(await client.closed).toBe(1009);
  });

  it("[T12] does not agree to compression", async () => {
    const { url } = await relays.start();
    const client = await dial(url, { perMessageDeflate: true });
    expect(client.socket.extensions).toBe("");
  });
});

describe("before the upgrade", () => {
  it("[T10] a foreign web page gets 403", async () => {
    const { url } = await relays.start({ allowOrigins: ["https://app.example"] });
    for (const origin of [
      "https://evil.example",
      "null",
      "https://app.example.evil.example",
      "https://app.example:81",
    ]) {
      expect(await upgradeStatus(url, "/sync", { origin })).toBe(403);
    }
  });

  it("[T10] the relay's own pages, listed origins and programs get a WebSocket", async () => {
    const { url } = await relays.start({
      allowOrigins: ["https://app.example", "capacitor://localhost"],
      publicOrigins: ["wss://relay.example"],
    });
    for (const origin of [url, "https://app.example", "capacitor://localhost", "https://relay.example"]) {
      expect(await upgradeStatus(url, "/sync", { origin })).toBe(101);
    }
    expect(await upgradeStatus(url, "/sync")).toBe(101);
  });

  it("[T11] only /sync, bare or with digits of a room, is a WebSocket", async () => {
    const { url } = await relays.start();
    const hex = randomBytes(16).toString("hex");
    for (const path of ["/sync", "/sync/", `/sync/${hex}`, `/sync/${hex}?x=1`]) {
      expect(await upgradeStatus(url, path)).toBe(101);
    }
    for (const path of [
      "/",
      "/synchronise",
      "/sync/../x",
      "/sync/ABC",
      `/sync/${hex}0`,
      "/sync/my-room",
      `/sync/${hex}/x`,
    ]) {
      expect(await upgradeStatus(url, path)).toBe(404);
    }
  });

  it("[T14] one address may have only so many unproven sockets, and proven ones do not count", async () => {
    const { url } = await relays.start({ limits: { maxUnprovenPerAddress: 2 } });
    await join(url, createRoomKeys());
    const first = await dial(url);
    await dial(url);
    expect(await upgradeStatus(url, "/sync")).toBe(429);
    await first.close();
    expect(await upgradeStatus(url, "/sync")).toBe(101);
  });
});

/** Rooms that nginx spreads over relays by nothing but the address: the example nginx-shards.conf, run. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { example, fill, freePort, get, makeCertificate } from "./proxy-fixture.ts";
import {
  createRoomKeys,
  dial,
  frameOf,
  join,
  pathOf,
  received,
  type JoinOptions,
  type RoomKeys,
} from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";

const relays = useRelays();

const startBehindNginx = async () => {
  const folder = relays.folder();
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const started = await Promise.all(
    [1, 2, 3].map(() => relays.start({ publicOrigins: [url.replace("https", "wss")], trustedProxies: 1 })),
  );
  const { certFile, keyFile } = makeCertificate(folder);
  const config = path.join(folder, "nginx.conf");
  const filled = fill(example("nginx-shards.conf"), {
    "listen 443 ssl http2": `listen 127.0.0.1:${port} ssl http2`,
    "/etc/ssl/relay.example.com.pem": certFile,
    "/etc/ssl/relay.example.com.key": keyFile,
    ...Object.fromEntries(started.map((relay, at) => [`10.0.0.1${at + 1}:8787`, `127.0.0.1:${relay.port}`])),
  });
  const status = (): Promise<number> =>
    get(`${url}/healthz`).then(
      (answer) => answer.status,
      () => 0,
    );
  /** @returns what ends it */
  const startNginx = async (text: string): Promise<() => Promise<unknown>> => {
    writeFileSync(config, text);
    const words = ["-c", config, "-e", "stderr", "-g", `daemon off; pid ${folder}/nginx.pid;`];
    const nginx = spawn("nginx", words, { stdio: "ignore" });
    const ended = new Promise((resolve) => nginx.once("close", resolve));
    const stop = (): Promise<unknown> => {
      nginx.kill("SIGTERM");
      return ended;
    };
    relays.onCleanup(stop);
    await expect.poll(status, { timeout: 30_000 }).toBe(200);
    return stop;
  };
  const stopNginx = await startNginx(filled);
  /** Without the relay. Begun anew and not reloaded: then workers of before go on for a moment. */
  const takeOut = async (relay: (typeof started)[number]): Promise<void> => {
    await stopNginx();
    const line = new RegExp(`^ *server 127.0.0.1:${relay.port}[^\n]*\n`, "gm");
    await startNginx(filled.replaceAll(line, ""));
  };
  /** Which relay serves a room: the one that has, by its own port, the log that is seen through nginx. */
  const placeOf = async (room: RoomKeys): Promise<number> => {
    const seen = await logOf(url, room);
    for (const [at, relay] of started.entries()) {
      const direct = { forge: { origin: url.replace("https", "wss") } };
      if ((await logOf(relay.url, room, direct)) === seen) return at;
    }
    throw new Error("no relay has this log");
  };
  return { url, started, takeOut, placeOf };
};

const OPTIONS = { socket: { rejectUnauthorized: false } };

/** The id of a room's log, in hex: every relay makes one of its own. */
const logOf = async (url: string, room: RoomKeys, options: JoinOptions = OPTIONS): Promise<string> => {
  const { client, live } = await join(url, room, options);
  await client.close();
  return Buffer.from(live.logId).toString("hex");
};

it("spreads rooms over relays, and everybody of a room meets at one", async () => {
  const { url, started, takeOut, placeOf } = await startBehindNginx();
  const rooms = Array.from({ length: 48 }, () => createRoomKeys());
  for (const room of rooms.slice(0, 6)) {
    const [a, b] = [await join(url, room, OPTIONS), await join(url, room, OPTIONS)];
    await a.client.append(frameOf(room, "hello"));
    await b.client.next("frame");
    expect(received((await join(url, room, OPTIONS)).client)).toEqual(["1:hello"]);
  }

  const places = new Map<RoomKeys, number>();
  for (const room of rooms) places.set(room, await placeOf(room));
  expect(new Set(places.values())).toEqual(new Set([0, 1, 2]));

  const [first] = started;
  if (first === undefined) throw new Error("no relay was started");
  await takeOut(first);
  const moved: RoomKeys[] = [];
  for (const room of rooms) if ((await placeOf(room)) !== places.get(room)) moved.push(room);
  expect(moved).toEqual(rooms.filter((room) => places.get(room) === 0));
});

it("sends nobody to another relay while a room's own is down", async () => {
  const { url, started } = await startBehindNginx();
  const rooms = Array.from({ length: 24 }, () => createRoomKeys());
  const before = new Map<RoomKeys, string>();
  for (const room of rooms) before.set(room, await logOf(url, room));
  await started[0]?.close();
  const answers = await Promise.all(
    rooms.map((room) =>
      logOf(url, room).then(
        (log) => (log === before.get(room) ? "its own" : "another"),
        (error: Error) => error.message,
      ),
    ),
  );
  expect(answers).not.toContain("another");
  expect(answers.filter((answer) => answer.includes("502")).length).toBeGreaterThan(0);
  expect(answers.filter((answer) => answer === "its own").length).toBeGreaterThan(0);
});

it("[T14] refuses a room whose address says another: a quota is not multiplied by dialling other relays", async () => {
  const { url } = await relays.start();
  const room = createRoomKeys();
  const own = pathOf(room);
  const other = own.endsWith("0") ? own.replace(/0$/, "1") : own.replace(/.$/, "0");
  const stranger = await dial(url, {}, other);
  stranger.send({ type: "hello", roomId: room.roomId, nonce: new Uint8Array(32) });
  await stranger.closed;
  expect(stranger.inbox).toContainEqual({ type: "refused", code: "wrong-room" });
  const whole = await dial(url, {}, `/sync/${Buffer.from(room.roomId).toString("hex")}`);
  whole.send({ type: "hello", roomId: room.roomId, nonce: new Uint8Array(32) });
  expect((await whole.next("challenge")).nonce).toHaveLength(32);
  await whole.close();
});

import { describe, expect, it } from "vitest";
import { REFUSAL } from "@deskhand/doc-schema/wire";
import { bodyOf, createRoomKeys, frameOf, join, type RelayClient } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";
import { spawnRelay, type RelayProcess } from "./relay-process.ts";

const relays = useRelays();

const spawn = (dataDir: string): RelayProcess => {
  const relay = spawnRelay(["--port", "0", "--data", dataDir, "--web", dataDir]);
  relays.onCleanup(async () => {
    relay.kill("SIGKILL");
    await relay.exited;
  });
  return relay;
};

const bodiesBySeq = (client: RelayClient): ReadonlyMap<number, string> =>
  new Map(
    client.inbox.flatMap((message) =>
      message.type === "frame" ? [[message.seq, bodyOf(message.frame)] as const] : [],
    ),
  );

describe("what was acknowledged", () => {
  it("is there under the same log id when the relay is started again", async () => {
    const dataDir = relays.folder();
    const room = createRoomKeys();
    const first = await relays.start({ dataDir });
    const before = await join(first.url, room);
    await before.client.append(frameOf(room, "kept"));
    await first.close();
    const second = await relays.start({ dataDir });
    const after = await join(second.url, room);
    expect(bodiesBySeq(after.client)).toEqual(new Map([[1, "kept"]]));
    expect(after.live.head).toBe(1);
    expect(after.live.logId).toEqual(before.live.logId);
  });

  it("a relay that lost its disk has another log id", async () => {
    const room = createRoomKeys();
    const [first, second] = [await relays.start(), await relays.start()];
    const [a, b] = [await join(first.url, room), await join(second.url, room)];
    expect(a.live.logId).not.toEqual(b.live.logId);
  });

  it("survives kill -9 in the middle of writing, each frame under its number", async () => {
    const dataDir = relays.folder();
    const room = createRoomKeys();
    const acked = new Map<number, string>();
    for (let round = 0; round < 3; round++) {
      const relay = spawn(dataDir);
      const { client } = await join(await relay.url, room);
      const body = (clientSeq: number): string => `round ${round} frame ${clientSeq}`;
      const note = ({ clientSeq, seq }: { clientSeq: number; seq: number }) =>
        acked.set(seq, body(clientSeq));
      for (let clientSeq = 1; clientSeq <= 180; clientSeq++) {
        client.send({ type: "append", clientSeq, frame: frameOf(room, body(clientSeq)) });
        if (clientSeq > 100) note(await client.next("ack"));
      }
      relay.kill("SIGKILL");
      await client.closed;
      for (const message of client.inbox) if (message.type === "ack") note(message);
    }
    const { client } = await join(await spawn(dataDir).url, room);
    const stored = bodiesBySeq(client);
    expect(acked.size).toBeGreaterThan(100);
    for (const [seq, body] of acked) expect(stored.get(seq)).toBe(body);
    expect([...stored.keys()]).toEqual(Array.from(stored, (_, i) => i + 1));
  });
});

describe("the relay as a program", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "on %s tells every socket, keeps what was sent before, and exits with 0",
    async (signal) => {
      const dataDir = relays.folder();
      const room = createRoomKeys();
      const relay = spawn(dataDir);
      const url = await relay.url;
      const { client } = await join(url, room);
      await client.append(frameOf(room, "kept"));
      relay.kill(signal);
      expect(await client.next("refused")).toEqual({ type: "refused", code: "shutting-down" });
      expect(await client.closed).toBe(4400 + REFUSAL["shutting-down"]);
      const { code, stdout } = await relay.exited;
      expect(code).toBe(0);
      expect(stdout).toBe(`relay listening on ${url}\n`);
      const again = await relays.start({ dataDir });
      expect(bodiesBySeq((await join(again.url, room)).client)).toEqual(new Map([[1, "kept"]]));
    },
  );

  it("[T18] logs JSON lines that name no address, no room and no content", async () => {
    const relay = spawn(relays.folder());
    const room = createRoomKeys();
    const { client } = await join(await relay.url, room);
    await client.append(frameOf(room, "canary-content"));
    client.sendBytes("canary-garbage");
    await client.closed;
    const metrics = await (await fetch(`${await relay.url}/metrics`)).text();
    relay.kill("SIGTERM");
    const { stderr } = await relay.exited;
    const events = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).event);
    expect(events).toEqual(["web-app-missing", "stopping", "stopped"]);
    const hex = Buffer.from(room.roomId).toString("hex");
    for (const secret of ["canary", hex, "127.0.0.1", Buffer.from(room.roomId).toString("base64")]) {
      expect(stderr).not.toContain(secret);
      expect(metrics).not.toContain(secret);
    }
    expect(metrics).toContain("deskhand_relay_appends_total 1\n");
    expect(metrics).toContain('deskhand_relay_refusals_total{code="bad-message"} 1\n');
  });

  it("the caller of close waits until the sockets are gone, also when a client does not answer", async () => {
    const relay = await relays.start({ limits: { closeGraceMs: 20 } });
    const { client } = await join(relay.url, createRoomKeys());
    client.socket.pause();
    await Promise.all([relay.close(), relay.close()]);
    await expect(fetch(`${relay.url}/healthz`)).rejects.toThrow("fetch failed");
  });
});

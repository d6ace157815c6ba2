/** Backup while the relay runs, the way back, and what both refuse: with the relay's own commands. */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openBlobs } from "./blob-client.ts";
import { chunkOf } from "./blob-store-suite.ts";
import { appendAll, compact, createRoomKeys, frameOf, join, received } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";
import { spawnRelay } from "./relay-process.ts";

const relays = useRelays();
const MAIN = fileURLToPath(new URL("../../../sync-server/src/main.ts", import.meta.url));

const command = async (...args: readonly string[]) => {
  const child = spawn(process.execPath, [MAIN, ...args]);
  const code = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, said: (stdout + stderr).trimEnd() };
};

const start = async (dataDir: string) => {
  const relay = spawnRelay(["--port", "0", "--data", dataDir, "--web", dataDir]);
  relays.onCleanup(async () => {
    relay.kill("SIGKILL");
    await relay.exited;
  });
  return { relay, url: await relay.url };
};

/** A relay with two rooms, one of them compacted, and two chunks. */
const startWithContent = async () => {
  const dataDir = relays.folder();
  const { relay, url } = await start(dataDir);
  const [long, short, chunk] = [createRoomKeys(), createRoomKeys(), chunkOf(30_000)];
  const { client, live } = await join(url, long);
  await appendAll(client, long, ["a", "b", "c"]);
  compact(client, long, 2, "ab");
  await client.next("ack");
  const other = await join(url, short);
  await appendAll(other.client, short, ["x"]);
  const blobs = await openBlobs(url, long);
  await blobs.ask({ type: "put", request: 1, ...chunk });
  await blobs.ask({ type: "put", request: 2, ...chunkOf(1_000) });
  return { dataDir, relay, url, client, live, rooms: { long, short }, chunk };
};

const SAID = "2 rooms, 2 frames, 2 chunks, 31000 chunkBytes";

describe("a backup", () => {
  it("of a running relay is whole while devices write, and is restored under other log ids", async () => {
    const { dataDir, relay, url, client, live, rooms, chunk } = await startWithContent();
    const target = path.join(relays.folder(), "backup");
    const write = { isOver: false };
    const written = (async () => {
      const busy = createRoomKeys();
      const { client: writer } = await join(url, busy);
      for (let i = 0; !write.isOver && i < 150; i++) await writer.append(frameOf(busy, `more ${i}`));
    })();
    const taken = await command("backup", target, "--data", dataDir);
    write.isOver = true;
    await written;
    expect(taken.said).toMatch(/^backup: \d+ rooms, \d+ frames, 2 chunks, 31000 chunkBytes$/);
    expect(taken.code).toBe(0);
    await client.append(frameOf(rooms.long, "after the backup"));
    relay.kill("SIGKILL");
    await relay.exited;

    const restored = path.join(relays.folder(), "restored");
    expect((await command("restore", target, "--data", restored)).said).toBe(
      taken.said.replace("backup", "restore"),
    );
    const again = await start(restored);
    const back = await join(again.url, rooms.long);
    expect(received(back.client)).toEqual(["2=ab", "3:c"]);
    expect(back.live.head).toBe(3);
    expect(back.live.logId).not.toEqual(live.logId);
    expect(received((await join(again.url, rooms.short)).client)).toEqual(["1:x"]);
    const blobs = await openBlobs(again.url, rooms.long);
    expect(await blobs.ask({ type: "get", request: 1, id: chunk.id })).toMatchObject({ bytes: chunk.bytes });
  });

  it("of a relay that was killed holds all that it acknowledged", async () => {
    const { dataDir, relay } = await startWithContent();
    relay.kill("SIGKILL");
    await relay.exited;
    const target = path.join(relays.folder(), "backup");
    expect(await command("backup", target, "--data", dataDir)).toEqual({ code: 0, said: `backup: ${SAID}` });
  });

  it("is refused into a folder that is there, and of a folder without a relay", async () => {
    const [folder, empty] = [relays.folder(), relays.folder()];
    const { dataDir } = await startWithContent();
    expect(await command("backup", folder, "--data", dataDir)).toEqual({
      code: 1,
      said: `${folder} is there already; a backup makes its own folder.`,
    });
    expect(await command("backup", path.join(folder, "new"), "--data", empty)).toEqual({
      code: 1,
      said: `There is no relay in ${empty}.`,
    });
  });
});

describe("restoring", () => {
  const backUp = async () => {
    const { dataDir, relay } = await startWithContent();
    relay.kill("SIGTERM");
    await relay.exited;
    const target = path.join(relays.folder(), "backup");
    expect((await command("backup", target, "--data", dataDir)).code).toBe(0);
    return { dataDir, target, fresh: path.join(relays.folder(), "fresh") };
  };

  it("overwrites nothing", async () => {
    const { dataDir, target } = await backUp();
    expect(await command("restore", target, "--data", dataDir)).toEqual({
      code: 1,
      said: `${dataDir} holds a relay already; restoring overwrites nothing.`,
    });
  });

  it("refuses a backup that was not finished", async () => {
    const { target, fresh } = await backUp();
    rmSync(path.join(target, "backup.json"));
    expect((await command("restore", target, "--data", fresh)).said).toBe(
      `${target} is not a finished backup.`,
    );
  });

  it("refuses a database that has changed since, and leaves none behind", async () => {
    const { target, fresh } = await backUp();
    appendFileSync(path.join(target, "relay.db"), "x");
    expect((await command("restore", target, "--data", fresh)).said).toBe(
      `The database in ${target} is not the one that was backed up.`,
    );
    expect(existsSync(path.join(fresh, "relay.db"))).toBe(false);
  });

  it("refuses a backup that lacks chunks", async () => {
    const { target, fresh } = await backUp();
    const [room = ""] = readdirSync(path.join(target, "blobs"));
    rmSync(path.join(target, "blobs", room), { recursive: true });
    mkdirSync(path.join(target, "blobs", room));
    expect(await command("restore", target, "--data", fresh)).toEqual({
      code: 1,
      said: `${target} lacks some of its chunks, chunkBytes.`,
    });
  });
});

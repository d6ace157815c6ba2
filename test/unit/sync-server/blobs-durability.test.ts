/** What only a process can show of blobs: kill -9 in the middle of its writes, and its flags. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BLOB_REQUESTS_IN_FLIGHT } from "@deskhand/doc-schema/wire";
import { openBlobs } from "./blob-client.ts";
import { chunkOf } from "./blob-store-suite.ts";
import { createRoomKeys } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";
import { spawnRelay } from "./relay-process.ts";

const relays = useRelays();
const KILLS = 6;

it("[R1] every chunk that was said to be stored survives kill -9 whole, and nothing half-written stays", async () => {
  const dataDir = relays.folder();
  const room = createRoomKeys();
  const stored: ReturnType<typeof chunkOf>[] = [];
  for (let round = 0; round < KILLS; round++) {
    const relay = spawnRelay(["--port", "0", "--data", dataDir]);
    relays.onCleanup(() => relay.kill("SIGKILL"));
    const url = await relay.url;
    expect(readdirSync(join(dataDir, "blobs", "tmp"))).toEqual([]);
    const client = await openBlobs(url, room);
    for (const [request, { id, bytes }] of stored.entries()) {
      expect(await client.ask({ type: "get", request, id })).toEqual({ type: "chunk", request, bytes });
    }
    const sent = Array.from({ length: 12 + BLOB_REQUESTS_IN_FLIGHT }, () => chunkOf(200_000 + round));
    for (const [request, chunk] of sent.entries()) client.send({ type: "put", request, ...chunk });
    for (const chunk of sent.slice(0, 4 + round)) {
      expect(await client.next()).toMatchObject({ type: "stored" });
      stored.push(chunk);
    }
    relay.kill("SIGKILL");
    await relay.exited;
  }
  expect(stored.length).toBeGreaterThan(4 * KILLS);
});

it("[T15] the flags set quota and expiry", async () => {
  const dataDir = relays.folder();
  const relay = spawnRelay(["--port", "0", "--data", dataDir, "--blob-quota", "1", "--blob-days", "1"]);
  relays.onCleanup(() => relay.kill("SIGKILL"));
  const client = await openBlobs(await relay.url, createRoomKeys());
  const answers = [];
  for (let request = 0; request < 3; request++) {
    answers.push((await client.ask({ type: "put", request, ...chunkOf(500_000) })).type);
  }
  expect(answers).toEqual(["stored", "stored", "denied"]);
  relay.kill("SIGTERM");
  expect((await relay.exited).code).toBe(0);
});

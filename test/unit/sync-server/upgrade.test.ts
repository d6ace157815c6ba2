/** What an operator does with a relay of the first version: start the new one on its data, back up, restore. */
import { spawnSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ROOM_ID_BYTES, ROOM_ID_CONTEXT } from "@deskhand/doc-schema/wire";
import { FIRST_RELAY_ROOMS, firstRelayDatabase } from "../../fixtures/relay-database-v1.ts";
import { frameOf, join, received, type RoomKeys } from "./relay-client.ts";
import { useRelays } from "./relay-fixture.ts";
import { spawnRelay } from "./relay-process.ts";

const relays = useRelays();
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** PKCS #8 of an Ed25519 key, before its 32 bytes (RFC 8410). */
const ED25519_PKCS8 = "302e020100300506032b657004220420";

const roomOf = (seed: string): RoomKeys => {
  const der = Buffer.from(ED25519_PKCS8 + seed, "hex");
  const privateKey = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const authKey = createPublicKey(privateKey).export({ type: "spki", format: "der" }).subarray(-32);
  const hash = createHash("sha256").update(ROOM_ID_CONTEXT).update(authKey).digest();
  return { privateKey, authKey, roomId: hash.subarray(0, ROOM_ID_BYTES) };
};

const start = async (dataDir: string) => {
  const relay = spawnRelay(["--port", "0", "--data", dataDir, "--web", dataDir]);
  relays.onCleanup(async () => {
    relay.kill("SIGKILL");
    await relay.exited;
  });
  return { relay, url: await relay.url };
};

const order = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync("npm", ["run", "-s", "relay", "--", ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, said: (stdout + stderr).trimEnd() };
};

it("[R31] a relay of the first version: help, start on its data, backup, restore", async () => {
  expect(order("--help")).toMatchObject({ status: 0, said: expect.stringContaining("--data <folder>") });
  const dataDir = relays.folder();
  writeFileSync(path.join(dataDir, "relay.db"), firstRelayDatabase());
  const { relay, url } = await start(dataDir);
  const rooms = {
    whole: roomOf(FIRST_RELAY_ROOMS.whole.seed),
    compacted: roomOf(FIRST_RELAY_ROOMS.compacted.seed),
  };
  const whole = await join(url, rooms.whole);
  expect(received(whole.client)).toEqual(["1:first", "2:second", "3:third"]);
  expect(Buffer.from(whole.live.logId).toString("hex")).toBe(FIRST_RELAY_ROOMS.whole.logId);
  const compacted = await join(url, rooms.compacted);
  expect(received(compacted.client)).toEqual(["2=first and second", "3:third"]);
  expect((await compacted.client.append(frameOf(rooms.compacted, "fourth"))).seq).toBe(4);

  const backup = path.join(relays.folder(), "backup");
  const figures = "2 rooms, 5 frames, 0 chunks, 0 chunkBytes";
  expect(order("backup", backup, "--data", dataDir)).toEqual({ status: 0, said: `backup: ${figures}` });
  relay.kill("SIGTERM");
  expect((await relay.exited).code).toBe(0);
  const restored = path.join(relays.folder(), "restored");
  expect(order("restore", backup, "--data", restored)).toEqual({ status: 0, said: `restore: ${figures}` });
  const again = await start(restored);
  expect(received((await join(again.url, rooms.compacted)).client)).toEqual([
    "2=first and second",
    "3:third",
    "4:fourth",
  ]);
});

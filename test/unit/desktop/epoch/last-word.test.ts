/** What a phone that was away can know: the desktop's last word, and a document without old weight. */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createEpochKeys, deviceIdOf, redact } from "@deskhand/doc-schema/crypto";
import { readMeta } from "@deskhand/doc-schema/document";
import { connectRoom, readPeers } from "@deskhand/doc-schema/sync";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import { isHeavy } from "../../../../desktop/src/executor/epoch/weight.ts";
import { nodeSyncPorts } from "../../../../desktop/src/host/sync-ports.ts";
import { endAllChildren, startChild, type Child } from "../../../journeys/support/child.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../../journeys/support/files.ts";
import { createBench, until, type Bench } from "../executor/bench.ts";
import { createTestRelay, isLive, joinAsPhone, type TestRelay } from "./relay-bench.ts";

const cleanups: (() => unknown)[] = [];
let relay: TestRelay;
beforeEach(async () => {
  relay = await createTestRelay();
  cleanups.push(relay.remove);
});
afterEach(async () => {
  await endAllChildren();
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
afterAll(removeTemporaryFolders);
const openBench = async (): Promise<Bench> => {
  const bench = await createBench(() => ({ content: [{ type: "text", text: "Done." }] }));
  cleanups.push(bench.remove);
  return bench;
};

describe("the last word", () => {
  test("asleep: a phone that was away at that moment reads it, and since when; then awake again", async () => {
    const bench = await openBench();
    const executor = await bench.open({ clock: systemClock, relayUrls: [relay.url] });
    await isLive(executor, relay.url);
    const before = Date.now();
    executor.announce("asleep");
    await until(() => executor.relays.link(relay.url).status().pending === 0);
    const { rootKey, workspace } = executor;
    const phone = joinAsPhone(executor, bench.phone, relay.url, { rootKey, epoch: workspace.epoch });
    cleanups.push(phone.close);
    await until(() => readMeta(phone.doc)?.lastSeen?.power === "asleep");
    expect(readMeta(phone.doc)?.lastSeen?.at).toBeGreaterThanOrEqual(before);
    await until(() => readPeers(phone.room.awareness).some(({ power }) => power === "asleep"));
    executor.announce("awake");
    await until(() => readMeta(phone.doc)?.lastSeen?.power === "awake");
  });

  const start = async (home: string): Promise<Child> => {
    const child = startChild("desktop/src/headless.ts", ["--data", home, "--relay", relay.url], {
      DESKHAND_LOG: "json",
      DESKHAND_PASSPHRASE: "",
      DESKHAND_FOLDERS: "",
      ANTHROPIC_API_KEY: "",
    });
    await child.line(/"phase":"live"/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return child;
  };
  /** As a phone that comes after it ended. */
  const lastSeenOf = async (home: string): Promise<string | undefined> => {
    const rootKey = redact(
      "root-key",
      Uint8Array.from(readFileSync(path.join(home, "keys/root-key.secret"))),
    );
    const doc = new Y.Doc();
    const room = connectRoom({
      ...nodeSyncPorts,
      doc,
      keys: createEpochKeys(rootKey, 1),
      deviceId: deviceIdOf(randomBytes(32)),
      relayUrl: relay.url,
    });
    await until(() => room.status().phase === "live" && readMeta(doc));
    room.destroy();
    return readMeta(doc)?.lastSeen?.power;
  };

  test("quit: it is at the relay before the process ends; killed, nothing is claimed", async () => {
    const [ended, killed] = [temporaryFolder("ended"), temporaryFolder("killed")];
    expect(await (await start(ended)).end("SIGTERM")).toBe(0);
    expect(await lastSeenOf(ended)).toBe("quit");
    expect(await (await start(killed)).end("SIGKILL")).toBe("SIGKILL");
    expect(await lastSeenOf(killed)).toBe("awake");
  });
});

describe("a document that has grown heavy", () => {
  const WEEK_MS = 7 * 24 * 3600 * 1000;
  /** Many short lives that each change one thing: what Yjs remembers, and nothing to read. */
  const burden = (doc: Y.Doc): void => {
    for (let n = 0; n < 300; n++) {
      const other = new Y.Doc();
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
      other.getMap("marks").set("x", n);
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(other, Y.encodeStateVector(doc)));
      other.destroy();
    }
  };

  test("is one whose past weighs more than what there is to read", () => {
    const doc = new Y.Doc();
    doc.getMap("marks").set("long", "y".repeat(4_000));
    expect(isHeavy(doc, 1_000)).toBe(false);
    burden(doc);
    expect(isHeavy(doc, 1_000)).toBe(true);
    expect(isHeavy(doc)).toBe(false); // small enough for nobody to notice
  });

  test("is renewed by itself, but no epoch lasts less than a week", async () => {
    const bench = await openBench();
    const executor = await bench.open({ heavyBytes: 100 });
    burden(executor.doc);
    const before = Y.encodeStateAsUpdate(executor.doc).length;
    bench.clock.advance(WEEK_MS / 2);
    expect(executor.workspace.epoch).toBe(1);
    bench.clock.advance(WEEK_MS);
    await until(() => executor.workspace.epoch === 2);
    expect(Y.encodeStateAsUpdate(executor.doc).length).toBeLessThan(before / 2);
    expect(executor.auditRows().at(-1)).toMatchObject({ kind: "epoch", outcome: "heavy" });
  });
});

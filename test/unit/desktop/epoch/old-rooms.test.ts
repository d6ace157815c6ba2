import { rmSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createEpochKeys, type RootKey } from "@deskhand/doc-schema/crypto";
import { appendRecords, readMeta, readRuns, readTasks, unsentRecords } from "@deskhand/doc-schema/document";
import { connectRoom } from "@deskhand/doc-schema/sync";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { nodeSyncPorts } from "../../../../desktop/src/host/sync-ports.ts";
import { deviceKeys, until, type Bench } from "../executor/bench.ts";
import {
  createTestRelay,
  useStage,
  hasTask,
  isLive,
  joinAsPhone,
  type TestPhone,
  type TestRelay,
} from "./relay-bench.ts";

const tablet = deviceKeys(2);
const stage = useStage();
let bench: Bench;
let relay: TestRelay;
beforeEach(() => {
  ({ bench, relay } = stage);
});

const open = (...urls: readonly string[]): Promise<Executor> =>
  bench.open({ clock: systemClock, relayUrls: urls });
const join = (...args: Parameters<typeof joinAsPhone>): TestPhone => {
  const phone = joinAsPhone(...args);
  stage.cleanUp(phone.close);
  return phone;
};
const placeOf = ({ rootKey, workspace }: Executor): { rootKey: RootKey; epoch: number } => ({
  rootKey,
  epoch: workspace.epoch,
});
const nextPlace = async (phone: TestPhone): Promise<{ rootKey: RootKey; epoch: number }> => {
  const move = await until(() => phone.moves[0]);
  if (typeof move === "string" || !("rootKey" in move)) throw new Error(`no key: ${JSON.stringify(move)}`);
  return move;
};
const doneTasks = ({ doc }: Executor): number =>
  readRuns(doc).entries.filter(({ state }) => state === "done").length;

describe("when a device is removed", () => {
  test("[T26] the others find their key in the old room and go on; the removed one finds that it was removed", async () => {
    const executor = await open(relay.url);
    executor.admitDevice({ ...tablet, name: "iPad", kind: "phone" });
    await isLive(executor, relay.url);
    const before = placeOf(executor);
    const phone = join(executor, bench.phone, relay.url, before);
    const removed = join(executor, tablet, relay.url, before);
    await until(() => phone.isSettled() && removed.isSettled() && readMeta(phone.doc));
    phone.send("One");
    await until(() => doneTasks(executor) === 1);

    await executor.revokeDevice(tablet.deviceId, "lost");
    await until(() => executor.ledger.oldRooms.length === 0);

    const next = await nextPlace(phone);
    expect(next.epoch).toBe(2);
    expect(await until(() => removed.moves[0])).toMatchObject({ removed: true });
    const moved = join(executor, bench.phone, relay.url, next);
    await until(() => moved.isSettled() && hasTask(moved.doc, "One"));
    moved.send("Two");
    await until(() => doneTasks(executor) === 2);
    expect(readTasks(executor.doc).entries.map(({ value }) => value.prompt)).toEqual(["One", "Two"]);
  });

  test("[T26] with all its old material it cannot enter the new room, nor open a frame, nor write into the old one", async () => {
    const executor = await open(relay.url);
    executor.admitDevice({ ...tablet, name: "iPad", kind: "phone" });
    await isLive(executor, relay.url);
    const before = placeOf(executor);
    await executor.revokeDevice(tablet.deviceId, "lost");
    await until(() => executor.ledger.oldRooms.length === 0);
    // The old key under the new number is another room: nobody is there.
    const guess = join(executor, tablet, relay.url, { ...before, epoch: 2 });
    await until(() => guess.isSettled());
    expect(readMeta(guess.doc)).toBeUndefined();
    const oldKeys = createEpochKeys(before.rootKey, 1);
    const newKeys = createEpochKeys(executor.rootKey, 2);
    const refused = connectRoom({
      ...nodeSyncPorts,
      doc: new Y.Doc(),
      keys: { ...oldKeys, roomId: newKeys.roomId },
      deviceId: tablet.deviceId,
      relayUrl: relay.url,
    });
    stage.cleanUp(() => refused.destroy());
    await until(() => refused.status().phase === "refused");
    expect(["bad-auth", "wrong-room"]).toContain(refused.status().refusal);
    const late = join(executor, tablet, relay.url, before);
    await until(() => late.moves[0]);
    late.doc.getMap("tasks").set("x", "y");
    await new Promise((resolve) => setTimeout(resolve, 200));
    const reader = join(executor, tablet, relay.url, before);
    await until(() => reader.moves[0]);
    expect([...reader.doc.share.keys()]).toEqual([]);
  });

  test("[T25] its late orders on a relay that was away are shown as late and never carried out; a member's are", async () => {
    const away = await createTestRelay();
    stage.cleanUp(away.remove);
    const executor = await open(relay.url, away.url);
    executor.admitDevice({ ...tablet, name: "iPad", kind: "phone" });
    await isLive(executor, relay.url);
    await isLive(executor, away.url);
    const before = placeOf(executor);
    const base = join(executor, tablet, away.url, before);
    await until(() => base.isSettled() && readMeta(base.doc));
    executor.relays.link(away.url); // both relays hold the document by now
    base.close();
    await away.stop();

    await executor.revokeDevice(tablet.deviceId, "lost");
    await until(() => executor.ledger.oldRooms.length === 1);
    await executor.close(); // the relay comes back while this computer is off
    await away.start();
    const thief = join(executor, tablet, away.url, { ...before, doc: base.doc });
    const member = join(executor, bench.phone, away.url, before);
    await until(() => thief.isSettled() && member.isSettled() && readMeta(member.doc));
    for (let n = 0; n < 5; n++) thief.send(`Late ${n}`);
    member.send("In time");
    await until(() => thief.isSettled() && member.isSettled() && hasTask(member.doc, "Late 4"));

    const again = await open();
    await until(() => again.ledger.oldRooms.length === 0);
    await until(() => doneTasks(again) === 1);
    const late = again.ledger.late.filter(({ kind }) => kind === "task");
    expect(new Set(late.map(({ text }) => text))).toEqual(new Set([0, 1, 2, 3, 4].map((n) => `Late ${n}`)));
    expect(late.every(({ deviceId }) => deviceId === tablet.deviceId)).toBe(true);
    expect(readTasks(again.doc).entries.map(({ value }) => value.prompt)).toEqual(["In time"]);
    expect([...again.ledger.runs.values()].map(({ task }) => task.prompt)).toEqual(["In time"]);
    const next = await nextPlace(member);
    const followed = join(again, bench.phone, away.url, next);
    await until(() => followed.isSettled() && hasTask(followed.doc, "In time"));
    expect(await until(() => thief.moves[0])).toMatchObject({ removed: true });
  });
});

test("a phone that slept through two epochs follows both moves", async () => {
  const executor = await open(relay.url);
  await isLive(executor, relay.url);
  const first = placeOf(executor);
  await executor.renew("asked");
  await executor.renew("asked");
  await until(() => executor.ledger.oldRooms.length === 0);
  const phone = join(executor, bench.phone, relay.url, first);
  const second = await nextPlace(phone);
  const there = join(executor, bench.phone, relay.url, second);
  const third = await nextPlace(there);
  expect([second.epoch, third.epoch]).toEqual([2, 3]);
  const live = join(executor, bench.phone, relay.url, third);
  await until(() => live.isSettled() && readMeta(live.doc)?.epoch === 3);
});

test("a phone that was away finds its way although the relay lost its disk after the old room was closed", async () => {
  const executor = await open(relay.url);
  await isLive(executor, relay.url);
  const first = placeOf(executor);
  const stored = new Y.Doc();
  Y.applyUpdate(stored, Y.encodeStateAsUpdate(executor.doc));
  await executor.renew("asked");
  await until(() => executor.ledger.oldRooms.length === 0);
  await relay.stop();
  rmSync(relay.dataDir, { recursive: true, force: true });
  await relay.start();
  const phone = join(executor, bench.phone, relay.url, { ...first, doc: stored });
  phone.send("Written in the old room");
  expect(await nextPlace(phone)).toMatchObject({ epoch: 2 });
  await until(() => hasTask(executor.doc, "Written in the old room"));
});

describe("[R26] a phone that was away when the key was renewed", () => {
  /** As the app does it: a fresh document in the new room, and again what the old relay had not acknowledged. */
  const follow = async (executor: Executor, phone: TestPhone): Promise<TestPhone> => {
    const next = await nextPlace(phone);
    const unsent = unsentRecords(phone.doc, ({ client, clock }) => phone.room.known.covers(client, clock));
    phone.close();
    const there = join(executor, bench.phone, relay.url, next);
    await until(() => there.isSettled() && readMeta(there.doc));
    appendRecords(there.doc, unsent);
    return there;
  };

  test.each([1, 2, 3, 4, 5, 6])(
    "round %i: what it had sent and what it had not is done, each once",
    async (round) => {
      const executor = await open(relay.url);
      executor.admitDevice({ ...tablet, name: "iPad", kind: "phone" });
      await isLive(executor, relay.url);
      const before = placeOf(executor);
      const base = join(executor, bench.phone, relay.url, before);
      await until(() => base.isSettled() && readMeta(base.doc));
      const wanted: string[] = [];
      const send = (phone: TestPhone, prompt: string): void => {
        wanted.push(prompt);
        phone.send(prompt);
      };
      for (let n = 0; n < round; n++) send(base, `Before ${n}`);
      // Some of it is on its way while the device is removed.
      const revoking = executor.revokeDevice(tablet.deviceId, "lost");
      for (let n = 0; n < 3; n++) send(base, `Meanwhile ${n}`);
      if (round % 2 === 0) base.room.provider.disconnect();
      for (let n = 0; n < 3; n++) send(base, `Offline ${n}`);
      await revoking;
      await until(() => executor.ledger.oldRooms.length === 0);
      if (round % 2 === 0) base.room.provider.connect();
      const there = await follow(executor, base);
      send(there, "After");
      await until(() => doneTasks(executor) === wanted.length);
      const prompts = [...executor.ledger.runs.values()].map(({ task }) => task.prompt);
      expect(new Set(prompts)).toEqual(new Set(wanted));
      expect(prompts).toHaveLength(wanted.length);
      await until(() => there.isSettled());
      expect(readTasks(there.doc).entries).toHaveLength(wanted.length);
    },
  );
});

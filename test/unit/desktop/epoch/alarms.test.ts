import { cpSync, rmSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { TaskId } from "@deskhand/doc-schema/document";
import {
  appendRecords,
  lackingRecords,
  putMark,
  readMark,
  readMeta,
  readRuns,
  rootsOf,
} from "@deskhand/doc-schema/document";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { alarmSentence } from "../../../../desktop/src/terminal/alarm-sentences.ts";
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

const open = async (): Promise<Executor> => {
  const executor = await bench.open({ clock: systemClock, relayUrls: [relay.url] });
  executor.admitDevice({ ...tablet, name: "iPad", kind: "phone" });
  await isLive(executor, relay.url);
  return executor;
};
const join = async (executor: Executor, keys = bench.phone): Promise<TestPhone> => {
  const { rootKey, workspace } = executor;
  const phone = joinAsPhone(executor, keys, relay.url, { rootKey, epoch: workspace.epoch });
  stage.cleanUp(phone.close);
  await until(() => phone.isSettled() && readMeta(phone.doc));
  return phone;
};
const stateOf = ({ doc }: Executor, taskId: TaskId): string | undefined =>
  readRuns(doc).entries.find((run) => run.taskId === taskId)?.state;
/** The relay as it was at some moment, put back later. */
const rollBack = async (copy: string): Promise<void> => {
  await relay.stop();
  rmSync(relay.dataDir, { recursive: true });
  cpSync(copy, relay.dataDir, { recursive: true });
  await relay.start();
};

describe("a device that writes what is not its own", () => {
  test("[T34] [OW1] changes nothing, stops everything with the reason for all to see, and is in quarantine", async () => {
    const executor = await open();
    const phone = await join(executor);
    const bad = await join(executor, tablet);
    const first = phone.send("One");
    await until(
      () => stateOf(executor, first) === "done" && stateOf({ ...executor, doc: bad.doc }, first) === "done",
    );

    const [run] = [...rootsOf(bad.doc).runs.values()];
    run?.set("state", "failed");
    await until(() => executor.ledger.stopped);

    const alarm = { type: "foreign-write", relayUrl: relay.url, deviceId: tablet.deviceId };
    expect(executor.ledger.stopped).toMatchObject({ alarm });
    expect(executor.status().state).toBe("stopped");
    expect(stateOf(executor, first)).toBe("done");
    expect(executor.ledger.quarantined.get(tablet.deviceId)).toMatchObject({ root: "runs", rule: "OW1" });
    await until(() => readMeta(phone.doc)?.["alarm"] ?? undefined);
    expect(readMeta(phone.doc)).toMatchObject({
      alarm,
      quarantined: [{ deviceId: tablet.deviceId }],
    });
    const kinds = executor.auditRows().map(({ kind }) => kind);
    expect(kinds.filter((kind) => ["alarm", "quarantine", "stop"].includes(kind))).toEqual([
      "quarantine",
      "alarm",
      "stop",
    ]);

    const second = phone.send("Two");
    await until(() => stateOf(executor, second) === "queued");
    const refused = bad.send("Refused");
    const third = phone.send("Three");
    await until(() => stateOf(executor, third) === "queued");
    expect(hasTask(executor.doc, "Refused")).toBe(false);
    phone.orders.resume();
    await until(() => stateOf(executor, third) === "done");
    expect(executor.ledger.stopped).toBeUndefined();
    expect(hasTask(executor.doc, "Refused")).toBe(false);
    expect(stateOf(executor, refused)).toBeUndefined();
  });

  test("[OW2] a message of somebody else cannot be taken away", async () => {
    const executor = await open();
    const phone = await join(executor);
    const bad = await join(executor, tablet);
    const first = phone.send("One");
    await until(() => stateOf(executor, first) === "done" && hasTask(bad.doc, "One"));
    rootsOf(bad.doc).messages(executor.workspace.threadId).delete(0, 1);
    await until(() => executor.ledger.stopped);
    expect(rootsOf(executor.doc).messages(executor.workspace.threadId).length).toBe(1);
    expect(executor.ledger.quarantined.get(tablet.deviceId)?.rule).toBe("OW2");
  });

  test("stays in quarantine over a restart; trusted again, what it said meanwhile counts in a new epoch", async () => {
    const executor = await open();
    const bad = await join(executor, tablet);
    rootsOf(bad.doc).meta.set("desktopName", "Mine");
    await until(() => executor.ledger.quarantined.size === 1);
    const task = bad.send("Said meanwhile");
    await until(() => bad.isSettled());
    await executor.close();
    const again = await open();
    expect(again.ledger.quarantined.has(tablet.deviceId)).toBe(true);
    expect(hasTask(again.doc, "Said meanwhile")).toBe(false);
    expect(await again.trustAgain(bench.phone.deviceId)).toMatchObject({
      error: { type: "not-in-quarantine" },
    });
    expect((await again.trustAgain(tablet.deviceId)).ok).toBe(true);
    expect(again.ledger.quarantined.size).toBe(0);
    again.resume();
    await until(() => stateOf(again, task) === "done");
    expect(again.workspace.epoch).toBe(2);
    expect(readMeta(again.doc)).toMatchObject({ desktopName: "Studio", alarm: null, quarantined: [] });
  });

  test("[T25] in quarantine when the epoch ends: what it said is shown as late and not carried out", async () => {
    const executor = await open();
    const bad = await join(executor, tablet);
    rootsOf(bad.doc).meta.set("desktopName", "Mine");
    await until(() => executor.ledger.quarantined.size === 1);
    bad.send("Said meanwhile");
    await until(() => bad.isSettled());
    await executor.renew("asked");
    await until(() => executor.ledger.oldRooms.length === 0);
    expect(executor.ledger.late.map(({ text }) => text)).toContain("Said meanwhile");
    expect(executor.ledger.runs.size).toBe(0);
  });

  test("removed, it is out of quarantine and out of the workspace", async () => {
    const executor = await open();
    const bad = await join(executor, tablet);
    rootsOf(bad.doc).meta.set("desktopName", "Mine");
    await until(() => executor.ledger.quarantined.size === 1);
    await executor.revokeDevice(tablet.deviceId, "it wrote into the desktop's rows");
    expect(executor.ledger.quarantined.size).toBe(0);
    expect(executor.workspace.epoch).toBe(2);
    executor.resume();
    expect(executor.status().state).toBe("idle");
  });
});

describe("[T34] a device that writes under another's client id", () => {
  /** The phone is away and says something; meanwhile `forge` is done under the client id under which it says so. */
  const whileAway = async (forge: (bad: TestPhone) => void) => {
    const executor = await open();
    const phone = await join(executor);
    const bad = await join(executor, tablet);
    const first = phone.send("One");
    await until(() => stateOf(executor, first) === "done" && hasTask(bad.doc, "One"));
    phone.close();
    const itself = bad.doc.clientID;
    bad.doc.clientID = phone.doc.clientID;
    forge(bad);
    bad.doc.clientID = itself;
    await until(
      () => bad.isSettled() && readMark(executor.doc, executor.workspace.threadId, "title") !== undefined,
    );
    const task = phone.send("Swallowed");
    const { rootKey, workspace } = executor;
    const stored = new Y.Doc(); // started again
    Y.applyUpdate(stored, Y.encodeStateAsUpdate(phone.doc));
    const place = { rootKey, epoch: workspace.epoch, doc: stored };
    const back = joinAsPhone(executor, bench.phone, relay.url, place);
    stage.cleanUp(back.close);
    await until(() => executor.ledger.stopped);
    return { executor, back, task };
  };
  const mark = ({ doc }: TestPhone, value: string): void =>
    putMark(doc, readMeta(doc)?.threadId ?? "", "title", value);

  test("stops everything and puts nobody aside; once a person goes on, what was swallowed is said again and done", async () => {
    const { executor, back, task } = await whileAway((bad) => {
      for (const value of ["as you", "again"]) mark(bad, value);
    });
    expect(executor.ledger.stopped?.alarm).toEqual({ type: "contradiction", relayUrl: relay.url });
    expect(executor.ledger.quarantined.size).toBe(0);
    expect(executor.auditRows().some(({ kind, what }) => kind === "alarm" && what === "contradiction")).toBe(
      true,
    );
    expect(hasTask(executor.doc, "Swallowed")).toBe(false);
    expect(back.room.status().ignored.contradiction).toBeGreaterThan(0);
    expect(executor.workspace.epoch).toBe(1);

    executor.resume();
    await until(() => executor.workspace.epoch === 2 && back.moves.length > 0);
    const there = await join(executor);
    // The old room may have shown it meanwhile, or not: that depends on which of both its reader met first.
    appendRecords(
      there.doc,
      lackingRecords(back.doc, there.doc, { device: bench.phone.deviceId, now: Date.now() }),
    );
    await until(() => stateOf(executor, task) === "done");
    expect(executor.ledger.stopped).toBeUndefined();
  });
});

describe("a relay that shows less than it showed", () => {
  test("[T5] stops everything; going on takes its log as it is and gives it back what it lost", async () => {
    const executor = await open();
    const phone = await join(executor);
    const first = phone.send("One");
    await until(() => stateOf(executor, first) === "done" && phone.isSettled());
    phone.close();
    await relay.stop();
    const copy = `${relay.dataDir}-copy`;
    cpSync(relay.dataDir, copy, { recursive: true });
    stage.cleanUp(() => rmSync(copy, { recursive: true, force: true }));
    await relay.start();
    const back = await join(executor);
    const second = back.send("Two");
    await until(() => stateOf(executor, second) === "done");
    back.close();
    await until(() => executor.relays.link(relay.url).status().pending === 0);
    await rollBack(copy);
    await until(() => executor.ledger.stopped);
    expect(executor.ledger.stopped?.alarm).toEqual({ type: "rollback", relayUrl: relay.url });
    expect(executor.auditRows().some(({ kind, what }) => kind === "alarm" && what === "rollback")).toBe(true);

    executor.resume();
    await isLive(executor, relay.url);
    const phoneAgain = await join(executor);
    await until(() => hasTask(phoneAgain.doc, "Two"));
    const third = phoneAgain.send("Three");
    await until(() => stateOf(executor, third) === "done");
    expect(executor.ledger.stopped).toBeUndefined();
  });

  test("another log is no alarm: a relay that lost its disk is filled again", async () => {
    const executor = await open();
    const phone = await join(executor);
    const first = phone.send("One");
    await until(() => stateOf(executor, first) === "done");
    phone.close();
    await relay.stop();
    rmSync(relay.dataDir, { recursive: true });
    await relay.start();
    const back = await join(executor);
    await until(() => hasTask(back.doc, "One"));
    expect(executor.ledger.stopped).toBeUndefined();
  });
});

test("a room that a device closed: everything stops, and going on begins a new room", async () => {
  const executor = await open();
  const bad = await join(executor, tablet);
  expect((await bad.room.closeRoom(new TextEncoder().encode("nonsense"))).ok).toBe(true);
  await until(() => executor.ledger.stopped);
  expect(executor.ledger.stopped?.alarm).toEqual({ type: "foreign-close" });
  expect(executor.workspace.epoch).toBe(1);
  executor.resume();
  await until(() => executor.workspace.epoch === 2);
  await isLive(executor, relay.url);
  await until(() => executor.ledger.oldRooms.length === 0);
  expect(executor.ledger.replacedAt).toBeUndefined();
  const phone = await join(executor);
  const task = phone.send("One");
  await until(() => stateOf(executor, task) === "done");
});

test.each([
  ["fork", "shows different histories"],
  ["missing", "leaves messages out"],
  ["withheld", "does not show"],
  ["rollback", "are safe here"],
  ["foreign-write", 'names "iPad" writes what is not its own'],
  ["contradiction", "two contents under one name"],
  ["foreign-close", "closed the room"],
] as const)("the terminal says %s in a sentence", (type, words) => {
  const alarm = { type, relayUrl: "wss://relay.example", deviceId: tablet.deviceId };
  expect(alarmSentence(alarm, () => "iPad")).toContain(words);
  expect(alarmSentence({ type }, () => undefined)).not.toContain("undefined");
});

describe("relays", () => {
  test("the place in a relay's log is kept over a restart: nothing is read twice", async () => {
    const executor = await open();
    const phone = await join(executor);
    for (const prompt of ["One", "Two", "Three"]) phone.send(prompt);
    await until(
      () =>
        executor.ledger.runs.size === 3 &&
        [...executor.ledger.runs.values()].every(({ state }) => state === "done"),
    );
    await until(() => executor.relays.link(relay.url).status().pending === 0);
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // it is stored at most once a second
    await executor.close();
    const again = await open();
    expect(again.relays.link(relay.url).status().replayed).toBeLessThanOrEqual(2);
    expect(Y.encodeStateVector(again.doc).length).toBeGreaterThan(2);
  });

  test("are kept in the ledger and told to the phones; one that is unknown or the last cannot be taken away", async () => {
    const executor = await open();
    const other = await createTestRelay();
    stage.cleanUp(other.remove);
    expect(executor.relays.add({ url: other.url, publicUrl: "wss://relay.example" }).ok).toBe(true);
    await isLive(executor, other.url);
    expect(readMeta(executor.doc)?.relays).toEqual([relay.url, "wss://relay.example"]);
    expect(executor.relays.remove("ws://nobody.example")).toMatchObject({ error: { type: "unknown-relay" } });
    await executor.close();
    const again = await bench.open({ clock: systemClock });
    await isLive(again, relay.url);
    await isLive(again, other.url);
    expect(again.relays.remove(relay.url).ok).toBe(true);
    expect(again.relays.link(relay.url).status().phase).toBe("offline");
    expect(again.relays.remove(other.url)).toMatchObject({ error: { type: "last-relay" } });
    expect(readMeta(again.doc)?.relays).toEqual(["wss://relay.example"]);
  });

  test("a seventeenth is refused", async () => {
    const executor = await open();
    for (let n = 1; n < 16; n++)
      expect(executor.relays.add({ url: `ws://127.0.0.1:1/${n}`, publicUrl: "ws://127.0.0.1:1" }).ok).toBe(
        true,
      );
    expect(executor.relays.add({ url: "ws://127.0.0.1:1/16", publicUrl: "" })).toMatchObject({
      error: { type: "too-many-relays" },
    });
  });

  test("a change of relay loses nothing that a phone said on either", async () => {
    const executor = await open();
    const phone = await join(executor);
    const other = await createTestRelay();
    stage.cleanUp(other.remove);
    executor.relays.add({ url: other.url, publicUrl: other.url });
    await isLive(executor, other.url);
    await relay.stop();
    const offline = phone.send("Said while the old relay was away");
    const { rootKey, workspace } = executor;
    const there = joinAsPhone(executor, bench.phone, other.url, {
      rootKey,
      epoch: workspace.epoch,
      doc: phone.doc,
    });
    stage.cleanUp(there.close);
    await until(() => stateOf(executor, offline) === "done");
    executor.relays.remove(relay.url);
    const after = there.send("Said on the new one");
    await until(() => stateOf(executor, after) === "done");
  });
});

/** What a connection knows of the way of a record: at the relay by which number, read by whom; and the guard. */
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import { afterEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createRelayKnowledge, MAX_ARRIVALS } from "../../../../doc-schema/src/sync/relay-knowledge.ts";
import { createAuthor } from "./frame-author.ts";
import { joinRaw } from "./raw-client.ts";
import { bytes, freshKeys, movableClock, openRoom, until, type TestRoom } from "./room-harness.ts";

let room: TestRoom | undefined;
afterEach(() => room?.close());
const freshDevice = (): DeviceId => createAuthor(freshKeys(), bytes(16)).deviceId;

describe("delivery", () => {
  test("ackedAt is the log's number; the executor's cursor passes it when it has read it", async () => {
    room = await openRoom();
    const executorId = freshDevice();
    const clock = movableClock();
    const doc = new Y.Doc();
    const executor = room.client({
      ...clock.ports,
      doc,
      deviceId: executorId,
      snapshot: () => Y.encodeStateAsUpdate(doc),
    });
    const phone = room.client();
    await until(() => executor.isLive() && phone.isLive());
    expect(phone.peerCursor(executorId)).toBe(0);
    phone.doc.getText("t").insert(0, "one ");
    expect(phone.ackedAt(phone.doc.clientID, 0)).toBe(undefined);
    await until(() => phone.ackedAt(phone.doc.clientID, 3) === 1);
    await until(() => executor.text() === "one ");
    expect(phone.peerCursor(executorId)).toBe(0);
    clock.forward(1_000); // the executor has nothing to write, so its presence says it
    await until(() => phone.peerCursor(executorId) === 1);
    phone.doc.getText("t").insert(0, "two ");
    await until(() => executor.text() === "two one ");
    executor.doc.getText("t").insert(0, "seen ");
    await until(() => phone.text() === "seen two one ");
    expect(phone.peerCursor(executorId)).toBe(2);
    expect(phone.ackedAt(phone.doc.clientID, 7)).toBe(2);
    expect(phone.ackedAt(executor.doc.clientID, 0)).toBe(3);
  });

  test("a relay that lost its disk has nothing and nobody has read it, until it is filled again", async () => {
    room = await openRoom();
    const peerId = freshDevice();
    const [phone, peer] = [room.client(), room.client({ deviceId: peerId })];
    await until(() => phone.isLive() && peer.isLive());
    phone.doc.getText("t").insert(0, "text");
    await until(() => peer.text() === "text");
    peer.doc.getText("t").insert(0, "more ");
    await until(() => phone.peerCursor(peerId) === 1);
    peer.destroy();
    await room.wipe();
    phone.retryNow();
    await until(() => phone.peerCursor(peerId) === 0 && phone.ackedAt(phone.doc.clientID, 0) === 1);
  });

  test("of structs that came long ago a number is known that is not below theirs", () => {
    const known = createRelayKnowledge();
    const doc = new Y.Doc();
    let seq = 0;
    doc.on("update", (update: Uint8Array) => known.learn(update, ++seq));
    for (let i = 0; i < MAX_ARRIVALS + 50; i++) doc.getText("t").insert(0, "x");
    expect(known.ackedAt(doc.clientID, 0)).toBe(50);
    expect(known.ackedAt(doc.clientID, 49)).toBe(50);
    expect(known.ackedAt(doc.clientID, 50)).toBe(51);
    expect(known.ackedAt(doc.clientID, MAX_ARRIVALS + 49)).toBe(MAX_ARRIVALS + 50);
    expect(known.ackedAt(doc.clientID, MAX_ARRIVALS + 50)).toBe(undefined);
    expect(known.ackedAt(doc.clientID + 1, 0)).toBe(undefined);
  });
});

describe("the guard", () => {
  test("a refused update is left out whole, counted, and what builds on it is not held; others go on", async () => {
    room = await openRoom();
    const asked: DeviceId[] = [];
    const raw = await joinRaw(room.url(), room.keys);
    const [foreign, friend] = [createAuthor(room.keys, raw.logId), createAuthor(room.keys, raw.logId)];
    const executor = room.client({
      guard: (_update, deviceId) => {
        asked.push(deviceId);
        return deviceId !== foreign.deviceId;
      },
    });
    await until(executor.isLive);
    const updatesOf = (name: string): readonly Uint8Array[] => {
      const doc = new Y.Doc();
      const updates: Uint8Array[] = [];
      doc.on("update", (update: Uint8Array) => updates.push(update));
      for (const word of ["a", "b"]) doc.getText(name).insert(0, word);
      return updates;
    };
    for (const update of updatesOf("runs")) raw.append(foreign.update(update));
    for (const update of updatesOf("t")) raw.append(friend.update(update));
    await until(() => executor.text() === "ba");
    expect(executor.doc.getText("runs").length).toBe(0);
    expect(executor.status()).toMatchObject({ ignored: { "foreign-write": 2 }, held: 0 });
    expect(executor.status().alarm).toBe(undefined);
    expect(new Set(asked)).toEqual(new Set([foreign.deviceId, friend.deviceId]));
    raw.close();
  });

  test("each update is judged with all before it in the document, also in a replay", async () => {
    room = await openRoom();
    const writer = room.client();
    await until(writer.isLive);
    for (let i = 0; i < 30; i++) {
      writer.doc.getText("t").insert(0, "x");
      await until(writer.isSettled);
    }
    const doc = new Y.Doc();
    const lengths: number[] = [];
    const executor = room.client({
      doc,
      guard: () => {
        lengths.push(doc.getText("t").length);
        return true;
      },
    });
    await until(() => executor.text().length === 30);
    expect(lengths).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });
});

/** Compaction of long and of large logs, and closing a room for good: the real relay over real sockets. */
import { bytesToHex, unsealFrame } from "@deskhand/doc-schema/crypto";
import type { ConnectRoomInput } from "@deskhand/doc-schema/sync";
import type { RelayMessage } from "@deskhand/doc-schema/wire";
import { afterEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createAuthor } from "./frame-author.ts";
import { createLyingRelay } from "./lying-socket.ts";
import { joinRaw } from "./raw-client.ts";
import { bytes, movableClock, openRoom, until, type TestClient, type TestRoom } from "./room-harness.ts";

let room: TestRoom;
afterEach(() => room.close());

const compacting = (doc: Y.Doc, compactAfterFrames = 20): Partial<ConnectRoomInput> => ({
  doc,
  snapshot: () => Y.encodeStateAsUpdate(doc),
  compactAfterFrames,
});
const stored = async (): Promise<readonly RelayMessage[]> => {
  const observer = await joinRaw(room.url(), room.keys);
  observer.close();
  return observer.received.filter(({ type }) => type === "frame" || type === "snapshot");
};
const write = async (client: TestClient, text: string): Promise<void> => {
  client.doc.getText("t").insert(0, text);
  await until(client.isSettled);
};

describe("compaction", () => {
  test("leaves the newest half: a device that missed a few frames reads those and no snapshot", async () => {
    room = await openRoom();
    const relay = createLyingRelay();
    const phone = room.client({ WebSocket: relay.WebSocket });
    const desktop = room.client(compacting(new Y.Doc()));
    await until(() => desktop.isLive() && phone.isLive());
    for (let i = 0; i < 14; i++) await write(desktop, "a");
    await until(() => phone.text().length === 14);
    phone.provider.disconnect();
    for (let i = 0; i < 8; i++) await write(desktop, "b");
    await until(() => desktop.known.cursor === 22);
    const log = await stored();
    expect(log[0]).toMatchObject({ type: "snapshot", upto: 10 });
    expect(log.length).toBe(1 + 12);
    const seen: string[] = [];
    relay.lie = (message) => {
      seen.push(message.type);
      return [message];
    };
    phone.retryNow();
    await until(() => phone.text() === desktop.text());
    expect(seen).not.toContain("snapshot");
    expect(phone.status()).toMatchObject({ phase: "live", ignored: {} });
    const late = room.client();
    await until(() => late.text() === desktop.text() && late.isLive());
  });

  test("waits while the relay turns away what we wrote: else only the snapshot held it, which few read", async () => {
    room = await openRoom();
    const relay = createLyingRelay();
    const phone = room.client();
    const doc = new Y.Doc();
    const desktop = room.client({ ...compacting(doc, 4), WebSocket: relay.WebSocket });
    await until(() => desktop.isLive() && phone.isLive());
    await write(desktop, "a");
    relay.refuseAppend("read-only");
    doc.getText("t").insert(1, "b");
    await until(() => desktop.status().refusal === "read-only");
    for (let i = 0; i < 6; i++) await write(phone, "c");
    await until(() => desktop.text() === "ccccccab" && phone.isSettled());
    desktop.destroy();
    const again = room.client(compacting(doc));
    await until(again.isSettled);
    again.doc.getText("t").insert(8, "d");
    await until(() => phone.text() === "ccccccabd");
    expect(phone.status().held).toBe(0);
  });

  test("a document beyond one frame goes in as pieces, an empty snapshot before them, and is not rewritten again", async () => {
    room = await openRoom();
    const doc = new Y.Doc();
    const desktop = room.client(compacting(doc, 30));
    await until(desktop.isLive);
    for (let i = 0; i < 29; i++) {
      doc.getArray("rows").push(Array.from({ length: 4 }, (_, k) => `${i}/${k} ${"x".repeat(10_000)}`));
      await until(desktop.isSettled);
    }
    for (let i = 0; i < 5; i++) await write(desktop, "y");
    await until(() => desktop.isSettled());
    const log = await stored();
    expect(log[0]).toMatchObject({ type: "snapshot" });
    expect(log.length).toBeLessThan(20);
    const phone = room.client();
    await until(() => phone.doc.getArray("rows").length === 116 && phone.text() === desktop.text(), 20_000);
    expect(phone.status()).toMatchObject({ phase: "live", ignored: {}, held: 0 });
    const head = desktop.known.cursor;
    const again = room.client(compacting(new Y.Doc(), 30));
    await until(() => again.doc.getArray("rows").length === 116 && again.isSettled(), 20_000);
    await write(again, "z");
    expect(again.known.cursor).toBe(head + 1);
  });

  test("refused appends leave no gap in the stream: nobody is alarmed", async () => {
    room = await openRoom({ limits: { roomFrames: 5 } });
    const clock = movableClock();
    const [writer, reader] = [room.client(clock.ports), room.client()];
    await until(() => writer.isLive() && reader.isLive());
    for (let i = 0; i < 5; i++) await write(writer, "a");
    writer.doc.getText("t").insert(0, "refused ");
    await until(() => writer.status().refusal === "quota-exceeded");
    const doc = new Y.Doc();
    const desktop = room.client(compacting(doc, 3));
    await until(() => desktop.known.cursor === 5);
    clock.forward(31_000);
    await until(
      () => writer.isSettled() && reader.text() === "refused aaaaa" && desktop.text() === reader.text(),
    );
    for (const client of [writer, reader, desktop]) expect(client.status().alarm).toBe(undefined);
    expect(reader.status().replayed).toBe(0); // it never had to connect again
  });
});

describe("closing a room", () => {
  const BODY = Uint8Array.of(7, 7, 7);

  test("replaces the log by the control frame, which all see: those who are here, who come back, who are new", async () => {
    room = await openRoom();
    const moved: [string, string][] = [];
    const onMoved = (who: string) => (body: Uint8Array) => void moved.push([who, bytesToHex(body)]);
    const desktop = room.client({ onMoved: onMoved("desktop") });
    const here = room.client({ onMoved: onMoved("here") });
    const away = room.client({ onMoved: onMoved("away") });
    await until(() => desktop.isLive() && here.isLive() && away.isLive());
    await write(desktop, "text");
    await until(() => away.text() === "text" && here.text() === "text");
    away.provider.disconnect();
    away.doc.getText("t").insert(0, "late ");
    expect(await desktop.closeRoom(BODY)).toEqual({ ok: true, value: undefined });
    await until(() => moved.length === 1);
    away.retryNow();
    await until(() => moved.length === 2);
    room.client({ onMoved: onMoved("new") });
    await until(() => moved.length === 3);
    expect(moved).toEqual(["here", "away", "new"].map((who) => [who, bytesToHex(BODY)]));
    const log = await stored();
    expect(log).toMatchObject([{ type: "snapshot", upto: 1 }]);
    const [closing] = log;
    const unsealed = closing?.type === "snapshot" ? unsealFrame(room.keys, closing.frame) : undefined;
    expect(unsealed).toMatchObject({ ok: true, value: { kind: "control", body: BODY, cursor: 1 } });
    here.provider.disconnect();
    here.retryNow();
    await until(() => moved.length === 4); // it must be seen again: an app may have ended before it acted
    here.doc.getText("t").insert(0, "into the void ");
    for (const client of [here, away]) expect(client.status().alarm).toBe(undefined);
    expect(await stored()).toEqual(log);
  });

  test("waits until all is read, and until the relay is there", async () => {
    room = await openRoom();
    const [desktop, other] = [room.client(), room.client()];
    await until(() => desktop.isLive() && other.isLive());
    await room.stop();
    const closed = desktop.closeRoom(BODY);
    other.doc.getText("t").insert(0, "unread");
    await room.start();
    other.retryNow();
    await until(other.isSettled);
    desktop.retryNow();
    expect(await closed).toMatchObject({ ok: true });
    expect(desktop.text()).toBe("unread");
  });

  test("does not wait for what is lost: what builds on it is shown first, and the room is closed", async () => {
    room = await openRoom();
    const unplaced: Uint8Array[] = [];
    const desktop = room.client({ onUnplaced: (update) => unplaced.push(update) });
    await until(desktop.isLive);
    const lost = new Y.Doc();
    lost.getText("t").insert(0, "lost");
    const after = Y.encodeStateVector(lost);
    lost.getText("t").insert(4, " and what follows");
    const follows = Y.encodeStateAsUpdate(lost, after);
    const raw = await joinRaw(room.url(), room.keys);
    raw.append(createAuthor(room.keys, raw.logId).update(follows));
    await until(() => desktop.status().held === 1);
    expect(unplaced).toEqual([follows]);
    expect(await desktop.closeRoom(BODY)).toEqual({ ok: true, value: undefined });
    expect(await stored()).toMatchObject([{ type: "snapshot", upto: 1 }]);
    raw.close();
  });

  test("tries again when somebody writes at that moment", async () => {
    room = await openRoom();
    const [desktop, other] = [room.client(), room.client()];
    await until(() => desktop.isLive() && other.isLive());
    for (let i = 0; i < 20; i++) other.doc.getText("t").insert(0, "x");
    expect(await desktop.closeRoom(BODY)).toMatchObject({ ok: true });
    const [closing] = await stored();
    expect(closing?.type).toBe("snapshot");
    expect(desktop.text()).toBe(other.text().slice(0, desktop.text().length));
  });

  test("tries again at once when what made it stale was read before the refusal came", async () => {
    room = await openRoom();
    const held: RelayMessage[] = [];
    const relay = createLyingRelay();
    const [desktop, other] = [room.client({ WebSocket: relay.WebSocket }), room.client()];
    await until(() => desktop.isLive() && other.isLive());
    relay.lie = (message) => {
      if (message.type === "refused") return [...held.splice(0), message];
      if (message.type !== "frame") return [message];
      held.push(message);
      return [];
    };
    await write(other, "the last word");
    await until(() => held.length === 1);
    expect(await desktop.closeRoom(BODY)).toMatchObject({ ok: true });
    expect(desktop.text()).toBe("the last word");
  });

  test("is over when another has closed the room, when the relay refuses, or when the connection ends", async () => {
    room = await openRoom();
    const [one, two] = [room.client(), room.client()];
    await until(() => one.isLive() && two.isLive());
    expect(await one.closeRoom(BODY)).toMatchObject({ ok: true });
    const closedHere = [one.closeRoom(BODY), two.closeRoom(bytes(3))];
    expect(await closedHere[0]).toEqual({ ok: false, error: { type: "closed" } });
    expect(await closedHere[1]).toEqual({ ok: false, error: { type: "closed" } });
    await room.close();
    room = await openRoom();
    const relay = createLyingRelay((message) =>
      message.type === "ack" ? [{ type: "refused", code: "read-only" }] : [message],
    );
    const three = room.client({ WebSocket: relay.WebSocket });
    await until(three.isLive);
    expect(await three.closeRoom(BODY)).toEqual({ ok: false, error: { type: "refused" } });
    await room.stop();
    const four = room.client();
    const closed = four.closeRoom(BODY);
    four.destroy();
    expect(await closed).toEqual({ ok: false, error: { type: "closed" } });
    expect(await four.closeRoom(BODY)).toEqual({ ok: false, error: { type: "closed" } });
    await room.start();
  });

  test("a lost acknowledgement is no failure: the control frame says that it was ours", async () => {
    room = await openRoom();
    const relay = createLyingRelay((message) => (message.type === "ack" ? [] : [message]));
    const desktop = room.client({ WebSocket: relay.WebSocket });
    await until(desktop.isLive);
    const closed = desktop.closeRoom(BODY);
    let observed = await stored();
    for (let i = 0; i < 100 && observed.length === 0; i++) observed = await stored();
    desktop.provider.disconnect();
    desktop.retryNow();
    expect(await closed).toEqual({ ok: true, value: undefined });
  });
});

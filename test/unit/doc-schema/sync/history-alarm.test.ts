/** What a client does about a relay whose log contradicts what other devices saw: real relay, real sockets. */
import type { SyncStatus } from "@deskhand/doc-schema/sync";
import type { RelayMessage } from "@deskhand/doc-schema/wire";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createLyingRelay, honest, type Lie } from "./lying-socket.ts";
import { joinRaw } from "./raw-client.ts";
import { movableClock, openRoom, until, type TestClient, type TestRoom } from "./room-harness.ts";

let room: TestRoom;
afterEach(() => room.close());

const type = (client: TestClient, text: string): void => client.doc.getText("t").insert(0, text);
const without =
  (isHidden: (message: RelayMessage) => boolean): Lie =>
  (message) =>
    isHidden(message) ? [] : [message];
const numbered =
  (seq: number) =>
  (message: RelayMessage): boolean =>
    message.type === "frame" && message.seq === seq;

/** A writer, and a reader whose relay may lie to it. */
const open = async () => {
  room = await openRoom();
  const clock = movableClock();
  const relay = createLyingRelay();
  const statuses: SyncStatus[] = [];
  const writer = room.client();
  const reader = room.client({
    ...clock.ports,
    WebSocket: relay.WebSocket,
    onStatus: (status) => statuses.push(status),
  });
  await until(() => writer.isLive() && reader.isLive());
  const write = async (text: string): Promise<void> => {
    type(writer, text);
    await until(writer.isSettled);
  };
  await write("1");
  await until(() => reader.text() === "1");
  return { clock, relay, writer, reader, statuses, write };
};

describe("a history that breaks", () => {
  test("once: nothing after the break is applied, the log is read from its start, and there is no alarm", async () => {
    const { relay, reader, statuses, write } = await open();
    relay.lie = without(numbered(2));
    await write("2");
    relay.lie = honest;
    await write("3");
    await until(() => reader.text() === "321");
    expect(relay.sockets.length).toBe(2);
    expect(statuses.some(({ alarm }) => alarm !== undefined)).toBe(false);
    expect(reader.status()).toMatchObject({ phase: "live", ignored: {} });
  });

  test("[T4] for good: an alarm; nothing more is applied; each 30 s it is asked again, and heals when it mends", async () => {
    const { clock, relay, reader, write } = await open();
    relay.lie = without(numbered(2));
    await write("2");
    await write("3");
    await until(() => reader.status().alarm !== undefined);
    const { alarm } = reader.status();
    expect(alarm?.type).toBe("missing");
    expect(alarm?.at).toBeGreaterThan(0);
    expect(reader.status().phase).toBe("offline");
    await write("4");
    for (const attempts of [3, 4]) {
      clock.forward(30_000);
      await until(() => relay.sockets.length === attempts && reader.provider.ws === null);
      expect(reader.text()).toBe("1");
      expect(reader.status().alarm).toEqual(alarm);
    }
    relay.lie = honest;
    clock.forward(30_000);
    await until(() => reader.text() === "4321" && reader.isLive());
    expect(reader.status().alarm).toBe(undefined);
  });

  test("[T5] a frame that others never got: the next one that crosses tells", async () => {
    const { relay, writer, reader, write } = await open();
    // The reader's own append is acknowledged to it and shown to nobody; the next frame takes its number.
    relay.lie = (message) => (message.type === "frame" ? [{ ...message, seq: message.seq + 1 }] : [message]);
    await write("2");
    relay.lie = honest;
    await until(() => reader.text() === "21");
    expect(relay.sockets.length).toBe(2);
    expect(writer.status().alarm).toBe(undefined);
  });

  test("[T4] withheld: a peer's presence tells what is not shown; at first it is asked for again", async () => {
    const { clock, relay, writer, reader, write } = await open();
    relay.lie = (message) =>
      message.type === "live"
        ? [{ ...message, head: 1 }]
        : message.type === "frame" && message.seq > 1
          ? []
          : [message];
    await write("2");
    writer.awareness.setLocalState({ here: true });
    await until(() => reader.awareness.getStates().get(writer.doc.clientID)?.["here"] === true);
    for (let seconds = 0; seconds < 30; seconds += 10) {
      expect(relay.sockets.length).toBe(1);
      reader.provider.wsLastMessageReceived = 0;
      clock.forward(10_000);
      await until(() => reader.provider.wsLastMessageReceived > 0 || relay.sockets.length > 1);
    }
    await until(() => reader.status().alarm !== undefined);
    expect(reader.status().alarm?.type).toBe("withheld");
    relay.lie = honest;
    clock.forward(30_000);
    await until(() => reader.isLive() && reader.text() === "21");
    expect(reader.status().alarm).toBe(undefined);
  });
});

describe("a relay that is rolled back", () => {
  /** The relay's folder as it was, put back under a log that has grown since. */
  const rollBack = async () => {
    room = await openRoom();
    const backup = mkdtempSync(join(tmpdir(), "deskhand-backup-"));
    const clock = movableClock();
    const doc = new Y.Doc();
    const desktop = room.client({
      ...clock.ports,
      doc,
      snapshot: () => Y.encodeStateAsUpdate(doc),
      compactAfterFrames: 6,
    });
    const phone = room.client(clock.ports);
    await until(() => desktop.isLive() && phone.isLive());
    for (let i = 0; i < 7; i++) {
      type(desktop, "old ");
      await until(desktop.isSettled);
    }
    await until(() => phone.text() === desktop.text());
    await room.stop();
    cpSync(room.dataDir, backup, { recursive: true });
    await room.start();
    for (const client of [desktop, phone]) client.retryNow();
    await until(() => desktop.isLive() && phone.isLive());
    type(desktop, "new ");
    type(phone, "phone ");
    await until(() => desktop.isSettled() && phone.isSettled() && desktop.text() === phone.text());
    await room.stop();
    rmSync(room.dataDir, { recursive: true });
    cpSync(backup, room.dataDir, { recursive: true });
    rmSync(backup, { recursive: true });
    await room.start();
    for (const client of [desktop, phone]) client.retryNow();
    await until(() => [desktop, phone].every((client) => client.status().alarm !== undefined));
    return { clock, desktop, phone };
  };

  test("[T6] an alarm at once; accepted, it gets back what it lost, and newcomers have nothing to accept", async () => {
    const { desktop, phone } = await rollBack();
    expect(desktop.status().alarm?.type).toBe("rollback");
    expect(phone.status().alarm?.type).toBe("rollback");
    desktop.acceptHistory();
    await until(desktop.isSettled);
    expect(desktop.status().alarm).toBe(undefined);
    const late = room.client();
    await until(() => late.text() === desktop.text());
    phone.acceptHistory();
    await until(() => phone.isSettled() && late.isSettled());
    type(phone, "again ");
    type(late, "late ");
    await until(() => [desktop, late].every((client) => client.text() === phone.text()));
    for (const client of [desktop, phone, late]) {
      expect(client.status()).toMatchObject({ phase: "live", ignored: {} });
      expect(client.status().alarm).toBe(undefined);
    }
    const raw = await joinRaw(room.url(), room.keys);
    raw.close();
    expect(raw.received[0]).toMatchObject({ type: "snapshot", upto: 7 }); // all that was accepted
  });

  test("accepting where there is no alarm does nothing", async () => {
    const { reader, relay } = await open();
    reader.acceptHistory();
    expect(reader.isLive()).toBe(true);
    expect(relay.sockets.length).toBe(1);
  });
});

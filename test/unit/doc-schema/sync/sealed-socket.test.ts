/** The sealed socket between the stock y-websocket provider and the real relay. */
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import { readPeers, writePresence, type ConnectRoomInput } from "@deskhand/doc-schema/sync";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { createAuthor } from "./frame-author.ts";
import { joinRaw } from "./raw-client.ts";
import {
  bytes,
  filesIn,
  freshKeys,
  openRoom,
  until,
  type TestClient,
  type TestRoom,
} from "./room-harness.ts";

let room: TestRoom;
afterEach(() => room.close());

const type = (client: TestClient, text: string): void => client.doc.getText("t").insert(0, text);
const compacting = (doc: Y.Doc): Partial<ConnectRoomInput> => ({
  doc,
  snapshot: () => Y.encodeStateAsUpdate(doc),
  compactAfterFrames: 20,
});

/** How many frames, and bytes, the relay would replay. */
const stored = async (): Promise<{ readonly frames: number; readonly snapshots: number }> => {
  const observer = await joinRaw(room.url(), room.keys);
  observer.close();
  const { received } = observer;
  return {
    frames: received.filter((message) => message.type === "frame").length,
    snapshots: received.filter((message) => message.type === "snapshot").length,
  };
};

describe("editing", () => {
  test("live edits converge both ways", async () => {
    room = await openRoom();
    const [a, b] = [room.client(), room.client()];
    await until(() => a.isLive() && b.isLive());
    for (let i = 0; i < 50; i++) {
      type(a, `a${i} `);
      type(b, `b${i} `);
    }
    await until(() => a.text() === b.text() && a.text().includes("a49") && a.isSettled() && b.isSettled());
    expect(a.text()).toContain("b49");
    expect(a.status().ignored).toEqual({});
  });

  test("offline edits of both arrive, also through a relay that was away, and a third device reads all", async () => {
    room = await openRoom();
    const [a, b] = [room.client(), room.client()];
    await until(() => a.isLive() && b.isLive());
    a.provider.disconnect();
    b.provider.disconnect();
    type(a, "from a ");
    type(b, "from b ");
    expect(a.status()).toMatchObject({ phase: "offline", pending: 1 });
    a.retryNow();
    await until(a.isSettled);
    a.provider.disconnect();
    b.retryNow();
    await until(() => b.text().includes("from a ") && b.isSettled());
    await room.stop();
    type(b, "while the relay was away ");
    await room.start();
    a.retryNow();
    b.retryNow();
    await until(() => a.text() === b.text() && a.text().includes("away") && b.isSettled());
    const c = room.client();
    await until(() => c.text() === a.text());
    expect(c.text()).toContain("from b ");
  });

  test("a relay restart under load loses nothing", async () => {
    room = await openRoom();
    const [a, b] = [room.client(), room.client()];
    await until(() => a.isLive() && b.isLive());
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20; i++) type(a, "x");
      const stopping = room.stop();
      for (let i = 0; i < 20; i++) type(b, "y");
      await stopping;
      type(a, "z");
      await room.start();
    }
    await until(() => a.text() === b.text() && a.text().length === 123 && a.isSettled() && b.isSettled());
    const c = room.client();
    await until(() => c.text() === a.text());
    expect(c.text().replace(/[xyz]/g, "")).toBe("");
  });

  test("`known` tells whether a struct is at the relay", async () => {
    room = await openRoom();
    const a = room.client();
    await until(a.isLive);
    a.provider.disconnect();
    type(a, "0123456789");
    expect(a.known.covers(a.doc.clientID, 9)).toBe(false);
    a.retryNow();
    await until(() => a.known.covers(a.doc.clientID, 9));
    expect(a.known.covers(a.doc.clientID, 10)).toBe(false);
    expect(a.known.has(Y.encodeStateAsUpdate(a.doc))).toBe(true);
  });
});

describe("the log", () => {
  test("reconnects do not grow it; a delete-only edit made offline still gets through", async () => {
    room = await openRoom();
    const [a, b] = [room.client(), room.client()];
    await until(() => a.isLive() && b.isLive());
    for (let i = 0; i < 40; i++) type(a, "word ");
    for (let i = 0; i < 20; i++) a.doc.getText("t").delete(i * 3, 2);
    await until(() => a.text() === b.text() && a.isSettled() && b.isSettled());
    const before = await stored();
    for (let i = 0; i < 5; i++) {
      for (const client of [a, b]) {
        client.provider.disconnect();
        client.retryNow();
        await until(client.isSettled);
      }
    }
    expect(await stored()).toEqual(before);
    a.provider.disconnect();
    a.doc.getText("t").delete(0, 5);
    a.retryNow();
    await until(() => a.isSettled() && a.text() === b.text());
    expect((await stored()).frames).toBe(before.frames + 1);
  });

  test("compaction by two: a late and a lagging client converge on a short log", async () => {
    room = await openRoom();
    const [a, b] = [room.client(compacting(new Y.Doc())), room.client(compacting(new Y.Doc()))];
    const lagging = room.client();
    await until(() => a.isLive() && b.isLive() && lagging.isLive());
    type(a, "start");
    await until(() => lagging.text() === "start");
    lagging.provider.disconnect();
    type(lagging, "lag ");
    for (let i = 0; i < 60; i++) {
      type(a, "a");
      await until(a.isSettled);
      type(b, "b");
      await until(b.isSettled);
    }
    await until(() => a.text() === b.text());
    const log = await stored();
    expect(log.snapshots).toBe(1);
    expect(log.frames).toBeLessThan(60);
    lagging.retryNow();
    const late = room.client();
    await until(
      () => lagging.isSettled() && [a, b, late].every((client) => client.text() === lagging.text()),
    );
    expect(late.text()).toContain("lag ");
  });

  test("[T7] a wiped relay is filled again by a client", async () => {
    room = await openRoom();
    const [a, b] = [room.client(), room.client()];
    await until(() => a.isLive() && b.isLive());
    type(a, "precious");
    await until(() => b.text() === "precious" && a.isSettled());
    await room.wipe();
    a.retryNow();
    await until(() => a.isSettled() && a.known.has(Y.encodeStateAsUpdate(a.doc)));
    a.destroy();
    b.destroy();
    const c = room.client();
    await until(() => c.text() === "precious");
    expect(await stored()).toEqual({ frames: 1, snapshots: 0 });
  });

  test("a large document is cut into pieces that the relay takes", async () => {
    room = await openRoom();
    const a = room.client();
    for (let i = 0; i < 60; i++) a.doc.getArray("rows").push([`${i} ${"x".repeat(20_000)}`]);
    const b = room.client();
    await until(() => a.isSettled() && b.doc.getArray("rows").length === 60, 20_000);
    expect(b.doc.getArray("rows").toJSON()).toEqual(a.doc.getArray("rows").toJSON());
    expect(b.status()).toMatchObject({ ignored: {}, held: 0 });
  });
});

describe("refusals", () => {
  test("a wrong key is refused, and says so", async () => {
    room = await openRoom();
    const stranger = room.client({ keys: { ...room.keys, authSecret: freshKeys().authSecret } });
    await until(() => stranger.status().phase === "refused");
    expect(stranger.status().refusal).toBe("bad-auth");
  });

  test("[SY2] garbage in the room is counted by its word and does not stop later frames", async () => {
    room = await openRoom();
    const b = room.client();
    await until(b.isLive);
    const raw = await joinRaw(room.url(), room.keys);
    const { update: seal } = createAuthor(room.keys, raw.logId);
    const broken = seal(Uint8Array.of(0, 0));
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
    raw.append(broken);
    raw.append(seal(Uint8Array.of(9, 9, 9)));
    const doc = new Y.Doc();
    doc.getText("t").insert(0, "sound");
    raw.append(seal(Y.encodeStateAsUpdate(doc)));
    await until(() => b.text() === "sound");
    expect(b.status().ignored).toEqual({ "bad-tag": 1, malformed: 1 });
    const late = room.client();
    await until(() => late.text() === "sound");
    expect(late.status().ignored).toEqual({ "bad-tag": 1, malformed: 1 });
    raw.close();
  });

  test("an update that came too early is held, and taken when what it builds on is there", async () => {
    room = await openRoom();
    const b = room.client();
    await until(b.isLive);
    const raw = await joinRaw(room.url(), room.keys);
    const author = createAuthor(room.keys, raw.logId);
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (const word of ["one ", "two ", "three "]) doc.getText("t").insert(0, word);
    for (const update of updates.toReversed()) raw.append(author.update(update));
    await until(() => b.text() === "three two one " && b.status().held === 0);
    expect(b.doc.store.pendingStructs).toBe(null);
    raw.close();
  });

  test("the relay's folder holds no plaintext", async () => {
    room = await openRoom();
    const a = room.client();
    await until(a.isLive);
    type(a, "PLAINTEXTMARKER");
    a.awareness.setLocalState({ note: "PLAINTEXTMARKER" });
    await until(a.isSettled);
    const files = filesIn(room.dataDir);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(file.includes("PLAINTEXTMARKER")).toBe(false);
  });
});

describe("presence", () => {
  const present = (client: TestClient): string[] => readPeers(client.awareness).map((peer) => peer.role);
  const show = (client: TestClient, role: "phone" | "executor"): void =>
    writePresence(client.awareness, {
      deviceId: createDeviceKeys(bytes(32), bytes(32)).deviceId,
      role,
      appVersion: "0.1.0",
      onlineSince: 1,
      power: "awake",
    });

  test("a joiner sees who is there, and is seen, without waiting for a timer", async () => {
    room = await openRoom();
    const a = room.client();
    show(a, "executor");
    await until(a.isLive);
    const b = room.client();
    show(b, "phone");
    await until(() => present(a).includes("phone") && present(b).includes("executor"));
    b.provider.disconnect();
    await until(() => present(a).length === 0);
    b.retryNow();
    await until(() => present(a).includes("phone") && present(b).includes("executor"));
    expect(a.status().peers).toBe(1);
  });

  test("a peer whose socket is cut, without a word, vanishes when the relay says that it left", async () => {
    room = await openRoom();
    const sockets: WebSocket[] = [];
    class CuttableSocket extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    const a = room.client();
    const removals: number[] = [];
    a.awareness.on("change", ({ removed }: { readonly removed: readonly number[] }) =>
      removals.push(...removed),
    );
    const other = room.client({ WebSocket: CuttableSocket });
    show(other, "phone");
    await until(() => present(a).includes("phone"));
    expect(removals).toEqual([]);
    sockets[0]?.terminate();
    await until(() => removals.includes(other.doc.clientID));
    await until(() => present(a).includes("phone")); // back on a new socket
    expect(sockets.length).toBe(2);
  });

  test("nobody else's message changes our own state", async () => {
    room = await openRoom();
    const a = room.client();
    show(a, "executor");
    await until(a.isLive);
    const b = room.client();
    await until(b.isLive);
    b.doc.clientID = a.doc.clientID;
    b.awareness.clientID = a.doc.clientID;
    for (let i = 0; i < 5; i++) show(b, "phone");
    await until(() => a.status().peers === 1);
    const seen = a.awareness.getLocalState();
    expect(seen).toMatchObject({ role: "executor" });
  });
});

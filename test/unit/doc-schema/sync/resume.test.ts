/** Going on after a restart of the app: what is trusted, and how little is transferred. */
import type { ConnectRoomInput } from "@deskhand/doc-schema/sync";
import { afterEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createRelayKnowledge } from "../../../../doc-schema/src/sync/relay-knowledge.ts";
import {
  documentCovers,
  parseResumeState,
  writeResumeState,
  type ResumeState,
} from "../../../../doc-schema/src/sync/resume-state.ts";
import { createAuthor } from "./frame-author.ts";
import { createLyingRelay } from "./lying-socket.ts";
import { joinRaw } from "./raw-client.ts";
import {
  bytes,
  freshKeys,
  movableClock,
  openRoom,
  until,
  type TestClient,
  type TestRoom,
} from "./room-harness.ts";

let room: TestRoom | undefined;
afterEach(() => room?.close());

const type = (client: TestClient, text: string): void => client.doc.getText("t").insert(0, text);
const copyOf = (doc: Y.Doc): Y.Doc => {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
};

/** A device whose app can be ended and started again, with what it stored. */
const createApp = (opened: TestRoom, options: Partial<ConnectRoomInput> = {}) => {
  const clock = movableClock();
  let doc = new Y.Doc();
  let stored: Uint8Array | undefined;
  let offers = 0;
  let client: TestClient | undefined;
  return {
    offers: () => offers,
    stored: () => stored,
    start: (lose: (doc: Y.Doc) => Y.Doc = copyOf, resume = stored) => {
      doc = lose(doc);
      const relay = createLyingRelay();
      client = opened.client({
        ...clock.ports,
        WebSocket: relay.WebSocket,
        doc,
        resume,
        onResumable: (offered) => {
          stored = offered;
          offers++;
        },
        ...options,
      });
      return { client, relay };
    },
    save: (): void => clock.forward(1_000),
    end: (): void => client?.destroy(),
  };
};

describe("after a restart", () => {
  test("only what was missed is transferred, however large the document is", async () => {
    room = await openRoom();
    const [app, writer] = [createApp(room), room.client()];
    for (let i = 0; i < 300; i++) writer.doc.getArray("rows").push([`${i} ${"x".repeat(1_000)}`]);
    const first = app.start();
    await until(() => first.client.doc.getArray("rows").length === 300 && first.client.isSettled(), 20_000);
    expect(first.relay.receivedBytes).toBeGreaterThan(300_000);
    app.save();
    app.end();
    for (let i = 0; i < 10; i++) {
      writer.doc.getArray("rows").push([`missed ${i}`]);
      await until(writer.isSettled);
    }
    const second = app.start();
    await until(() => second.client.doc.getArray("rows").length === 310 && second.client.isSettled());
    expect(second.relay.receivedBytes).toBeLessThan(8_000);
    expect(second.client.status()).toMatchObject({ replayed: 10 });
  });

  test("what was written offline goes up, and nothing else", async () => {
    room = await openRoom();
    const app = createApp(room);
    const first = app.start();
    type(first.client, "before ");
    await until(first.client.isSettled);
    app.save();
    app.end();
    const second = app.start((doc) => {
      const copy = copyOf(doc);
      copy.getText("t").insert(0, "offline ");
      return copy;
    });
    await until(() => second.client.isSettled() && second.client.known.cursor === 2);
    app.save();
    app.end();
    const third = app.start();
    await until(third.client.isSettled);
    const raw = await joinRaw(room.url(), room.keys);
    raw.close();
    expect(raw.received.filter(({ type: kind }) => kind === "frame")).toHaveLength(2);
  });

  test("ticks and peers' cursors are there before the relay answers", async () => {
    room = await openRoom();
    const [app, peer] = [createApp(room), room.client()];
    const { client } = app.start();
    type(client, "mine");
    await until(() => peer.text() === "mine");
    type(peer, "yours ");
    await until(() => client.text() === "yours mine");
    app.save();
    app.end();
    await room.stop();
    const { client: again } = app.start();
    expect(again.ackedAt(client.doc.clientID, 3)).toBe(1);
    expect(again.ackedAt(client.doc.clientID, 4)).toBe(undefined);
    expect(again.ackedAt(peer.doc.clientID, 0)).toBe(2);
    await room.start();
  });

  test.each(["structs", "deletions", "everything"])(
    "[T38] [SY1] a document that lost %s gets the whole log again",
    async (lost) => {
      room = await openRoom();
      const [app, writer] = [createApp(room), room.client()];
      const { client } = app.start();
      type(writer, "first second ");
      await until(() => client.text() === "first second ");
      const early = copyOf(client.doc);
      if (lost === "deletions") writer.doc.getText("t").delete(0, 6);
      else type(writer, "third ");
      await until(() => client.text() === writer.text());
      app.save();
      app.end();
      const second = app.start(() => (lost === "everything" ? new Y.Doc() : early));
      await until(() => second.client.text() === writer.text());
      expect(second.client.status().replayed).toBe(2);
    },
  );

  test("bytes that are damaged, of another room, or of another version are ignored", async () => {
    room = await openRoom();
    const app = createApp(room);
    const { client } = app.start();
    type(client, "text");
    await until(client.isSettled);
    app.save();
    app.end();
    const stored = app.stored() ?? bytes(0);
    for (const resume of [
      bytes(300),
      stored.subarray(1),
      stored.map((byte, i) => (i === 70 ? byte ^ 1 : byte)),
    ]) {
      const again = app.start(copyOf, resume);
      await until(again.client.isSettled);
      expect(again.client.status().replayed).toBe(1);
      app.end();
    }
  });

  test("[T6] [T7] a relay that lost its disk meanwhile is filled again; one that was rolled back is an alarm", async () => {
    room = await openRoom();
    const app = createApp(room);
    const first = app.start();
    type(first.client, "precious");
    await until(first.client.isSettled);
    app.save();
    app.end();
    await room.wipe();
    const second = app.start();
    await until(
      () => second.client.isSettled() && second.client.known.has(Y.encodeStateAsUpdate(second.client.doc)),
    );
    expect(second.client.status().alarm).toBe(undefined);
    app.save();
    app.end();
    const third = app.start();
    third.relay.lie = (message) => (message.type === "live" ? [{ ...message, head: 0 }] : [message]);
    await until(() => third.client.status().alarm !== undefined);
    expect(third.client.status().alarm?.type).toBe("rollback");
  });
});

describe("what is offered", () => {
  test("at most once a second, and not while something is held", async () => {
    room = await openRoom();
    const [app, writer] = [createApp(room), room.client()];
    const { client } = app.start();
    for (let i = 0; i < 20; i++) {
      type(writer, "x");
      await until(() => writer.isSettled());
    }
    await until(() => client.text().length === 20);
    expect(app.offers()).toBe(0);
    app.save();
    expect(app.offers()).toBe(1);
    app.save();
    expect(app.offers()).toBe(1);
    const raw = await joinRaw(room.url(), room.keys);
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (const word of ["one ", "two "]) doc.getText("t").insert(0, word);
    const author = createAuthor(room.keys, raw.logId);
    for (const update of updates.toReversed()) {
      raw.append(author.update(update));
      await until(() => client.known.cursor > 20);
      app.save();
    }
    await until(() => client.status().held === 0);
    raw.close();
    app.save();
    expect(app.offers()).toBe(2);
  });
});

describe("the bytes", () => {
  const keys = freshKeys();
  const doc = new Y.Doc();
  doc.getText("t").insert(0, "some text");
  doc.getText("t").delete(2, 3);
  const known = createRelayKnowledge();
  known.learn(Y.encodeStateAsUpdate(doc), 5);
  known.advance(5);
  const peer = createAuthor(keys, bytes(16)).deviceId;
  const state: ResumeState = {
    roomId: keys.roomId,
    logId: bytes(16),
    transcript: bytes(32),
    known: known.store(),
    peerCursors: new Map([[peer, 4]]),
    growth: { frames: 7, bytes: 900.4, base: 0, isUnsound: true },
  };

  test("come back as they were written", () => {
    const parsed = parseResumeState(writeResumeState(state), keys.roomId);
    expect(parsed).toEqual({
      ...state,
      growth: { ...state.growth, bytes: 900 },
      known: { ...state.known, content: expect.anything() as unknown },
    });
    expect(parsed && documentCovers(doc, parsed.known.content)).toBe(true);
    expect(parsed && documentCovers(new Y.Doc(), parsed.known.content)).toBe(false);
  });

  test("any changed or missing byte, and any other room, makes them none", () => {
    const written = writeResumeState(state);
    for (let i = 0; i < written.length; i++) {
      expect(
        parseResumeState(
          written.map((byte, at) => (at === i ? byte ^ 4 : byte)),
          keys.roomId,
        ),
      ).toBe(undefined);
      expect(parseResumeState(written.subarray(0, i), keys.roomId)).toBe(undefined);
    }
    expect(parseResumeState(written, bytes(16))).toBe(undefined);
  });
});

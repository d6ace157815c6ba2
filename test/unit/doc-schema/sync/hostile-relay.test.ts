/** Relays that lie, fall silent, or refuse: scripted, over real sockets. Only the clock is fake. */
import { createDeviceKeys, unsealFrame } from "@deskhand/doc-schema/crypto";
import { connectRoom, type RoomConnection } from "@deskhand/doc-schema/sync";
import {
  parseClientMessage,
  writeRelayMessage,
  type ClientMessage,
  type RelayMessage,
} from "@deskhand/doc-schema/wire";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import * as Y from "yjs";
import { originOf } from "../../../../doc-schema/src/sync/relay-session.ts";
import { createAuthor } from "./frame-author.ts";
import { bytes, freshKeys, movableClock, openRoom, realPorts, until } from "./room-harness.ts";

const keys = freshKeys();
const logId = bytes(16);
const frameOf = (edit: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc();
  edit(doc);
  return createAuthor(keys, logId).update(Y.encodeStateAsUpdate(doc));
};
const hello = frameOf((doc) => doc.getText("t").insert(0, "hello"));

let undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.toReversed()) step();
  undo = [];
});

type Send = (message: RelayMessage) => void;
interface Script {
  /** On the nth connection, counted from 1. */
  readonly onAuth: (send: Send, after: number, connection: number, close: (code: number) => void) => void;
  readonly onOpen?: (socket: WebSocket) => void;
  readonly onOther?: (send: Send, message: ClientMessage) => void;
}

const startScripted = async (script: Script): Promise<string> => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  let connections = 0;
  server.on("connection", (socket) => {
    const connection = ++connections;
    const send: Send = (message) => socket.send(writeRelayMessage(message));
    script.onOpen?.(socket);
    socket.on("message", (data: Buffer) => {
      const parsed = parseClientMessage(Uint8Array.from(data));
      if (!parsed.ok) throw new Error(parsed.error.type);
      const { value } = parsed;
      if (value.type === "hello") send({ type: "challenge", nonce: bytes(32) });
      else if (value.type === "auth")
        script.onAuth(send, value.after, connection, (code) => socket.close(code));
      else script.onOther?.(send, value);
    });
  });
  undo.push(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await new Promise((resolve) => server.once("listening", resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address
};

const connect = (relayUrl: string, ports = realPorts, doc = new Y.Doc()): RoomConnection => {
  const { deviceId } = createDeviceKeys(bytes(32), bytes(32));
  const connection = connectRoom({ ...ports, doc, keys, deviceId, relayUrl });
  undo.push(connection.destroy);
  return connection;
};
const closesOf = ({ provider }: RoomConnection): { readonly code: number; readonly reason: string }[] => {
  const closes: { readonly code: number; readonly reason: string }[] = [];
  provider.on("connection-close", (event) => {
    if (event !== null) closes.push({ code: event.code, reason: event.reason });
  });
  return closes;
};

describe("a relay that lies", () => {
  test("a message that is none, or out of order, ends the socket only", async () => {
    const scripts: readonly ((socket: WebSocket) => void)[] = [
      (socket) => socket.send("text"),
      (socket) => socket.send(Uint8Array.of(99)),
      (socket) => socket.send(writeRelayMessage({ type: "live", head: 0, logId, session: 1 })),
      (socket) => socket.send(writeRelayMessage({ type: "frame", seq: 1, frame: hello })),
    ];
    for (const onOpen of scripts) {
      const connection = connect(await startScripted({ onOpen, onAuth: () => {} }));
      const closes = closesOf(connection);
      await until(() => closes.length > 0);
      expect(closes[0]).toEqual({ code: 4000, reason: "bad-message" });
      expect(connection.provider.doc.getText("t").length).toBe(0);
      connection.destroy();
    }
  });

  test("[T3] a frame that is sent twice is taken once", async () => {
    const doc = new Y.Doc();
    const url = await startScripted({
      onAuth: (send) => {
        send({ type: "frame", seq: 1, frame: hello });
        send({ type: "frame", seq: 1, frame: hello });
        send({ type: "live", head: 1, logId, session: 1 });
        send({ type: "frame", seq: 1, frame: hello });
      },
    });
    const connection = connect(url, realPorts, doc);
    await until(() => connection.status().phase === "live");
    expect(doc.getText("t").toJSON()).toBe("hello");
    expect(connection.known.cursor).toBe(1);
  });

  test.each<[string, readonly RelayMessage[]]>([
    ["COMMITTED of what never came", [{ type: "committed", seq: 1 }]],
    [
      "COMMITTED of another number",
      [
        { type: "early", seq: 1, frame: hello },
        { type: "committed", seq: 2 },
      ],
    ],
    [
      "a second EARLY before COMMITTED",
      [
        { type: "early", seq: 1, frame: hello },
        { type: "early", seq: 1, frame: hello },
      ],
    ],
    [
      "a FRAME before COMMITTED",
      [
        { type: "early", seq: 1, frame: hello },
        { type: "frame", seq: 1, frame: hello },
      ],
    ],
  ])("%s ends the socket", async (_name, messages) => {
    const url = await startScripted({
      onAuth: (send) => {
        send({ type: "live", head: 0, logId, session: 1 });
        for (const message of messages) send(message);
      },
    });
    const connection = connect(url);
    const closes = closesOf(connection);
    await until(() => closes.length > 0);
    expect(closes[0]).toEqual({ code: 4000, reason: "bad-message" });
    expect(connection.known.cursor).toBe(0);
  });

  test("[T4] what came early and was then lost is asked for again, is not believed to be there, and is said again", async () => {
    const asked: number[] = [];
    const appended: Uint8Array[] = [];
    let showEarly = (): void => {};
    let drop = (): void => {};
    const url = await startScripted({
      onAuth: (send, after, connection, close) => {
        asked.push(after);
        send({ type: "live", head: 0, logId, session: 1 });
        if (connection > 1) return;
        showEarly = () => send({ type: "early", seq: 1, frame: hello });
        drop = () => close(1001);
      },
      onOther: (_send, message) => {
        if (message.type === "append") appended.push(message.frame);
      },
    });
    const doc = new Y.Doc();
    const connection = connect(url, realPorts, doc);
    await until(() => connection.status().phase === "live");
    showEarly();
    await until(() => doc.getText("t").toJSON() === "hello");
    expect(connection.known.cursor).toBe(0);
    expect(connection.known.has(Y.encodeStateAsUpdate(doc))).toBe(false);
    expect(connection.status().pending).toBe(0); // its author has just said it
    drop();
    await until(() => appended.length === 1);
    expect(asked).toEqual([0, 0]);
    const [again] = appended.map((frame) => unsealFrame(keys, frame));
    if (again?.ok !== true) throw new Error("not ours");
    const copy = new Y.Doc();
    Y.applyUpdate(copy, again.value.body);
    expect(copy.getText("t").toJSON()).toBe("hello");
    expect(again.value.cursor).toBe(0);
    expect(connection.status().alarm).toBe(undefined);
  });

  test("another log is read from its start: the relay lost its disk, and that is no alarm", async () => {
    const asked: number[] = [];
    const url = await startScripted({
      onAuth: (send, after, connection) => {
        asked.push(after);
        if (connection === 1) send({ type: "frame", seq: 1, frame: hello });
        const id = connection === 1 ? logId : otherLogId;
        send({ type: "live", logId: id, head: connection === 1 ? 1 : 0, session: 1 });
      },
    });
    const otherLogId = bytes(16);
    const connection = connect(url);
    await until(() => connection.status().phase === "live");
    connection.provider.disconnect();
    connection.retryNow();
    await until(() => asked.length === 3 && connection.status().phase === "live");
    expect(asked).toEqual([0, 1, 0]);
    expect(connection.status().alarm).toBe(undefined);
  });

  test("only what the provider took moves the cursor: a cut before LIVE replays all", async () => {
    const asked: number[] = [];
    const url = await startScripted({
      onAuth: (send, after, connection) => {
        asked.push(after);
        send({ type: "frame", seq: 1, frame: hello });
        if (connection > 1) send({ type: "live", head: 1, logId, session: 1 });
      },
    });
    const connection = connect(url);
    await until(() => asked.length === 1 && connection.status().phase === "catching-up");
    connection.provider.disconnect();
    connection.retryNow();
    await until(() => connection.status().phase === "live");
    expect(asked).toEqual([0, 0]);
    expect(connection.provider.doc.getText("t").toJSON()).toBe("hello");
  });
});

describe("a relay that falls silent", () => {
  test("after 25 s without a word the socket is given up", async () => {
    const clock = movableClock();
    const url = await startScripted({
      onAuth: (send) => send({ type: "live", head: 0, logId, session: 1 }),
    });
    const connection = connect(url, clock.ports);
    const closes = closesOf(connection);
    await until(() => connection.status().phase === "live");
    clock.forward(10_000);
    clock.forward(10_000);
    expect(closes).toEqual([]);
    clock.forward(10_000);
    expect(closes).toEqual([{ code: 4000, reason: "silent" }]);
    expect(connection.status().phase).toBe("offline");
  });

  test("each PONG reaches the provider, whose own watchdog would cut a quiet room after 30 s", async () => {
    const clock = movableClock();
    let pings = 0;
    const url = await startScripted({
      onAuth: (send) => send({ type: "live", head: 0, logId, session: 1 }),
      onOther: (send, { type }) => {
        if (type === "ping") pings++;
        if (type === "ping") send({ type: "pong" });
      },
    });
    const connection = connect(url, clock.ports);
    await until(() => connection.status().phase === "live");
    connection.provider.wsLastMessageReceived = 0;
    clock.forward(10_000);
    await until(() => connection.provider.wsLastMessageReceived > 0);
    expect(pings).toBe(1);
  });
});

describe("a relay that refuses", () => {
  test("a final refusal is tried again after a minute, not at once", async () => {
    const clock = movableClock();
    let refusals = 0;
    const url = await startScripted({
      onAuth: (send, _after, _connection, close) => {
        refusals++;
        send({ type: "refused", code: "bad-origin" });
        close(4405);
      },
    });
    const connection = connect(url, clock.ports);
    await until(() => connection.status().phase === "refused");
    expect(connection.status().refusal).toBe("bad-origin");
    clock.forward(59_000);
    expect(connection.provider.ws).toBe(null);
    clock.forward(1_000);
    await until(() => refusals === 2);
  });

  test("while the relay cannot store, reading goes on, and what was refused is sent again later", async () => {
    const clock = movableClock();
    let appends = 0;
    let pings = 0;
    const url = await startScripted({
      onAuth: (send) => send({ type: "live", head: 0, logId, session: 1 }),
      onOther: (send, { type }) => {
        if (type === "ping") {
          pings++;
          send({ type: "pong" });
        }
        if (type !== "append") return;
        appends++;
        if (appends > 1) return send({ type: "ack", clientSeq: appends, seq: 2 });
        send({ type: "refused", code: "read-only" });
        send({ type: "frame", seq: 1, frame: hello });
      },
    });
    const doc = new Y.Doc();
    const connection = connect(url, clock.ports, doc);
    await until(() => connection.status().phase === "live");
    doc.getArray("a").push([1]);
    await until(() => doc.getText("t").toJSON() === "hello");
    expect(connection.status()).toMatchObject({ phase: "live", refusal: "read-only", pending: 1 });
    for (const round of [1, 2, 3]) {
      const { wsLastMessageReceived } = connection.provider;
      clock.forward(10_000);
      await until(() => pings === round && connection.provider.wsLastMessageReceived > wsLastMessageReceived);
    }
    await until(() => connection.status().pending === 0);
    expect(connection.status().refusal).toBe(undefined);
    expect(appends).toBe(2);
  });

  test("a room that is full is compacted by the desktop, and then takes the rest", async () => {
    const room = await openRoom({ limits: { roomFrames: 10 } });
    const doc = new Y.Doc();
    const desktop = room.client({ doc, snapshot: () => Y.encodeStateAsUpdate(doc) });
    await until(desktop.isLive);
    for (let i = 0; i < 25; i++) {
      doc.getArray("a").push([i]);
      await until(desktop.isSettled);
    }
    const late = room.client();
    await until(() => late.doc.getArray("a").length === 25);
    expect(desktop.status()).toMatchObject({ phase: "live", refusal: undefined, pending: 0 });
    await room.close();
  });

  test("[T7] what a snapshot holds beyond the log does not count as known", async () => {
    const room = await openRoom();
    const doc = new Y.Doc();
    const unsent = new Y.Doc();
    unsent.clientID = 99;
    unsent.getText("u").insert(0, "never appended");
    const desktop = room.client({
      doc,
      compactAfterFrames: 2,
      snapshot: () => Y.mergeUpdates([Y.encodeStateAsUpdate(doc), Y.encodeStateAsUpdate(unsent)]),
    });
    await until(desktop.isLive);
    for (let i = 0; i < 4; i++) {
      doc.getArray("a").push([i]);
      await until(desktop.isSettled);
    }
    const late = room.client();
    await until(() => late.doc.getText("u").length > 0);
    expect(desktop.known.covers(99, 0)).toBe(false);
    await room.close();
  });
});

test("AUTH names the relay as the Host header does", () => {
  expect(originOf("wss://Relay.example:443/sync")).toBe("wss://relay.example");
  expect(originOf("ws://relay.example:80/sync")).toBe("ws://relay.example");
  expect(originOf("ws://127.0.0.1:8787/sync?x")).toBe("ws://127.0.0.1:8787");
  expect(originOf("wss://[::1]:8787")).toBe("wss://[::1]:8787");
});

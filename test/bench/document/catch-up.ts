/**
 * What a device that was away transfers: it comes back with its stored document and its stored place in the log, k
 * messages later. It must grow with k, not with the document. Real relay, real sockets; the stock provider on the
 * stock server in the same run.
 */
import { createEpochKeys, redact, type DeviceId } from "@deskhand/doc-schema/crypto";
import { connectRoom, type RoomConnection } from "@deskhand/doc-schema/sync";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { nodeSyncPorts } from "../../../desktop/src/host/sync-ports.ts";
import { startRelayProcess } from "../../journeys/support/relay.ts";
import { countingSocket, type ByteCount } from "../lib/counting-socket.ts";
import { until, wait } from "../lib/measure.ts";
import type { Report } from "../lib/report.ts";
import { startStockServer } from "../lib/y-websocket-server.ts";
import {
  createPlainThread,
  createThread,
  sendMessage,
  sendPlainMessage,
  type Workspace,
} from "./documents.ts";

const MESSAGES = 10_000;
const MISSED = [1, 10, 100] as const;
const keys = createEpochKeys(redact("root-key", new Uint8Array(32).fill(11)), 1);

/** A device that may leave and come back to `doc`. */
interface Reader {
  readonly doc: Y.Doc;
  /** Connects, catches up with `writer`, leaves; the bytes that it took. */
  readonly visit: (writer: Y.Doc) => Promise<ByteCount>;
}

export const measureCatchUp = async (report: Report): Promise<void> => {
  report.say(`catching up in a thread of ${MESSAGES}`);
  const folder = mkdtempSync(path.join(os.tmpdir(), "deskhand-bench-"));
  const relay = await startRelayProcess(folder);
  const stock = await startStockServer();
  const workspace = createThread(MESSAGES);
  const plain = createPlainThread(MESSAGES);
  const documentBytes = Y.encodeStateAsUpdate(workspace.doc).length;
  const writer = connect(relay.url, workspace.doc, workspace.phone.deviceId, {});
  const plainWriter = connectStock(stock.url, plain, { received: 0, sent: 0 });
  await until("the thread is at the relay", () => isSettled(writer));
  await until("the plain thread is at the server", () => plainWriter.synced);
  const reader = createReader(relay.url, workspace.executor.deviceId);
  const plainReader = createStockReader(stock.url);
  report.add("first arrival", bytesOf(await reader.visit(workspace.doc)), "B");
  report.add("first arrival, stock y-websocket", bytesOf(await plainReader.visit(plain)), "B");
  for (const missed of MISSED) {
    await miss(missed, workspace, writer, plain);
    const bytes = bytesOf(await reader.visit(workspace.doc));
    report.add(`catch up after ${missed} missed messages`, bytes, "B");
    report.add(
      `catch up after ${missed} missed messages, stock y-websocket`,
      bytesOf(await plainReader.visit(plain)),
      "B",
    );
    if (missed !== 10) continue;
    report.atMost("catch up after 10 missed messages", bytes / 1024, 16, "KiB");
    report.atMost(
      "catch up after 10 missed messages, of the document",
      (bytes / documentBytes) * 100,
      5,
      "%",
    );
  }
  writer.destroy();
  plainWriter.destroy();
  await relay.stop();
  await stock.child.end();
  rmSync(folder, { recursive: true });
};

const bytesOf = ({ received, sent }: ByteCount): number => received + sent;

const isSettled = (room: RoomConnection): boolean =>
  room.status().phase === "live" && room.status().pending === 0;

const connect = (
  url: string,
  doc: Y.Doc,
  deviceId: DeviceId,
  rest: Partial<Parameters<typeof connectRoom>[0]>,
): RoomConnection =>
  connectRoom({ ...nodeSyncPorts, doc, keys, deviceId, relayUrl: url.replace(/^http/, "ws"), ...rest });

const connectStock = (url: string, doc: Y.Doc, count: ByteCount): WebsocketProvider =>
  new WebsocketProvider(url, "bench", doc, {
    disableBc: true,
    // `ws` has what the provider uses of the DOM's type.
    WebSocketPolyfill: countingSocket(count) as unknown as typeof WebSocket,
  });

/** One frame a message, as when they are sent minutes apart. */
const miss = async (
  count: number,
  workspace: Workspace,
  writer: RoomConnection,
  plain: Y.Doc,
): Promise<void> => {
  for (let index = 0; index < count; index++) {
    sendMessage(workspace, MESSAGES + index);
    sendPlainMessage(plain, MESSAGES + index);
    await until("the message is at the relay", () => isSettled(writer));
    await wait(25); // the relay takes 50 messages a second
  }
};

const sameState = (a: Y.Doc, b: Y.Doc): boolean =>
  Buffer.compare(Y.encodeStateVector(a), Y.encodeStateVector(b)) === 0;

const createReader = (url: string, deviceId: DeviceId): Reader => {
  const doc = new Y.Doc();
  let resume: Uint8Array | undefined;
  return {
    doc,
    visit: async (writer) => {
      const count = { received: 0, sent: 0 };
      let savedAt = 0;
      const room = connect(url, doc, deviceId, {
        WebSocket: countingSocket(count),
        ...(resume === undefined ? {} : { resume }),
        onResumable: (bytes) => {
          resume = bytes;
          savedAt = room.known.cursor;
        },
      });
      await until("the reader has caught up", () => isSettled(room) && sameState(doc, writer));
      const arrived = { ...count };
      await until("its place is stored", () => savedAt === room.known.cursor);
      room.destroy();
      return arrived;
    },
  };
};

const createStockReader = (url: string): Reader => {
  const doc = new Y.Doc();
  return {
    doc,
    visit: async (writer) => {
      const count = { received: 0, sent: 0 };
      const provider = connectStock(url, doc, count);
      await until("the stock reader has caught up", () => provider.synced && sameState(doc, writer));
      provider.destroy();
      return count;
    },
  };
};

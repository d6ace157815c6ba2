/** A new device joins a room of 10,000 messages: from dialling to a whole Y.Doc, unsealing included. */
import * as Y from "yjs";
import { median, until, wait } from "../../lib/measure.ts";
import { chat, type Chat } from "../load/documents.ts";
import { joinRoom, type Adaptor, type Peer } from "../load/peer.ts";
import type { RelayProcess } from "../load/process.ts";

const MESSAGES = 10_000;
const JOINS = 5;
const ROOM = "catch-up";

/** Milliseconds, with the log as it was written and, where the relay has that, compacted. */
export interface CatchUp {
  readonly asWritten: number;
  readonly compacted: number | undefined;
}

export const measureCatchUp = async (adaptor: Adaptor, relay: RelayProcess): Promise<CatchUp> => {
  const written = chat(MESSAGES);
  const sender = await joinRoom(adaptor, relay, ROOM);
  const receiver = await joinRoom(adaptor, relay, ROOM);
  await fill(sender, receiver, written);
  const asWritten = await medianJoin(adaptor, relay);
  const compacted = await compact(sender, written, () => medianJoin(adaptor, relay));
  sender.socket.close();
  receiver.socket.close();
  return { asWritten, compacted };
};

const fill = async (sender: Peer, receiver: Peer, { updates }: Chat): Promise<void> => {
  let arrived = 0;
  receiver.onUpdate = () => {
    arrived += 1;
  };
  for (let from = 0; from < updates.length; from += 200) {
    for (const update of updates.slice(from, from + 200)) sender.send(update);
    await wait(30);
  }
  let last = -1;
  await until("the room is full", () => {
    const isStill = arrived === last && arrived > 0;
    last = arrived;
    return isStill;
  });
  await wait(2_000);
};

const compact = async (
  sender: Peer,
  { state, updates }: Chat,
  join: () => Promise<number>,
): Promise<number | undefined> => {
  const messages = sender.dialect.compact?.(state, updates.length);
  if (messages === undefined) return undefined;
  let acked = 0;
  sender.onAck = () => {
    acked += 1;
  };
  for (const message of messages) sender.socket.send(message);
  await until("the log is compacted", () => acked === messages.length);
  return join();
};

const medianJoin = async (adaptor: Adaptor, relay: RelayProcess): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < JOINS; round++) times.push(await joinOnce(adaptor, relay));
  return median(times);
};

/** Some relays say "synced" before they have loaded the document, so the content decides. */
const joinOnce = async (adaptor: Adaptor, relay: RelayProcess): Promise<number> => {
  const doc = new Y.Doc();
  const arrived: (() => Uint8Array)[] = [];
  let wake = (): void => {};
  const start = performance.now();
  const peer = await joinRoom(adaptor, relay, ROOM, ({ update }) => {
    if (update !== undefined) arrived.push(update);
    wake();
  });
  for (;;) {
    doc.transact(() => {
      for (const update of arrived.splice(0)) Y.applyUpdate(doc, update());
    });
    if (doc.getArray("messages").length === MESSAGES) break;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  const took = performance.now() - start;
  peer.socket.close();
  return took;
};

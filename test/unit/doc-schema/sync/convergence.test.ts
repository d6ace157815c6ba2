/**
 * Random edits of three devices, with cut sockets, a relay that restarts, and compaction: in the end all documents
 * are equal, and so is that of a device that joins last. The seed is printed.
 */
import type { ConnectRoomInput } from "@deskhand/doc-schema/sync";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { openRoom, until, type TestClient } from "./room-harness.ts";

const createRandom = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
};

const contentOf = ({ doc }: TestClient): string =>
  JSON.stringify([
    doc.getText("t").toJSON(),
    Object.entries(doc.getMap("m").toJSON()).map(String).toSorted(),
    doc.getArray("a").toJSON(),
  ]);

const edit = ({ doc }: TestClient, random: (below: number) => number): void => {
  const text = doc.getText("t");
  const rows = doc.getArray<string>("a");
  switch (random(5)) {
    case 0:
      if (text.length > 4) text.delete(random(text.length - 3), 1 + random(3));
      break;
    case 1:
      doc.getMap("m").set(`k${random(8)}`, random(1_000));
      break;
    case 2:
      if (rows.length > 3) rows.delete(random(rows.length), 1);
      else rows.push([`row ${random(1_000)}`]);
      break;
    case 3:
      rows.push(["x".repeat(random(3_000))]);
      break;
    default:
      text.insert(random(text.length + 1), `w${random(100)} `);
  }
};

const compacting = (doc: Y.Doc): Partial<ConnectRoomInput> => ({
  doc,
  snapshot: () => Y.encodeStateAsUpdate(doc),
  compactAfterFrames: 15,
});

const SEEDS = [20_261_121, 7, 99];

test.each(SEEDS)("seed %i: nothing is lost, whatever is cut", async (seed) => {
  console.log(`seed ${seed}`);
  const random = createRandom(seed);
  const limits = { messageBurst: 100_000, messagesPerSecond: 100_000 };
  const room = await openRoom({ limits });
  const clients = [room.client(compacting(new Y.Doc())), room.client(compacting(new Y.Doc())), room.client()];
  for (let step = 0; step < 300; step++) {
    const client = clients[random(clients.length)];
    if (client === undefined) throw new Error("no client");
    const dice = random(40);
    if (dice === 0) client.provider.disconnect();
    else if (dice <= 3) client.retryNow();
    else if (dice === 4) client.provider.ws?.close();
    else edit(client, random);
    if (step === 100 || step === 200) {
      await room.stop();
      edit(client, random);
      await room.start();
    }
    if (random(6) === 0) await sleep(random(8));
  }
  for (const client of clients) client.retryNow();
  await until(() => clients.every((client) => client.isSettled()), 30_000);
  const [first] = clients;
  if (first === undefined) throw new Error("no client");
  await until(() => new Set(clients.map(contentOf)).size === 1, 30_000);
  const late = room.client();
  await until(() => contentOf(late) === contentOf(first), 30_000);
  for (const client of [...clients, late]) {
    expect(client.status()).toMatchObject({ ignored: {}, held: 0 });
    expect(client.doc.store.pendingStructs).toBe(null);
  }
  await room.close();
});

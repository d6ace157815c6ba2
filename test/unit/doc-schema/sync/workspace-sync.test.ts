/** One document on several relays at once: real relays, real sockets. */
import { createDeviceKeys, type DeviceId } from "@deskhand/doc-schema/crypto";
import {
  connectRelays,
  readPeers,
  writePresence,
  type ConnectRelaysInput,
  type RelaySet,
} from "@deskhand/doc-schema/sync";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createLyingRelay } from "./lying-socket.ts";
import { joinRaw } from "./raw-client.ts";
import { bytes, movableClock, openRoom, until, type TestRoom } from "./room-harness.ts";

let lan: TestRoom;
let hosted: TestRoom;
let sets: RelaySet[];
beforeEach(async () => {
  [lan, hosted] = await Promise.all([openRoom(), openRoom()]);
  sets = [];
});
afterEach(async () => {
  for (const set of sets) set.destroy();
  await Promise.all([lan.close(), hosted.close()]);
});

/** A device that dials both, unless told otherwise; its clock can be set forward. */
const open = (options: Partial<ConnectRelaysInput> = {}) => {
  const doc = options.doc ?? new Y.Doc();
  const clock = movableClock();
  const { deviceId } = createDeviceKeys(bytes(32), bytes(32));
  const set = connectRelays({
    ...clock.ports,
    doc,
    deviceId,
    keys: lan.keys,
    relayUrls: [lan.url(), hosted.url()],
    ...options,
  });
  sets.push(set);
  const isLive = (): boolean => [...set.links().values()].every((link) => link.status().phase === "live");
  return {
    ...set,
    doc,
    clock,
    deviceId,
    isLive,
    isSettled: (): boolean =>
      isLive() && [...set.links().values()].every((link) => link.status().pending === 0),
    text: (): string => doc.getText("t").toJSON(),
    type: (text: string): void => doc.getText("t").insert(0, text),
  };
};

const framesOn = async (room: TestRoom): Promise<number> => {
  const observer = await joinRaw(room.url(), lan.keys);
  observer.close();
  return observer.received.filter(({ type }) => type === "frame").length;
};

describe("several relays", () => {
  test("every relay holds everything once, although all devices are on both", async () => {
    const [a, b] = [open(), open()];
    await until(() => a.isLive() && b.isLive());
    for (let i = 0; i < 10; i++) {
      a.type(`a${i} `);
      await until(() => a.isSettled() && b.text() === a.text());
      b.type(`b${i} `);
      await until(() => b.isSettled() && a.text() === b.text());
    }
    for (const device of [a, b]) device.clock.forward(3_000);
    await until(() => a.isSettled() && b.isSettled());
    expect([await framesOn(lan), await framesOn(hosted)]).toEqual([20, 20]);
    expect(a.status()).toMatchObject({ phase: "live", pending: 0, ignored: {} });
  });

  test("a device on both carries between those that share no relay", async () => {
    const desktop = open();
    const [atHome, outside] = [open({ relayUrls: [lan.url()] }), open({ relayUrls: [hosted.url()] })];
    await until(() => desktop.isLive() && atHome.isLive() && outside.isLive());
    atHome.type("home ");
    outside.type("outside ");
    await until(() => desktop.text().length === 13);
    expect(atHome.text()).toBe("home ");
    desktop.clock.forward(3_000);
    await until(() => atHome.text() === desktop.text() && outside.text() === desktop.text());
  });

  test("whichever is reachable carries; one that comes back, or comes back empty, is filled again", async () => {
    const [a, b] = [open(), open()];
    await until(() => a.isLive() && b.isLive());
    await lan.stop();
    a.type("while the LAN was away ");
    await until(() => b.text() === a.text());
    expect(a.status()).toMatchObject({ phase: "live", pending: 0 });
    await lan.start();
    a.retryNow();
    await until(a.isSettled);
    await hosted.wipe();
    a.retryNow();
    await until(a.isSettled);
    const late = open({ relayUrls: [hosted.url()] });
    await until(() => late.text() === a.text());
    expect(a.status().alarms.size).toBe(0);
  });

  test("moving to another relay, with unsent text, loses nothing", async () => {
    const a = open({ relayUrls: [lan.url()] });
    await until(a.isLive);
    a.type("first ");
    await until(a.isSettled);
    await lan.stop();
    a.type("unsent ");
    expect(a.status()).toMatchObject({ pending: 1 });
    a.setRelays([hosted.url()]);
    expect([...a.links().keys()]).toEqual([hosted.url()]);
    await until(a.isSettled);
    const b = open({ relayUrls: [hosted.url()] });
    await until(() => b.text() === "unsent first ");
    await lan.start();
    b.setRelays([hosted.url(), lan.url()]);
    await until(b.isSettled);
    const c = open({ relayUrls: [lan.url()] });
    await until(() => c.text() === "unsent first ");
  });

  test("each goes on from its own stored state", async () => {
    const stored = new Map<string, Uint8Array>();
    const onResumable = (url: string, offered: Uint8Array): void => void stored.set(url, offered);
    const a = open({ onResumable });
    await until(a.isLive);
    a.type("text");
    await until(a.isSettled);
    a.clock.forward(1_000);
    expect([...stored.keys()].toSorted()).toEqual([lan.url(), hosted.url()].toSorted());
    a.destroy();
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(a.doc));
    const again = open({ doc, resume: (url) => stored.get(url) });
    expect(again.delivery({ client: a.doc.clientID, clock: 3 }, again.deviceId)).toBe("at-relay");
    await until(again.isSettled);
    for (const link of again.links().values()) expect(link.status().replayed).toBe(0);
  });

  test("an alarm on one leaves the others going, and is named with its address", async () => {
    const relay = createLyingRelay();
    const liar = open({ relayUrls: [lan.url(), hosted.url()], WebSocket: relay.WebSocket });
    const writer = open({ relayUrls: [lan.url(), hosted.url()] });
    await until(() => liar.isLive() && writer.isLive());
    const hides = (url: string): void => {
      relay.lie = (message) =>
        message.type === "live" ? [{ ...message, head: message.head - 1 }] : [message];
      liar.links().get(url)?.provider.disconnect();
      liar.links().get(url)?.retryNow();
    };
    writer.type("one ");
    await until(
      () => writer.isSettled() && [...liar.links().values()].every((link) => link.known.cursor === 1),
    );
    hides(lan.url());
    await until(() => liar.status().alarms.size === 1);
    expect([...liar.status().alarms.keys()]).toEqual([lan.url()]);
    writer.type("two ");
    await until(() => liar.text() === "two one ");
    expect(liar.status()).toMatchObject({ phase: "live", alarm: { type: "rollback" } });
    relay.lie = (message) => [message];
    liar.acceptHistory(hosted.url());
    expect(liar.status().alarms.size).toBe(1);
    liar.acceptHistory(lan.url());
    await until(() => liar.isSettled() && liar.status().alarms.size === 0);
  });
});

describe("delivery", () => {
  test("a record is as far as its best relay has brought it", async () => {
    const phone = open();
    await until(phone.isLive);
    const executorId: DeviceId = createDeviceKeys(bytes(32), bytes(32)).deviceId;
    const place = { client: phone.doc.clientID, clock: 0 };
    expect(phone.delivery(place, executorId)).toBe("saved");
    await lan.stop();
    phone.type("order");
    await until(() => phone.delivery(place, executorId) === "at-relay");
    const executor = open({ deviceId: executorId, relayUrls: [hosted.url()] });
    await until(() => executor.text() === "order");
    executor.type("run ");
    await until(() => phone.delivery(place, executorId) === "at-desktop");
    expect(phone.delivery({ client: phone.doc.clientID, clock: 5 }, executorId)).toBe("saved");
    await lan.start();
  });
});

describe("presence", () => {
  test("a peer is here as long as it is on one relay", async () => {
    const [a, b] = [open(), open()];
    const roles = (): string[] => readPeers(a.awareness).map(({ role }) => role);
    writePresence(b.awareness, {
      deviceId: b.deviceId,
      role: "phone",
      appVersion: "0.1.0",
      onlineSince: 1,
      power: "awake",
    });
    await until(() => a.isLive() && b.isLive() && roles().includes("phone"));
    await until(() => [...a.links().values()].every((link) => readPeers(link.awareness).length === 1));
    const removals: number[] = [];
    a.awareness.on("change", ({ removed }: { readonly removed: readonly number[] }) =>
      removals.push(...removed),
    );
    await lan.stop();
    await until(() => a.links().get(lan.url())?.status().phase === "offline");
    b.setRelays([hosted.url()]);
    a.setRelays([hosted.url()]);
    expect(roles()).toEqual(["phone"]);
    b.destroy();
    await until(() => roles().length === 0);
    expect(removals).toEqual([b.doc.clientID]);
    await lan.start();
  });

  test("[T34] who lost the client id to a stranger is seen and heard under another one, on every relay", async () => {
    const told: string[] = [];
    const a = open({
      relayUrls: [lan.url(), hosted.url()],
      onContradiction: (relayUrl: string) => void told.push(relayUrl),
    });
    const [home, outside] = [open({ relayUrls: [lan.url()] }), open({ relayUrls: [hosted.url()] })];
    const used = a.doc.clientID;
    a.awareness.setLocalState({ word: "here" });
    const hears = (peer: typeof home): boolean =>
      peer.awareness.getStates().get(a.doc.clientID)?.["word"] === "here";
    await until(() => hears(home) && hears(outside));
    const itself = home.doc.clientID;
    home.doc.clientID = used;
    home.doc.getText("t").insert(0, "as you");
    home.doc.clientID = itself;
    await until(() => a.doc.getText("t").toJSON() === "as you");
    expect(told).toEqual([lan.url()]);
    expect(a.doc.clientID).not.toBe(used);
    expect(a.awareness.clientID).toBe(a.doc.clientID);
    await until(() => hears(home) && hears(outside));
    a.doc.getText("t").insert(0, "myself, not ");
    a.clock.forward(3_000); // what others wrote is passed on only after a while
    await until(() => outside.doc.getText("t").toJSON() === "myself, not as you");
    await lan.stop();
    await until(() => a.links().get(lan.url())?.status().phase === "offline");
    await lan.start();
    a.retryNow();
    home.retryNow();
    await until(() => a.isLive() && home.isLive() && hears(home));
  });

  test("what we say goes out on all, also on one that is added later", async () => {
    const a = open({ relayUrls: [lan.url()] });
    const [home, outside] = [open({ relayUrls: [lan.url()] }), open({ relayUrls: [hosted.url()] })];
    a.awareness.setLocalState({ word: "here" });
    const heard = (peer: typeof home): unknown => peer.awareness.getStates().get(a.doc.clientID)?.["word"];
    await until(() => heard(home) === "here");
    expect(heard(outside)).toBe(undefined);
    a.setRelays([lan.url(), hosted.url()]);
    await until(() => heard(outside) === "here");
    a.awareness.setLocalState({ word: "gone soon" });
    await until(() => heard(home) === "gone soon" && heard(outside) === "gone soon");
    a.destroy();
    await until(() => heard(home) === undefined && heard(outside) === undefined);
  });
});

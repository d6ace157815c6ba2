import { describe, expect, test } from "vitest";
import { orderRelays } from "../../../../mobile/src/device/relay-order.ts";

describe("the relay that served the page is tried first", () => {
  const LAN = "ws://192.168.1.20:8787";

  test("under the name that the page was opened with, when the code says another", () => {
    expect(orderRelays([LAN], "http://127.0.0.1:8787/p")).toEqual(["ws://127.0.0.1:8787", LAN]);
  });

  test("once, when the code names it too", () => {
    const hosted = "wss://relay.example";
    expect(orderRelays([hosted, LAN], "http://192.168.1.20:8787/")).toEqual([LAN, hosted]);
  });

  test("over https by its default port", () => {
    expect(orderRelays(["wss://relay.example"], "https://www.relay.example/p")).toEqual([
      "wss://www.relay.example",
      "wss://relay.example",
    ]);
  });

  test.each([
    ["another port", "http://192.168.1.20:5173/"],
    ["another protocol", "https://192.168.1.20:8787/"],
  ])("but a page from %s is no relay of this code", (_, page) => {
    expect(orderRelays([LAN], page)).toEqual([LAN]);
  });
});

import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  parseSettings,
  relayAddress,
  type GivenSettings,
  type HostSettings,
} from "../../../../desktop/src/host/settings.ts";

const settingsOf = (given: GivenSettings, env: Record<string, string> = {}): HostSettings => {
  const parsed = parseSettings(given, env);
  if (!parsed.ok) throw new Error(parsed.error.join(" "));
  return parsed.value;
};

describe("settings of this computer", () => {
  test("without anything: the relay and the data folder of this computer", () => {
    const settings = settingsOf({});
    expect(settings.relayUrl).toBe("ws://127.0.0.1:8787");
    expect(settings.phoneUrl).toBe("http://127.0.0.1:8787/");
    expect(settings.dataFolder).toBe(path.join(os.homedir(), ".deskhand"));
    expect(settings.folders).toEqual([]);
  });

  test("a flag goes before its environment variable", () => {
    const env = { DESKHAND_RELAY_URL: "https://a.example", DESKHAND_NAME: "A", DESKHAND_FOLDERS: "/a" };
    const settings = settingsOf({ relay: "wss://b.example", name: "B", folder: ["/b"] }, env);
    expect(settings).toMatchObject({
      relayUrl: "wss://b.example",
      desktopName: "B",
      folders: [path.resolve("/b")],
    });
  });

  test("http and ws are the same relay, https and wss too", () => {
    expect(settingsOf({ relay: "http://192.0.2.7:1" }).relayUrl).toBe("ws://192.0.2.7:1");
    expect(settingsOf({ relay: "wss://relay.example" })).toMatchObject({
      relayUrl: "wss://relay.example",
      phoneUrl: "https://relay.example/",
    });
  });

  test("a phone in the network dials the public address, one on this computer what we dial", () => {
    const relay = "http://127.0.0.1:8787";
    expect(settingsOf({ relay, "public-url": "http://192.0.2.7:8787" }).phoneRelayUrl).toBe(
      "ws://192.0.2.7:8787",
    );
    expect(settingsOf({ relay, "public-url": "http://localhost:5173" }).phoneRelayUrl).toBe(
      "ws://127.0.0.1:8787",
    );
  });

  test("the app may be under a path", () => {
    expect(settingsOf({ "public-url": "https://relay.example/app" })).toMatchObject({
      phoneUrl: "https://relay.example/app/",
      phoneRelayUrl: "wss://relay.example",
    });
  });

  test.each([
    "relay",
    "ftp://relay.example",
    "ws://relay.example/room",
    "https://user:pass@relay.example",
    "https://relay.example/?key=1",
    "http://",
  ])("a malformed relay address is refused: %s", (relay) => {
    const parsed = parseSettings({ relay }, {});
    expect(parsed.ok ? [] : parsed.error).toEqual([
      expect.stringContaining("The relay's address must look like"),
    ]);
  });

  test("a malformed address for phones is refused", () => {
    const parsed = parseSettings({ "public-url": "javascript:alert(1)" }, {});
    expect(parsed.ok ? [] : parsed.error).toEqual([expect.stringContaining("The address for phones")]);
  });
});

describe("a relay that a person names in the window", () => {
  test("is dialled as a socket, whichever way it was typed", () => {
    for (const typed of ["https://relay.example", " wss://relay.example ", "wss://relay.example/"])
      expect(relayAddress(typed)).toBe("wss://relay.example");
    expect(relayAddress("http://192.168.1.20:8787")).toBe("ws://192.168.1.20:8787");
  });

  test.each(["", "relay", "ftp://relay.example", "wss://relay.example/room", "wss://a:b@relay.example"])(
    "is refused when it is none: %s",
    (typed) => expect(relayAddress(typed)).toBeUndefined(),
  );
});

describe("what a model's server can do", () => {
  test("nothing is said unless somebody says it", () => {
    expect(Object.values(settingsOf({}).modelCapabilities).filter((said) => said !== undefined)).toEqual([]);
    expect(settingsOf({})).toMatchObject({ modelName: undefined, modelUrl: undefined });
  });

  test("each capability has a variable and a flag; the flag goes first", () => {
    const env = {
      DESKHAND_MODEL: "a",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:8000/v1",
      DESKHAND_MODEL_CONTEXT: "32000",
      DESKHAND_MODEL_OUTPUT: "4000",
      DESKHAND_MODEL_CACHE: "on",
      DESKHAND_MODEL_PREVIEWS: "off",
    };
    expect(settingsOf({}, env)).toMatchObject({
      modelName: "a",
      modelUrl: "http://127.0.0.1:8000/v1",
      modelCapabilities: { contextTokens: 32_000, outputTokens: 4_000, caches: true, previews: false },
    });
    const given = {
      model: "b",
      "model-url": "https://models.example",
      "model-context": "64000",
      "model-output": "8000",
      "model-cache": "off",
      "model-previews": "on",
    };
    expect(settingsOf(given, env)).toMatchObject({
      modelName: "b",
      modelUrl: "https://models.example",
      modelCapabilities: { contextTokens: 64_000, outputTokens: 8_000, caches: false, previews: true },
    });
  });

  test.each([
    ["DESKHAND_MODEL_CONTEXT", "many", /reads at once must be a whole number of tokens .* not "many"/],
    ["DESKHAND_MODEL_CONTEXT", "3999", /from 4000 to 10000000/],
    ["DESKHAND_MODEL_CONTEXT", "2e5", /whole number/],
    ["DESKHAND_MODEL_OUTPUT", "-1", /writes in one turn must be/],
    ["DESKHAND_MODEL_OUTPUT", "64000", /from 256 to 16000/],
    ["DESKHAND_MODEL_CACHE", "yes", /keeps what it has read must be "on" or "off", not "yes"/],
    ["DESKHAND_MODEL_PREVIEWS", "1", /pages through long results must be "on" or "off"/],
    ["ANTHROPIC_BASE_URL", "models.example", /The model's server must look like https:/],
    ["ANTHROPIC_BASE_URL", "https://", /The model's server must look like/],
  ])("%s=%s is refused with a sentence", (name, value, sentence) => {
    const parsed = parseSettings({}, { [name]: value });
    expect(parsed.ok ? [] : parsed.error).toEqual([expect.stringMatching(sentence)]);
  });

  test("a password in the server's address is refused and not repeated; all bad values are told at once", () => {
    const parsed = parseSettings(
      { "model-cache": "maybe" },
      { ANTHROPIC_BASE_URL: "https://me:secret@models.example" },
    );
    const told = parsed.ok ? [] : parsed.error;
    expect(told).toHaveLength(2);
    expect(told.join()).not.toContain("secret");
  });
});

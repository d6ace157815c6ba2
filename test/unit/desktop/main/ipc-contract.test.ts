/** [T62] What the window may ask for: every channel turns away what does not fit. */
import { describe, expect, test } from "vitest";
import {
  EVENT_CHANNELS,
  EVENTS,
  REQUEST_CHANNELS,
  REQUESTS,
  wireName,
} from "../../../../desktop/src/ipc-contract.ts";

const TASK = "tsk_0000000000000000000000a1";
const RUN = "run_0000000000000000000000a1";
const STEP = "stp_0000000000000000000000a1";
const APPROVAL = "apr_0000000000000000000000a1";
const GRANT = "grt_0000000000000000000000a1";
const SCHEDULE = {
  title: "Weekly report",
  rule: "0 9 * * 1",
  timeZone: "Asia/Taipei",
  prompt: "Sum up the week",
  ifMissed: "run",
  enabled: true,
};
const DEVICE = "dev_AAAAAAAAAAAAAAAAAAAAAA";

/** One request that fits, a channel. */
const FITTING: Readonly<Record<(typeof REQUEST_CHANNELS)[number], unknown>> = {
  begin: undefined,
  chooseKitFile: undefined,
  restore: { words: "abandon ability", from: { type: "relay", address: "wss://relay.example" } },
  startHost: undefined,
  open: undefined,
  sendTask: { prompt: "Sort my screenshots by date", locale: "en" },
  decide: { approvalId: APPROVAL, verdict: "allow", locale: "zh-Hant" },
  give: { order: { type: "undo", runId: RUN, stepId: STEP } },
  createSchedule: { schedule: SCHEDULE },
  showCode: undefined,
  hideCode: undefined,
  copyPairingLink: undefined,
  typeDigits: { digits: "004711" },
  refusePairing: undefined,
  removeDevice: { deviceId: DEVICE },
  trustAgain: { deviceId: DEVICE },
  addRelay: { address: "wss://relay.example" },
  removeRelay: { url: "wss://relay.example" },
  retryRelay: { url: "wss://relay.example" },
  makeKit: undefined,
  kitIsWrittenDown: undefined,
  saveKitFile: undefined,
  renewKeys: undefined,
  addFolder: { mode: "read" },
  setFolderMode: { grantId: GRANT, mode: "read-write" },
  removeFolder: { grantId: GRANT },
  checkModel: { key: "a key", baseUrl: "https://models.example/v1" },
  saveModel: {
    key: "a key",
    baseUrl: "https://models.example/v1",
    model: "some-model",
    contextTokens: 32_000,
  },
  forgetModelKey: undefined,
  restart: undefined,
  setLimits: { limits: { runsAtOnce: 3, perRun: { microDollars: null } } },
  setLanguage: { language: "zh-Hant" },
  retryNow: undefined,
  search: { query: "invoices of May", limit: 20 },
};

const fits = (channel: (typeof REQUEST_CHANNELS)[number], request: unknown): boolean =>
  REQUESTS[channel].request.safeParse(request).success;

describe("the window's requests", () => {
  test.each(REQUEST_CHANNELS)("%s takes what fits", (channel) => {
    expect(fits(channel, FITTING[channel])).toBe(true);
  });

  test.each(REQUEST_CHANNELS)("%s turns away what is nothing of the kind", (channel) => {
    for (const wrong of [null, 7, "text", [], [FITTING[channel]], { unknown: true }])
      expect(fits(channel, wrong)).toBe(false);
  });

  const fields = REQUEST_CHANNELS.flatMap((channel) =>
    Object.keys(FITTING[channel] ?? {})
      .filter((key) => key !== "limit")
      .map((key) => [channel, key] as const),
  );
  test.each(fields)("%s turns away a request whose %s is missing or of another type", (channel, key) => {
    const { [key]: _, ...rest } = FITTING[channel] as Record<string, unknown>; // it has this field
    expect(fits(channel, rest)).toBe(false);
    expect(fits(channel, { ...rest, [key]: { toString: "x" } })).toBe(false);
  });

  test("ids are ids, not any text", () => {
    expect(fits("give", { order: { type: "cancel", taskId: TASK } })).toBe(true);
    expect(fits("give", { order: { type: "cancel", taskId: RUN } })).toBe(false);
    expect(fits("give", { order: { type: "cancel", taskId: "../../etc/passwd" } })).toBe(false);
    expect(fits("removeFolder", { grantId: "" })).toBe(false);
    expect(fits("removeDevice", { deviceId: `${DEVICE}A` })).toBe(false);
  });

  test("a task has words, and not more than a record holds", () => {
    expect(fits("sendTask", { prompt: "", locale: "en" })).toBe(false);
    expect(fits("sendTask", { prompt: "x".repeat(16_000), locale: "en" })).toBe(true);
    expect(fits("sendTask", { prompt: "x".repeat(16_001), locale: "en" })).toBe(false);
  });

  test("an order is one of the closed list, with all that it needs", () => {
    expect(fits("give", { order: { type: "grant-folder", path: "/" } })).toBe(false);
    expect(fits("give", { order: { type: "steer", taskId: TASK } })).toBe(false);
    expect(fits("give", { order: { type: "steer", taskId: TASK, text: "x".repeat(32_769) } })).toBe(false);
    expect(fits("createSchedule", { schedule: { ...SCHEDULE, ifMissed: "always" } })).toBe(false);
  });

  test("a model's server is a web address without a name or a password in it", () => {
    for (const baseUrl of ["ftp://models.example", "https://me:secret@models.example", "models", ""])
      expect(fits("checkModel", { key: "k", baseUrl })).toBe(false);
    expect(fits("checkModel", { key: null, baseUrl: null })).toBe(true);
  });

  test("what a model reads at once is a whole number within bounds, or left to its server", () => {
    const request = Object(FITTING["saveModel"]) as object; // it is one, above
    for (const contextTokens of [0, 3_999, 10_000_001, 5_000.5, NaN])
      expect(fits("saveModel", { ...request, contextTokens })).toBe(false);
    expect(fits("saveModel", { ...request, contextTokens: null })).toBe(true);
  });

  test("limits are numbers within bounds", () => {
    for (const limits of [{ runsAtOnce: 0 }, { runsAtOnce: 9 }, { perDay: { files: -1 } }, { perRun: 5 }])
      expect(fits("setLimits", { limits })).toBe(false);
  });

  test("six digits are six digits", () => {
    for (const digits of ["12345", "1234567", "12345a", "１２３４５６", " 23456"])
      expect(fits("typeDigits", { digits })).toBe(false);
  });

  test("a restore names a relay, or the file that main's own dialog gave", () => {
    const from = { type: "file", path: "/etc/passwd" };
    expect(REQUESTS.restore.request.parse({ words: "a", from })).toEqual({
      words: "a",
      from: { type: "file" },
    });
    expect(fits("restore", { words: "a", from: { type: "disk" } })).toBe(false);
    expect(fits("restore", { words: "x".repeat(1_001), from: { type: "file" } })).toBe(false);
  });

  test("[AP4] no request grants a path: folders come from main's own dialog", () => {
    const answered = REQUESTS.addFolder.request.safeParse({ mode: "read", path: "/etc" });
    expect(answered.data).toEqual({ mode: "read" });
  });
});

describe("search", () => {
  test("what it answers is found text, not any object", () => {
    const said = {
      id: TASK,
      threadId: "thr_0000000000000000000000a1",
      at: 1,
      excerpt: "x",
      isArchived: true,
    };
    const { answer } = REQUESTS.search;
    expect(answer.safeParse({ found: [said], hasMore: false, unreadable: 0 }).success).toBe(true);
    expect(answer.safeParse({ found: [{ ...said, id: RUN }], hasMore: false, unreadable: 0 }).success).toBe(
      false,
    );
    expect(fits("search", { query: "x".repeat(401) })).toBe(false);
    expect(fits("search", { query: "x", limit: 501 })).toBe(false);
  });
});

describe("names on the wire", () => {
  test("no two channels share one", () => {
    const names = [...REQUEST_CHANNELS, ...EVENT_CHANNELS].map(wireName);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("what main tells the window", () => {
  test("[T28] the pairing link is no part of a state", () => {
    const power = { state: "awake", since: 1 };
    const connection = { phase: "live", unsent: 0 };
    const link = "https://relay.example/#p=secret";
    const pairing = { type: "requested", name: "Phone", triesLeft: 2, expiresAt: 5, link };
    const kit = { type: "none" };
    const commands = { type: "untested" };
    const rest = { relays: [], phonesOnline: [], power, commands };
    const told = EVENTS.hostState.parse({ connection, kit, pairing, ...rest });
    expect(JSON.stringify(told)).not.toContain("secret");
  });

  test("a recovery kit's words are in the answer to its making, and in no state", () => {
    const words = Array.from({ length: 24 }, () => "abandon");
    expect(REQUESTS.makeKit.answer.safeParse({ type: "made", words }).success).toBe(true);
    expect(REQUESTS.makeKit.answer.safeParse({ type: "made", words: words.slice(1) }).success).toBe(false);
    const kit = { type: "made", madeAt: 1, isWrittenDown: true, words };
    const told = EVENTS.hostState.parse({
      connection: { phase: "live", unsent: 0 },
      relays: [],
      kit,
      phonesOnline: [],
      pairing: { type: "none" },
      commands: { type: "untested" },
      power: { state: "awake", since: 1 },
    });
    expect(JSON.stringify(told)).not.toContain("abandon");
  });

  test("a place to go to is one of the window's", () => {
    expect(EVENTS.goTo.safeParse("phone").success).toBe(true);
    expect(EVENTS.goTo.safeParse("https://example.com").success).toBe(false);
  });
});

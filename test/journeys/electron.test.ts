/**
 * The desktop's window: a real Electron window, a real relay, a real folder. No key and no network.
 * Needs a display; `npm test` gives it a virtual one.
 */
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import { createPairingRequest, parsePairingCode, type PairingRequestState } from "@deskhand/doc-schema/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDemoFolder } from "../../desktop/src/demo/demo-folder.ts";
import { nodeSyncPorts } from "../../desktop/src/host/sync-ports.ts";
import { endAllChildren } from "./support/child.ts";
import { openDesktopWindow, spawnDesktopWindow, type DesktopWindow } from "./support/electron.ts";
import { contentsOf, removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

const TASK = "Organize the screenshots in Downloads by date";
let relay: RelayProcess;
let desktop: DesktopWindow;
let home: string;
let folder: string;
let original: ReturnType<typeof contentsOf>;
const REPLY = /24 screenshots in .* are now in 6 folders/;
const SHEET = /sales-2026-08\.csv/;

const open = async (): Promise<DesktopWindow> => openDesktopWindow({ home, relayUrl: relay.url, folder });
const goTo = (name: string): Promise<void> =>
  desktop.page.getByRole("navigation").getByRole("button", { name }).click();
const send = async (text: string): Promise<void> => {
  await goTo("Thread");
  await desktop.page.getByPlaceholder("Message or task").fill(text);
  await desktop.page.keyboard.press("Enter");
};
/** The text of the first element that shows this. */
const seen = (text: string | RegExp): Promise<string> => desktop.page.getByText(text).first().innerText();
const inDatedFolders = (): number =>
  Object.keys(contentsOf(folder)).filter((name) => /^Downloads\/2026-11-\d\d\/Screenshot/.test(name)).length;

beforeAll(async () => {
  ({ path: folder } = await createDemoFolder(temporaryFolder("granted")));
  original = contentsOf(folder);
  home = temporaryFolder("home");
  relay = await startRelayProcess(temporaryFolder("relay"));
  desktop = await open();
});
afterAll(async () => {
  await desktop.close();
  await endAllChildren();
  removeTemporaryFolders();
});

describe("work", () => {
  test("a task is asked about, allowed and done; the files are in dated folders", async () => {
    const before = contentsOf(folder);
    await send(TASK);
    await goTo("Approvals");
    await desktop.page.getByRole("heading", { name: "Move 24 items in Deskhand demo?" }).waitFor();
    expect(contentsOf(folder)).toEqual(before);
    await desktop.page.getByRole("button", { name: "Allow once" }).click();
    await goTo("Thread");
    expect(await seen(REPLY)).toContain("2026-11-02 (4)");
    expect(inDatedFolders()).toBe(24);
  });

  test("undo puts every file back, with the same bytes", async () => {
    await desktop.page.getByRole("complementary").getByRole("button", { name: TASK }).click();
    await desktop.page.getByRole("button", { name: "Undo all" }).click();
    await seen(/^Undone at/);
    expect(contentsOf(folder)).toEqual(original);
  });

  test("stop everything holds what is sent, and resuming lets it go on", async () => {
    await desktop.page.getByRole("button", { name: "Stop everything" }).click();
    await seen("Nothing starts until you resume.");
    await send("What is in Reports?");
    await seen("Queued");
    expect(await desktop.page.getByText(SHEET).count()).toBe(0);
    await desktop.page.getByRole("button", { name: "Resume" }).click();
    expect(await seen(SHEET)).toContain("sales-2026-08.csv");
  });

  test("a search finds what was said, and leads to its place in the thread", async () => {
    await goTo("Search");
    await desktop.page.getByRole("searchbox", { name: "Words to look for" }).fill("ORGANIZE screenshots");
    await desktop.page.getByRole("listitem").filter({ hasText: TASK }).getByRole("button").click();
    const place = desktop.page.getByRole("list", { name: "Found here" });
    await place.getByText(TASK).first().waitFor();
    expect(await place.evaluate((element) => element === document.activeElement)).toBe(true);
    await desktop.page.getByRole("button", { name: "Go to the newest" }).click();
    await place.waitFor({ state: "detached" });
    await goTo("Search");
    await desktop.page.getByRole("searchbox", { name: "Words to look for" }).fill("no such words");
    expect(await seen(/^Nothing has/)).toContain("no such words");
  });

  test("the thread is there again after a restart", async () => {
    await desktop.close();
    desktop = await open();
    expect(await seen(REPLY)).toContain("2026-11-16 (4)");
  });
});

describe("pairing", () => {
  interface AskingPhone {
    readonly digits: string;
    /** How it ends for the phone. */
    readonly end: Promise<PairingRequestState>;
    readonly close: () => void;
  }
  const askToPair = async (): Promise<AskingPhone> => {
    await goTo("Phone");
    await desktop.page.getByRole("button", { name: /^Show (a new )?code$/ }).click();
    await desktop.page.getByRole("button", { name: "Copy link" }).click();
    await desktop.page.getByRole("button", { name: "Copied" }).waitFor();
    const code = parsePairingCode(await desktop.app.evaluate(({ clipboard }) => clipboard.readText()));
    if (!code.ok) throw new Error(code.error.type);
    const { promise: end, resolve } = Promise.withResolvers<PairingRequestState>();
    let digits = "";
    const { close } = createPairingRequest({
      ports: nodeSyncPorts,
      code: code.value,
      keys: createDeviceKeys(randomBytes(32), randomBytes(32)),
      name: "Test phone",
      kind: "phone",
      onState: (state) => {
        if (state.type === "asking") ({ digits } = state);
        else if (state.type !== "connecting") resolve(state);
      },
    });
    await desktop.page.getByRole("dialog", { name: "A phone wants to pair" }).waitFor();
    return { digits, end, close };
  };
  const type = async (digits: string): Promise<void> => {
    await desktop.page.getByLabel("The six digits on your phone").fill(digits);
    await desktop.page.getByRole("button", { name: "Pair", exact: true }).click();
  };

  test("two wrong numbers void the code, and the phone is told", async () => {
    const phone = await askToPair();
    const wrong = phone.digits === "000000" ? "111111" : "000000";
    await type(wrong);
    await seen("That is not the number. One try is left.");
    await type(wrong);
    await seen("this one is void");
    expect(await phone.end).toEqual({ type: "refused", reason: "wrong-digits" });
    phone.close();
  });

  test("“I'm not pairing” refuses", async () => {
    const phone = await askToPair();
    await desktop.page.getByRole("button", { name: "I'm not pairing" }).click();
    expect(await phone.end).toEqual({ type: "refused", reason: "declined" });
    phone.close();
  });

  test("the right number pairs; the phone is in the list and can be removed", async () => {
    const phone = await askToPair();
    await type(phone.digits);
    expect(await phone.end).toMatchObject({ type: "paired" });
    await seen("Test phone is paired.");
    await desktop.page.getByRole("button", { name: "Remove" }).click();
    await desktop.page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await desktop.page.getByText("Removed", { exact: true }).waitFor();
    expect(await desktop.page.getByRole("button", { name: "Remove" }).count()).toBe(0);
    phone.close();
  });
});

describe("[T62] the window runs nothing that it is told", () => {
  const PAYLOADS = [
    `<img src=x onerror="window.hit=1">`,
    `<script>window.hit=1</script>`,
    `<svg onload="window.hit=1"></svg>`,
    `[a](javascript:window.hit=1)`,
    `![x](https://example.com/pixel.png)`,
    `"><iframe srcdoc="<script>parent.hit=1</script>"></iframe>`,
    `{{constructor.constructor('window.hit=1')()}}`,
  ];

  test("hostile text is shown as text", async () => {
    const requests: string[] = [];
    desktop.page.on("request", (request) => requests.push(request.url()));
    for (const payload of PAYLOADS) {
      await send(payload);
      await desktop.page.getByText(payload, { exact: true }).first().waitFor();
    }
    expect(await desktop.page.evaluate(() => "hit" in window)).toBe(false);
    expect(requests.filter((url) => !url.startsWith("deskhand:") && !url.startsWith("data:"))).toEqual([]);
    expect(desktop.app.windows()).toHaveLength(1);
  });

  test("it goes nowhere, opens nothing, and reaches no network", async () => {
    const { page, app } = desktop;
    const here = page.url();
    const opened = await page.evaluate(() => window.open("https://example.com/") === null);
    await page.evaluate(() => {
      location.href = "https://example.com/";
    });
    const fetched = await page.evaluate(() =>
      fetch("https://example.com/").then(
        () => "yes",
        () => "no",
      ),
    );
    const evaluated = await page.evaluate(() => {
      const script = document.createElement("script");
      try {
        script.text = "window.hit = 1";
        document.body.append(script);
      } catch {
        return "refused by Trusted Types";
      }
      return "hit" in window ? "ran" : "did not run";
    });
    expect({ opened, fetched, evaluated }).toEqual({
      opened: true,
      fetched: "no",
      evaluated: "refused by Trusted Types",
    });
    expect(page.url()).toBe(here);
    expect(app.windows()).toHaveLength(1);
  });

  test("it has the contract's methods and nothing of Node", async () => {
    const found = await desktop.page.evaluate(() => ({
      globals: ["require", "process", "module", "Buffer"].filter((name) => name in window),
      bridge: Object.keys((window as unknown as { deskhand: object }).deskhand),
    }));
    expect(found).toEqual({ globals: [], bridge: ["ask", "on"] });
  });

  test("main turns away what does not fit the contract", async () => {
    const answers = await desktop.page.evaluate(async () => {
      interface Loose {
        readonly ask: Readonly<Record<string, (request: unknown) => Promise<unknown>>>;
      }
      const { ask } = (window as unknown as { deskhand: Loose }).deskhand;
      const attempt = (channel: string, request: unknown): Promise<string> =>
        Promise.resolve(ask[channel]?.(request)).then(
          () => "taken",
          (error: unknown) => String(error),
        );
      return Promise.all([
        attempt("sendTask", { prompt: 5, locale: "en" }),
        attempt("give", { order: { type: "cancel", taskId: "../../etc/passwd" } }),
        attempt("removeFolder", { grantId: "grt_1" }),
        attempt("typeDigits", { digits: "12" }),
      ]);
    });
    for (const answer of answers) expect(answer).toContain("the request does not fit the contract");
  });

  test("[T28] no key of this computer is in the window's memory that script can reach, or in its storage", async () => {
    const seeds = ["executor-device", "window-device", "root-key"].map((name) =>
      readFileSync(path.join(home, "keys", `${name}.secret`)),
    );
    const page = await desktop.page.evaluate(
      () => document.documentElement.outerHTML + JSON.stringify(localStorage),
    );
    for (const seed of seeds)
      for (const encoding of ["base64", "base64url", "hex"] as const)
        expect(page).not.toContain(seed.toString(encoding).replace(/=+$/, ""));
  });
});

test("the page said no error in all this but those that were provoked", () => {
  const provoked =
    /Content Security Policy|TrustedScript|ERR_BLOCKED|Failed to fetch|Refused to|example\.com/;
  expect(desktop.problems.filter((problem) => !provoked.test(problem))).toEqual([]);
});

test("a second start shows the first window and ends", async () => {
  await expect(open()).rejects.toThrow(/closed|exit/i);
  expect(desktop.app.windows()).toHaveLength(1);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s ends it cleanly while it is still starting, and its folder is free",
  async (signal) => {
    const home = temporaryFolder("home");
    await (await openDesktopWindow({ home, relayUrl: relay.url, folder })).close();
    const started = spawnDesktopWindow({ home, relayUrl: relay.url, folder });
    const ended = once(started, "exit");
    await until("it has its folder", () => existsSync(path.join(home, "lock")));
    started.kill(signal);
    expect(await ended).toEqual([0, null]);
    expect(existsSync(path.join(home, "lock"))).toBe(false);
  },
);

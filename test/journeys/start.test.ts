/** `npm start` as a newcomer has it: everything comes up, the phone app is served, Ctrl-C ends it all. */
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { endAllChildren, startChild } from "./support/child.ts";
import { removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";

afterAll(async () => {
  await endAllChildren();
  removeTemporaryFolders();
});

const isServed = (url: string): Promise<boolean> =>
  fetch(url).then(
    (answer) => answer.ok,
    () => false, // nobody listens there
  );

test("it makes a demo folder, shows address and code, and ends cleanly on Ctrl-C", async () => {
  const home = temporaryFolder("newcomer");
  const start = startChild(
    "scripts/start.ts",
    ["--headless", "--host", "127.0.0.1", "--port", "0", "--home", path.join(home, ".deskhand")],
    { HOME: home, ANTHROPIC_API_KEY: "" },
  );
  const [, url = ""] = await start.line(/On your phone: +(http:\/\/127\.0\.0\.1:\d+)/, { timeoutMs: 60_000 });
  await start.line(/Built-in planner \(offline\)/);
  await start.line(/Deskhand demo \(read and write\)/);
  await start.line(/█/);
  const [link = ""] = await start.line(/^http:\/\/127\.0\.0\.1:\d+\/#p=/);
  expect(link.startsWith(`${url}/`)).toBe(true);
  expect(existsSync(path.join(home, "Deskhand demo", "Downloads"))).toBe(true);
  const page = await fetch(url);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await page.text()).toContain('<div id="root">');

  expect(await start.end("SIGINT")).toBe(0);
  expect(start.lines()).toContain("Deskhand was closed. Runs go on at the next start.");
  await until("the relay is gone", async () => !(await isServed(url)));
});

test("with a display it opens the window, and still shows the first phone's code in the terminal", async () => {
  const home = temporaryFolder("newcomer");
  const start = startChild(
    "scripts/start.ts",
    ["--host", "127.0.0.1", "--port", "0", "--home", path.join(home, ".deskhand")],
    { HOME: home, ANTHROPIC_API_KEY: "" },
  );
  const [, url = ""] = await start.line(/On this computer: +(http:\/\/127\.0\.0\.1:\d+)/, {
    timeoutMs: 60_000,
  });
  await start.line(/█/, { timeoutMs: 60_000 });
  await start.line(/^For a new code open Phone in the window\.$/);
  expect(existsSync(path.join(home, "Deskhand demo"))).toBe(true);
  expect(await start.end("SIGINT")).toBe(0);
  expect(existsSync(path.join(home, ".deskhand", "lock"))).toBe(false);
  await until("the relay is gone", async () => !(await isServed(url)));
});

test("a port that is taken is said in one sentence, and nothing is left running", async () => {
  const home = temporaryFolder("newcomer");
  const args = (port: string): string[] => [
    "--headless",
    "--host",
    "127.0.0.1",
    "--port",
    port,
    "--home",
    path.join(home, port),
  ];
  const first = startChild("scripts/start.ts", args("0"), { HOME: home });
  const [, port = ""] = await first.line(/On your phone: +http:\/\/127\.0\.0\.1:(\d+)/, {
    timeoutMs: 60_000,
  });
  const second = startChild("scripts/start.ts", args(port), { HOME: home });
  await second.line(new RegExp(`${port}.*(in use|taken|already)`, "i"));
  expect(await second.ended).toBe(1);
  expect(await first.end("SIGTERM")).toBe(0);
});

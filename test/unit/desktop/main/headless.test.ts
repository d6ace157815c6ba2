/** The terminal program as a real process: what cannot start, and how it ends. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { endAllChildren, startChild, type Child } from "../../../journeys/support/child.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../../journeys/support/files.ts";

/** Nobody listens on port 1. */
const NO_RELAY = "http://127.0.0.1:1";
const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Child =>
  startChild("desktop/src/headless.ts", args, {
    DESKHAND_LOG: "json",
    DESKHAND_RELAY_URL: NO_RELAY,
    DESKHAND_PASSPHRASE: "",
    DESKHAND_FOLDERS: "",
    ANTHROPIC_API_KEY: "",
    ...env,
  });
const startReady = async (...args: Parameters<typeof start>): Promise<Child> => {
  const child = start(...args);
  await child.line(/"event":"pairing-link"/);
  return child;
};
/** Exit code and everything it said. */
const outcome = async (child: Child): Promise<{ readonly code: number | string; readonly said: string }> => ({
  code: await child.ended,
  said: child.lines().join("\n"),
});

afterEach(endAllChildren);
afterAll(removeTemporaryFolders);

describe("what cannot start is one sentence and exit code 1", () => {
  test("a data folder that cannot be written", async () => {
    const file = path.join(temporaryFolder("data"), "file");
    writeFileSync(file, "");
    const { code, said } = await outcome(start(["--data", path.join(file, "home")]));
    expect(said).toMatch(/^The data folder .* cannot be written \(ENOTDIR\)/);
    expect(code).toBe(1);
  });

  test("another Deskhand works with the data folder", async () => {
    const home = temporaryFolder("home");
    const first = await startReady(["--data", home]);
    const { code, said } = await outcome(start(["--data", home]));
    expect(said).toContain(`Another Deskhand (process ${first.pid}) works with`);
    expect(code).toBe(1);
  });

  test("a folder that cannot be granted", async () => {
    const { code, said } = await outcome(start(["--data", temporaryFolder("home"), "--folder", "/etc"]));
    expect(said).toMatch(/^\/etc cannot be used\. .*system/);
    expect(code).toBe(1);
  });

  test("a folder that holds Deskhand's own data", async () => {
    const parent = temporaryFolder("parent");
    const home = path.join(parent, "home");
    const { code, said } = await outcome(start(["--data", home, "--folder", parent]));
    expect(said).toMatch(/cannot be used\. .*its own keys/);
    expect(code).toBe(1);
  });

  test("a malformed relay address, an unknown flag, a size that is none", async () => {
    for (const [args, sentence] of [
      [["--relay", "relay"], "The relay's address must look like"],
      [["--relais", "x"], "Try --help."],
      [["--model-context", "big"], "must be a whole number of tokens"],
    ] as const) {
      const { code, said } = await outcome(start(args));
      expect(said).toContain(sentence);
      expect(code).toBe(1);
    }
  });

  test("[T29] the wrong passphrase", async () => {
    const home = temporaryFolder("home");
    const first = await startReady(["--data", home], { DESKHAND_PASSPHRASE: "correct horse" });
    await first.end();
    const { code, said } = await outcome(start(["--data", home], { DESKHAND_PASSPHRASE: "wrong" }));
    expect(said).toContain("does not open the keys");
    expect(code).toBe(1);
  });
});

describe("what it says and how it ends", () => {
  test("--help is on stdout and starts nothing", async () => {
    const { code, said } = await outcome(start(["--help"]));
    for (const name of ["--public-url", "--model-context", "DESKHAND_MODEL_CONTEXT", "ANTHROPIC_BASE_URL"])
      expect(said).toContain(name);
    expect(code).toBe(0);
  });

  test("another server's model is named with what it reads at once", async () => {
    const args = ["--model", "llama", "--model-url", "http://127.0.0.1:1", "--model-context", "32000"];
    const child = await startReady(["--data", temporaryFolder("home"), ...args], { ANTHROPIC_API_KEY: "k" });
    expect(child.lines().join("\n")).toContain("llama (127.0.0.1:1), reads 32000 tokens at once");
  });

  test("it names model, folders, address, and where keys rest", async () => {
    const folder = path.join(temporaryFolder("granted"), "Papers");
    mkdirSync(folder);
    const child = await startReady(["--data", temporaryFolder("home"), "--folder", folder, "--name", "Desk"]);
    const said = child.lines().join("\n");
    for (const part of ["Desk", "planner", folder, `open ${NO_RELAY}/`, "unencrypted", "Press Enter"])
      expect(said).toContain(part);
  });

  test("a relay that is down is said once, and is no error", async () => {
    const child = await startReady(["--data", temporaryFolder("home")]);
    await child.line(/can't be reached/);
    child.write("stop\n");
    await child.line(/"event":"stopped"/);
    child.write("resume\n");
    await child.line(/"event":"resumed"/);
    const told = child.lines().filter((line) => line.includes("can't be reached"));
    expect(told).toHaveLength(1);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s ends it cleanly", async (signal) => {
    const child = await startReady(["--data", temporaryFolder("home")]);
    expect(await child.end(signal)).toBe(0);
    expect(child.lines()).toContain('{"event":"closed"}');
  });

  test("“quit” ends it cleanly, and the folder is free again", async () => {
    const home = temporaryFolder("home");
    const child = await startReady(["--data", home]);
    child.write("quit\n");
    expect(await child.ended).toBe(0);
    const again = await startReady(["--data", home]);
    expect(await again.end()).toBe(0);
  });

  test("Enter shows a new code", async () => {
    const child = await startReady(["--data", temporaryFolder("home")]);
    child.write("\n");
    const [, second] = await child.line(/"event":"pairing-link","link":"([^"]+)"/, {
      after: child.lines().length,
    });
    const links = child.lines().filter((line) => line.includes('"pairing-link"'));
    expect(links[0]).not.toContain(second);
  });
});

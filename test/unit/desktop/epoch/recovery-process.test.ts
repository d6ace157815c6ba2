/** The recovery kit with real processes: words out of one computer's terminal, typed into another's. */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { endAllChildren, startChild, type Child } from "../../../journeys/support/child.ts";
import { removeTemporaryFolders, temporaryFolder } from "../../../journeys/support/files.ts";
import { createTestRelay, type TestRelay } from "./relay-bench.ts";

const NO_RELAY = "http://127.0.0.1:1";
let relay: TestRelay;
beforeEach(async () => {
  relay = await createTestRelay();
});
afterEach(async () => {
  await endAllChildren();
  await relay.remove();
});
afterAll(removeTemporaryFolders);

const start = (home: string, relayUrl: string, ...args: readonly string[]): Child =>
  startChild("desktop/src/headless.ts", ["--data", home, "--relay", relayUrl, ...args], {
    DESKHAND_LOG: "json",
    DESKHAND_PASSPHRASE: "",
    DESKHAND_FOLDERS: "",
    ANTHROPIC_API_KEY: "",
  });
const wordsOf = (child: Child): readonly string[] =>
  child
    .lines()
    .flatMap((line) => [...line.matchAll(/(\d+)\. ([a-z]+)/g)])
    .map(([, , word = ""]) => word);
const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
/** Starts a computer that makes a kit, and gives the relay time to have its record. */
const makeKit = async (
  home: string,
  ...args: readonly string[]
): Promise<{ child: Child; words: readonly string[] }> => {
  const child = start(home, relay.url, "--show-recovery-kit", ...args);
  await child.line(/"event":"recovery-kit"/);
  await child.line(/"phase":"live"/);
  await wait(1_500);
  return { child, words: wordsOf(child) };
};
const workspaceOf = (home: string): unknown =>
  JSON.parse(readFileSync(path.join(home, "ledger.jsonl"), "utf8").split("\n")[0] ?? "");

describe("--show-recovery-kit and --restore", () => {
  test("24 words go on with the workspace on another computer, and the old one stops with a sentence", async () => {
    const [oldHome, newHome] = [temporaryFolder("old"), temporaryFolder("new")];
    const { child: old, words } = await makeKit(oldHome);
    expect(words).toHaveLength(24);
    expect(old.lines().join("\n")).toContain("Write these 24 words down");
    const fresh = start(newHome, relay.url, "--restore");
    await fresh.line(/Type the 24 words/);
    fresh.write(`${words.slice(0, 12).join(" ")}\n`);
    fresh.write(`${words.slice(12).join(" ")}\n`);
    const [, relays = ""] = await fresh.line(/"event":"restored","relays":(\[.*\]),/);
    expect(JSON.parse(relays)).toEqual([relay.url]);
    await old.line(/Everything is halted: This workspace was restored on another computer/);
    await fresh.line(/"event":"pairing-link"/);
    expect(workspaceOf(newHome)).toMatchObject({
      workspaceId: (workspaceOf(oldHome) as { workspaceId: string }).workspaceId,
    });
    expect(await old.end()).toBe(0);
    const again = start(oldHome, relay.url);
    expect(await again.ended).toBe(1);
    expect(again.lines().join("\n")).toContain("This computer was replaced");
  });

  test("words are nowhere on the disk, nor in the log", async () => {
    const home = temporaryFolder("old");
    const { child, words } = await makeKit(home);
    const log = child.lines().filter((line) => line.startsWith("{"));
    for (const file of ["ledger.jsonl", "audit.jsonl", "keys/recovery-kit.secret"])
      expect(readFileSync(path.join(home, file), "latin1")).not.toContain(words.slice(0, 3).join(" "));
    // A word or two of the list are words of the log too: "link", "key".
    const said = new Set(log.join("\n").match(/[a-z]+/g));
    expect(words.filter((word) => said.has(word)).length).toBeLessThan(6);
    expect(await child.end()).toBe(0);
    const again = start(home, relay.url);
    await again.line(/"event":"pairing-link"/);
    expect(wordsOf(again)).toEqual([]);
  });

  test("a slip of the pen is named, and all words are asked for again", async () => {
    const { child: old, words } = await makeKit(temporaryFolder("old"));
    await old.end();
    const home = temporaryFolder("new");
    const fresh = start(home, relay.url, "--restore");
    fresh.write(`${words.with(6, "xyzzy").join(" ")}\n`);
    await fresh.line(/Word 7 is not in the list/);
    fresh.write(`${[...words, "zoo"].join(" ")}\n`);
    await fresh.line(/These are 25 words; the kit has 24/);
    const [one = "", two = "", ...rest] = words;
    fresh.write(`${[two, one, ...rest].join(" ")}\n`);
    await fresh.line(/do not fit together|has nothing for these words/); // of 256 slips one fits: then nobody knows it
    expect(existsSync(path.join(home, "ledger.jsonl"))).toBe(false);
  });

  test("the file of the kit restores without a relay", async () => {
    const [oldHome, newHome] = [temporaryFolder("old"), temporaryFolder("new")];
    const file = path.join(temporaryFolder("stick"), "deskhand.kit");
    const { child: old, words } = await makeKit(oldHome, "--recovery-file", file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await old.end();
    await relay.stop();
    const fresh = start(newHome, NO_RELAY, "--restore", "--recovery-file", file);
    fresh.write(`${words.join(" ")}\n`);
    await fresh.line(/"event":"restored","relays":\[\]/, { timeoutMs: 60_000 });
    await fresh.line(/"event":"pairing-link"/);
  }, 90_000);
});

describe("what cannot be restored is one sentence and exit code 1", () => {
  const outcome = async (child: Child): Promise<string> => {
    expect(await child.ended).toBe(1);
    return child.lines().join("\n");
  };

  test("a folder that holds a workspace; words of nothing; a file that is no kit; no file", async () => {
    const { child: old, words } = await makeKit(temporaryFolder("old"));
    await old.end();
    const typed = `${words.join(" ")}\n`;
    const home = temporaryFolder("used");
    const used = start(home, relay.url);
    await used.line(/"event":"pairing-link"/);
    await used.end();
    const onUsed = start(home, relay.url, "--restore");
    onUsed.write(typed);
    expect(await outcome(onUsed)).toContain("holds a workspace already");

    const nothing = start(temporaryFolder("new"), relay.url, "--restore");
    nothing.write(
      `${"legal winner thank year wave sausage worth useful ".repeat(2)}legal winner thank year wave sausage worth title\n`,
    );
    expect(await outcome(nothing)).toContain("has nothing for these words");

    const file = path.join(temporaryFolder("stick"), "photo.jpg");
    writeFileSync(file, "no kit");
    const noKit = start(temporaryFolder("new"), relay.url, "--restore", "--recovery-file", file);
    noKit.write(typed);
    expect(await outcome(noKit)).toContain("is not the file of a recovery kit");
    const noFile = start(temporaryFolder("new"), relay.url, "--restore", "--recovery-file", `${file}.gone`);
    noFile.write(typed);
    expect(await outcome(noFile)).toContain("There is no file");
  });
});

import { describe, expect, test } from "vitest";
import { parseCommand } from "../../../../desktop/src/terminal/commands.ts";
import { parseFlags } from "../../../../desktop/src/terminal/flags.ts";
import { createLog } from "../../../../desktop/src/terminal/log.ts";
import { createPairingScreen, drawCode } from "../../../../desktop/src/terminal/pairing-screen.ts";

describe("typed lines", () => {
  test("six digits count only while a phone asks", () => {
    expect(parseCommand(" 004 711 ", true)).toEqual({ type: "digits", digits: "004711" });
    expect(parseCommand("004711", false)).toEqual({ type: "unknown" });
    expect(parseCommand("00471", true)).toEqual({ type: "unknown" });
  });

  test("Enter asks for a new code, but never takes it from a phone that asks", () => {
    expect(parseCommand("", false)).toEqual({ type: "new" });
    expect(parseCommand("  ", true)).toEqual({ type: "unknown" });
    expect(parseCommand("New", true)).toEqual({ type: "new" });
  });

  test.each(["no", "stop", "resume", "quit"] as const)("%s is an order", (word) => {
    expect(parseCommand(word.toUpperCase(), false)).toEqual({ type: word });
  });

  test("search takes the words after it", () => {
    expect(parseCommand("/search  May Invoices ", true)).toEqual({ type: "search", query: "may invoices" });
    expect(parseCommand("search 004711", false)).toEqual({ type: "search", query: "004711" });
    expect(parseCommand("search", false)).toEqual({ type: "unknown" });
  });

  test("other words, also those of every object, are not", () => {
    for (const word of ["yes", "constructor", "toString", "__proto__"])
      expect(parseCommand(word, false)).toEqual({ type: "unknown" });
  });
});

describe("flags", () => {
  test("folders repeat", () => {
    const flags = parseFlags(["--folder", "/a", "--folder", "/b", "--name", "Desk"]);
    expect(flags.ok && flags.value).toMatchObject({ folder: ["/a", "/b"], name: "Desk", help: false });
  });

  test("the model and what its server can do are flags", () => {
    const named = ["model", "model-url", "model-context", "model-output", "model-cache", "model-previews"];
    const flags = parseFlags(named.flatMap((name) => [`--${name}`, "x"]));
    expect(flags.ok && flags.value).toMatchObject(Object.fromEntries(named.map((name) => [name, "x"])));
  });

  test.each([[["--unknown"]], [["word"]], [["--data"]]])("%j is one sentence", (args) => {
    const flags = parseFlags(args);
    expect(flags.ok ? [] : flags.error).toEqual([expect.stringMatching(/Try --help\.$/)]);
  });
});

const ESCAPE = "\u001b";
const withoutColour = (row: string): string =>
  row
    .split(ESCAPE)
    .map((part) => part.replace(/^\[[\d;]*m/, ""))
    .join("");

describe("the pairing in a terminal", () => {
  const createBench = (): {
    lines: string[];
    events: object[];
    screen: ReturnType<typeof createPairingScreen>;
  } => {
    const lines: string[] = [];
    const events: object[] = [];
    const screen = createPairingScreen({
      say: (line) => lines.push(line),
      log: (event) => events.push(event),
    });
    return { lines, events, screen };
  };
  const shared = { link: "https://relay.example/#p=code", expiresAt: 0 };

  test("the code is a square of half blocks with an empty border", () => {
    const rows = drawCode(shared.link).split("\n");
    const widths = new Set(rows.map((row) => withoutColour(row).length));
    expect(widths.size).toBe(1);
    expect(rows.length * 2).toBeGreaterThanOrEqual([...widths][0] ?? Infinity);
    expect(rows[0]).not.toMatch(/[█▀▄]/);
  });

  test("[T28] the link is told once, with the code", () => {
    const { lines, screen } = createBench();
    screen.show({ ...shared, type: "waiting" });
    screen.show({ ...shared, type: "requested", name: "Phone", kind: "phone", triesLeft: 2 });
    screen.show({ ...shared, type: "admitted", name: "Phone" });
    expect(lines.filter((line) => line.includes("#p=code"))).toHaveLength(1);
  });

  test("a phone's name cannot steer the terminal", () => {
    const { lines, screen } = createBench();
    screen.show({ ...shared, type: "requested", name: "\u001b[2J\u202eenohp", kind: "phone", triesLeft: 2 });
    for (const control of [ESCAPE, "\u202e"]) expect(lines.join("")).not.toContain(control);
  });

  test("every end of a pairing is said and logged", () => {
    for (const type of ["burned", "expired", "refused", "unanswered"] as const) {
      const { lines, events, screen } = createBench();
      screen.show({ ...shared, type });
      expect(lines).toHaveLength(1);
      expect(events).toEqual([{ event: "pairing-ended", how: type }]);
    }
  });
});

describe("lines for programs", () => {
  test("are JSON when asked for, else nothing", () => {
    const written: string[] = [];
    createLog("json", (line) => written.push(line))({ event: "closed" });
    createLog(undefined, (line) => written.push(line))({ event: "closed" });
    expect(written).toEqual(['{"event":"closed"}\n']);
  });
});

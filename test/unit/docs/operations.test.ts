/** docs/OPERATIONS.md says what the relay is: its settings as in the table, its figures as they are called. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { SETTINGS, variableOf, type Flag } from "../../../sync-server/src/config.ts";
import { createMetrics } from "../../../sync-server/src/metrics.ts";

const page = readFileSync(fileURLToPath(new URL("../../../docs/OPERATIONS.md", import.meta.url)), "utf8");

it("lists every setting as the program has it", () => {
  const rows = /<!-- settings -->\n([\s\S]*)<!-- \/settings -->/.exec(page)?.[1] ?? "";
  const written = rows
    .split("\n")
    .filter((row) => row.startsWith("| `--"))
    .map((row) => row.split("|").map((cell) => cell.trim().replaceAll("`", "")));
  const real = Object.entries(SETTINGS).map(([flag, { takes, help, fallback }]) => [
    "",
    `--${flag} <${takes}>`,
    // `as`: the keys of SETTINGS are its type.
    variableOf(flag as Flag),
    fallback || "none",
    help,
    "",
  ]);
  expect(written).toEqual(real);
});

it("names only figures that /metrics has", () => {
  const text = createMetrics().render({
    open_sockets: 0,
    open_rooms: 0,
    writable: 1,
    free_disk_bytes: 0,
    resident_memory_bytes: 0,
  });
  const named = [...page.matchAll(/deskhand_relay_\w+/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !text.includes(`# TYPE ${name} `))).toEqual([]);
});

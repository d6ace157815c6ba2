/** The recovery kit as the window has it: what counts as written down, and what is never kept. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ok } from "@deskhand/doc-schema/wire";
import { createKitDesk, type KitDesk } from "../../../../desktop/src/main/kit-desk.ts";
import { openPreferences } from "../../../../desktop/src/main/preferences.ts";

const WORDS = Array.from({ length: 24 }, (_, at) => `word${at}`);
let folder: string;
let now = 1_000;
let isMade: boolean;
/** Where the person wants the file. */
let place: string | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "deskhand-kit-"));
  isMade = false;
});
afterEach(() => rmSync(folder, { recursive: true }));

const openDesk = (madeAt?: number): KitDesk =>
  createKitDesk({
    executor: {
      recovery: {
        exists: () => isMade,
        file: () => (isMade ? Uint8Array.of(1, 2) : undefined),
        make: () => {
          isMade = true;
          return Promise.resolve(ok({ words: WORDS }));
        },
      },
      auditRows: () =>
        madeAt === undefined
          ? []
          : [{ n: 1, at: madeAt, kind: "recovery", what: "kit", prev: "", mac: "" } as never], // of a row only kind and time are read
    },
    preferences: openPreferences(folder),
    choosePlace: () => Promise.resolve(place),
    now: () => now++,
    onChange: () => undefined,
  });

describe("a recovery kit", () => {
  test("counts as written down only after it was proved, also at the next start", async () => {
    const desk = openDesk();
    expect(desk.state()).toEqual({ type: "none" });
    expect(await desk.make()).toEqual({ type: "made", words: WORDS });
    expect(desk.state()).toMatchObject({ type: "made", isWrittenDown: false });
    desk.isWrittenDown();
    expect(desk.state()).toMatchObject({ isWrittenDown: true });
    expect(openDesk(1_000).state()).toMatchObject({ isWrittenDown: true });
    await desk.make();
    expect(desk.state()).toMatchObject({ isWrittenDown: false });
  });

  test("that this computer was restored from was in its owner's hand", () => {
    isMade = true;
    expect(openDesk().state()).toEqual({ type: "made", isWrittenDown: true });
  });

  test("has a file where the person says, or a reason why not", async () => {
    const desk = openDesk();
    place = undefined;
    expect(await desk.saveFile()).toEqual({ type: "cancelled" });
    place = path.join(folder, "my.kit");
    expect(await desk.saveFile()).toEqual({ type: "refused", reason: "no-kit" });
    await desk.make();
    expect(await desk.saveFile()).toEqual({ type: "done" });
    expect([...readFileSync(place)]).toEqual([1, 2]);
    place = path.join(folder, "not-there", "my.kit");
    expect(await desk.saveFile()).toEqual({ type: "refused", reason: "ENOENT" });
  });

  test("leaves no word in the state or on the disk", async () => {
    const desk = openDesk();
    await desk.make();
    desk.isWrittenDown();
    const kept = JSON.stringify(desk.state()) + readFileSync(path.join(folder, "preferences.json"), "utf8");
    for (const word of WORDS) expect(kept).not.toContain(word);
  });
});

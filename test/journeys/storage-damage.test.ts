/**
 * [R16] Damage to the phone's IndexedDB in real Chromium: it is recognised and said, the document comes again, no place
 * of a stream is used twice, nothing that was acknowledged is lost, and what was written before and during is kept.
 * `DESKHAND_DAMAGE_ROUNDS=20` runs each way that often; the suite runs each a few times.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { launchBrowser, launchProfile, openPhone } from "./support/browser.ts";
import { endAllChildren } from "./support/child.ts";
import { openDamageWorkspace, type DamageWorkspace } from "./support/damage-workspace.ts";
import { removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { recordFrames } from "./support/frame-recorder.ts";
import { send } from "./support/phone-app.ts";
import {
  becomeMember,
  databaseNameOf,
  deleteRows,
  documentOf,
  leaveApp,
  readRows,
  replaceRows,
  type Row,
  type StoredRows,
} from "./support/phone-storage.ts";
import { PROFILE_DAMAGE } from "./support/profile-damage.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

const ROUNDS = Number(process.env["DESKHAND_DAMAGE_ROUNDS"] ?? 2);
/** Each starts the browser twice. */
const PROFILE_ROUNDS = Number(process.env["DESKHAND_DAMAGE_ROUNDS"] ?? 1);
const DAMAGED =
  /^This phone’s copy was damaged\. (Fetching it again|It is fetched again|It has been fetched)/;

let browser: Browser;
let relay: RelayProcess;
beforeAll(async () => {
  relay = await startRelayProcess(temporaryFolder("relay"));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await endAllChildren();
  removeTemporaryFolders();
});

interface Scene {
  readonly page: Page;
  readonly name: string;
  readonly now: StoredRows;
  /** As they were some changes ago. */
  readonly before: StoredRows;
}

const flip = ([number, sealed]: Row, at: number): Row => [
  number,
  sealed.map((byte, index) => (index === at % sealed.length ? byte ^ 0x10 : byte)),
];

/** The seed makes each round another: which rows, which byte. */
const WAYS: Readonly<Record<string, (scene: Scene, seed: number) => Promise<void>>> = {
  "every row is gone": ({ page, name, now }) => replaceRows(page, name, { ...now, rows: [] }),
  "the database is gone": ({ page, name }) => deleteRows(page, name),
  "half of the rows are gone": ({ page, name, now }, seed) =>
    replaceRows(page, name, { ...now, rows: now.rows.filter((_, at) => (at + seed) % 2 === 0) }),
  "rows have flipped bits": ({ page, name, now }, seed) =>
    replaceRows(page, name, {
      ...now,
      rows: now.rows.map((row, at) => ((at + seed) % 3 === 0 ? flip(row, seed * 7919 + at) : row)),
    }),
  "an older copy is back, and the place in the log is not": ({ page, name, before }) =>
    replaceRows(page, name, before),
};

/** Until the rows on the phone hold what the desktop's end holds. */
const sameEverywhere = (page: Page, name: string, { doc, keys }: DamageWorkspace): Promise<void> =>
  until("the phone's rows hold the whole document", async () => {
    const stored = documentOf(await readRows(page, name), keys());
    const held = Y.decodeStateVector(Y.encodeStateVector(stored));
    const all = Y.decodeStateVector(Y.encodeStateVector(doc()));
    return [...all].every(([client, clock]) => held.get(client) === clock);
  });

describe.each(Object.keys(WAYS))("[R16] %s", (way) => {
  test(`${ROUNDS} times: recognised, fetched again, nothing twice, nothing lost`, async () => {
    const workspace = await openDamageWorkspace(relay.url);
    const { context, page, complaints } = await openPhone(browser);
    const recorder = await recordFrames(context, workspace.keys());
    const name = databaseNameOf(workspace);
    await leaveApp(page, relay.url);
    await becomeMember(page, workspace);
    const expected: string[] = [];
    const arrives = (prompt: string): Promise<void> => {
      expected.push(prompt);
      return until(`the desktop has "${prompt}"`, () => workspace.prompts().get(prompt) === 1);
    };
    for (let round = 1; round <= ROUNDS; round++) {
      await page.goto(relay.url);
      workspace.grow(`Desk ${round}`);
      await page.getByText(`About Desk ${round}`).first().waitFor();
      await send(page, `Before ${round}`);
      await arrives(`Before ${round}`);
      await sameEverywhere(page, name, workspace);
      const before = await readRows(page, name);
      for (let n = 1; n <= 5; n++) {
        workspace.grow(`Desk ${round}.${n}`);
        await page.getByText(`About Desk ${round}.${n}`).first().waitFor();
      }
      await send(page, `Later ${round}`);
      await arrives(`Later ${round}`);
      await sameEverywhere(page, name, workspace);
      await recorder.cut();
      await send(page, `Unsent ${round}`);
      await page.getByRole("article", { name: `Unsent ${round}` }).waitFor();

      await leaveApp(page, relay.url);
      await WAYS[way]?.({ page, name, before, now: await readRows(page, name) }, round);
      const sent = recorder.frames.length;
      await page.goto(relay.url);
      await page.getByText(DAMAGED).first().waitFor();
      await send(page, `During ${round}`);
      await page.getByRole("article", { name: `During ${round}` }).waitFor();
      recorder.join();
      await page.evaluate(() => dispatchEvent(new Event("online"))); // sooner than the backoff ends
      await arrives(`Unsent ${round}`);
      await arrives(`During ${round}`);
      await page
        .getByText(/It has been fetched again/)
        .first()
        .waitFor();
      await sameEverywhere(page, name, workspace);
      expect(recorder.frames.length).toBeGreaterThan(sent);
      // Nothing was sealed on the ground of less than the relay had when it called this phone live.
      for (const { cursor, headAtLive } of recorder.frames.slice(sent))
        expect(cursor).toBeGreaterThanOrEqual(headAtLive ?? Infinity);
      await leaveApp(page, relay.url);
    }
    const places = recorder.frames.map(({ place }) => place);
    expect(new Set(places).size).toBe(places.length);
    expect([...workspace.prompts()].filter(([, count]) => count !== 1)).toEqual([]);
    for (const prompt of expected) expect(workspace.prompts().has(prompt)).toBe(true);
    // The 404 is the browser asking for an icon of the bare picture that is shown while the app is away.
    expect(complaints.filter((line) => !/WebSocket|404/.test(line))).toEqual([]);
    await context.close();
    workspace.close();
  });
});

describe.each(Object.keys(PROFILE_DAMAGE))("[T31] while the browser is closed %s", (way) => {
  test(`${PROFILE_ROUNDS} times: never a blank page, and everything comes again`, async () => {
    const workspace = await openDamageWorkspace(relay.url);
    const places: string[] = [];
    const seen = new Set<string>();
    for (let round = 1; round <= PROFILE_ROUNDS; round++) {
      const profile = temporaryFolder("profile");
      const before = await launchProfile(profile);
      const recorder = await recordFrames(before.context, workspace.keys());
      await leaveApp(before.page, relay.url);
      await becomeMember(before.page, workspace);
      await before.page.goto(relay.url);
      workspace.grow(`Desk ${round}`);
      await before.page.getByText(`About Desk ${round}`).first().waitFor();
      await send(before.page, `Sent ${round}`);
      await until("the order is acknowledged", () => workspace.prompts().get(`Sent ${round}`) === 1);
      await before.page.waitForTimeout(1_100); // the mark is written once a second
      await before.context.close();

      PROFILE_DAMAGE[way]?.(profile, round);
      const after = await launchProfile(profile);
      const recorderAfter = await recordFrames(after.context, workspace.keys());
      await after.page.goto(relay.url);
      const here = after.page.getByRole("article", { name: `Sent ${round}` });
      const isLost = after.page.getByText(/^This phone was paired before, but what it kept is gone/);
      const isBroken = after.page.getByText(/^The saved copy can’t be opened here/);
      await here.or(isLost).or(isBroken).first().waitFor();
      seen.add(
        (await here.isVisible()) ? "kept its keys" : (await isLost.isVisible()) ? "asks to pair" : "broken",
      );
      if (await isBroken.isVisible()) await after.page.getByRole("button", { name: "Erase copy" }).click();
      if (!(await here.isVisible())) {
        await leaveApp(after.page, relay.url);
        await becomeMember(after.page, workspace); // as pairing again would
        await after.page.goto(relay.url);
      }
      await here.waitFor();
      await after.page.getByText(`About Desk ${round}`).first().waitFor();
      await send(after.page, `After ${round}`);
      await until("the phone writes again", () => workspace.prompts().get(`After ${round}`) === 1);
      expect(after.complaints.filter((line) => !/WebSocket|404/.test(line))).toEqual([]);
      await after.context.close();
      places.push(...[...recorder.frames, ...recorderAfter.frames].map(({ place }) => place));
    }
    expect(seen).not.toContain("broken");
    expect(places).not.toEqual([]);
    expect(new Set(places).size).toBe(places.length);
    expect([...workspace.prompts()].filter(([, count]) => count !== 1)).toEqual([]);
    workspace.close();
  });
});

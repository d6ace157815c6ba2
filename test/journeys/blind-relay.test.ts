/**
 * [T1] The relay reads nothing: after a full journey neither its disk nor its memory holds a word of it, in any of
 * several encodings. The search itself is proven by a word that the relay does hold.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodingsOf, wordsInFiles, wordsInMemory } from "./support/canary.ts";
import { endAllChildren } from "./support/child.ts";
import { startDesktop } from "./support/desktop.ts";
import { removeTemporaryFolders, temporaryFolder, until } from "./support/files.ts";
import { pairNodePhone } from "./support/node-phone.ts";
import { startRelayProcess, type RelayProcess } from "./support/relay.ts";

/** Twenty words that exist nowhere else; each ends up in another part of the journey. */
const CANARIES = Array.from({ length: 20 }, (_, n) => `quietcanary${n}x${randomBytes(6).toString("hex")}`);
const [phoneName, folderName, unknownTask, note, region, product, steered, ...fileNames] = CANARIES;

let relay: RelayProcess;
let relayData: string;
let shown: string;

beforeAll(async () => {
  const folder = path.join(temporaryFolder("granted"), `${folderName}`);
  mkdirSync(path.join(folder, "Downloads"), { recursive: true });
  for (const name of fileNames) writeFileSync(path.join(folder, "Downloads", `${name}.tmp`), `${note}`);
  writeFileSync(
    path.join(folder, "sales.csv"),
    `region,product,units\n${region},${product},3\n${region},${product},4\n`,
  );
  relayData = temporaryFolder("relay");
  relay = await startRelayProcess(relayData);
  const desktop = await startDesktop({ home: temporaryFolder("home"), relayUrl: relay.url, folder });
  const phone = await pairNodePhone(desktop, phoneName);

  await phone.reaches(phone.send(`${unknownTask}`), "done");
  await phone.reaches(phone.send("Sum up sales.csv"), "done");
  const deleting = phone.send("Delete *.tmp in Downloads");
  const { id } = await phone.approval(deleting);
  phone.orders.decide(id, { verdict: "deny", locale: "en", note: `${steered}` });
  await phone.reaches(deleting, "done");
  await until("everything is at the relay", () => phone.room.status().pending === 0);
  shown = JSON.stringify(phone.doc.toJSON());
  phone.close();
});
afterAll(async () => {
  await endAllChildren();
  removeTemporaryFolders();
});

describe("the search", () => {
  test.each(["utf8", "utf16le", "base64", "hex"] as const)(
    "finds a word as %s, wherever it starts",
    (encoding) => {
      for (const before of ["", "a", "ab", "abc"]) {
        const around = Buffer.from(
          `${before}${CANARIES[0]} and after`,
          encoding === "utf16le" ? "utf16le" : "utf8",
        );
        const text =
          encoding === "base64" || encoding === "hex" ? Buffer.from(around.toString(encoding)) : around;
        expect(encodingsOf(`${CANARIES[0]}`).some((needle) => text.includes(needle))).toBe(true);
      }
    },
  );
  test("finds in the relay's memory what the relay does hold", () => {
    expect(wordsInMemory(relay.child().pid, ["sync-server/src/main.ts"])).toEqual([
      "sync-server/src/main.ts",
    ]);
  });
});

test("the journey did carry the words that are searched for", () => {
  const carried = CANARIES.filter((word) => shown.includes(word));
  expect(carried.length).toBeGreaterThanOrEqual(18);
});

test("[T1] not one of 20 words is in the relay's memory", () => {
  expect(wordsInMemory(relay.child().pid, CANARIES)).toEqual([]);
});

test("[T1] not one of 20 words is on the relay's disk", async () => {
  expect(wordsInFiles(relayData, CANARIES)).toEqual([]);
  await relay.stop("SIGTERM");
  expect(wordsInFiles(relayData, CANARIES)).toEqual([]);
});

test("[T11] the relay's own words name no room, no key and no address", () => {
  const said = relay.child().lines().join("\n");
  expect(said).not.toMatch(/\b[0-9a-f]{32}\b|#p=/);
});

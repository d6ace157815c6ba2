/** How long files stay at the relays: the clock is moved, the relays are a port that remembers what it was asked. */
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bytesToBase64Url, redact } from "@deskhand/doc-schema/crypto";
import { createIdFactory, type ArtifactId } from "@deskhand/doc-schema/document";
import { err, ok } from "@deskhand/doc-schema/wire";
import type { BlobRelays } from "../../../../desktop/src/executor/files/blob-relays.ts";
import { createResults, type ResultsPorts } from "../../../../desktop/src/executor/files/results.ts";
import { openSentFiles } from "../../../../desktop/src/executor/files/sent-files.ts";
import type { LedgerState, RunFacts } from "../../../../desktop/src/executor/ledger-state.ts";
import { hashBytes } from "../../../../desktop/src/executor/tools/file-facts.ts";
import { NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";
import { createTestClock, until } from "../executor/bench.ts";

const DAY = 24 * 3600 * 1000;
const BYTES = Buffer.from("# Report");
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "deskhand-results-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const setUp = (upload: BlobRelays["upload"] = async () => ok(REF)) => {
  const clock = createTestClock();
  const ids = createIdFactory({ now: clock.now, randomBytes: seededBytes(5) });
  const [runId, grantId, artifactId] = [ids.create("run"), ids.create("grant"), ids.create("artifact")];
  const work = path.join(folder, "Work");
  mkdirSync(work);
  writeFileSync(path.join(work, "report.md"), BYTES);
  const produced = {
    artifactId,
    grantId,
    path: "report.md",
    name: "report.md",
    mediaType: "text/markdown",
    byteLength: BYTES.length,
    sha256: hashBytes(BYTES),
  };
  // Of the ledger and a run, what is looked at.
  const run = { id: runId, state: "done" } as RunFacts;
  const runs = new Map([[runId, run]]);
  const grant = { id: grantId, name: "Work", path: work, mode: "read-write", createdAt: NOW, removed: false };
  const state = {
    runs,
    grants: new Map([[grantId, grant]]),
    workspace: { epoch: 1 },
  } as unknown as LedgerState;
  const step = { kind: "write" };
  const result = { type: "result", at: NOW, callId: "c", stepId: ids.create("step"), content: "" } as const;
  const kept: string[] = [];
  const errors: unknown[] = [];
  const results = createResults({
    state,
    clock,
    audit: { write: () => {} } as unknown as ResultsPorts["audit"],
    sent: openSentFiles({
      folder: path.join(folder, "sent"),
      key: redact("archive-key", new Uint8Array(32)),
      randomBytes: seededBytes(6),
    }),
    blobs: {
      upload,
      download: async () => err({ type: "offline" }),
      keep: async ({ id }) => {
        kept.push(id);
        return ok(true);
      },
    },
    eventsOf: () => [{ ...result, isError: false, outcome: "done", step, files: [produced] }],
    isWorking: () => false,
    onChange: () => {},
    onLive: () => {},
    onFailure: (error) => errors.push(error),
  });
  return { clock, results, kept, errors, artifactId, runId, runs };
};

const REF = {
  id: "A".repeat(43),
  key: "A".repeat(43),
  byteLength: BYTES.length,
  sha256: bytesToBase64Url(Buffer.from(hashBytes(BYTES), "hex")),
};
const where = (results: ReturnType<typeof createResults>, id: ArtifactId): string | undefined =>
  results.shown(id).where;

test("a young file is given a new lease every three days; after 30 days it is here alone", async () => {
  const { clock, results, kept, errors, artifactId } = setUp();
  results.lookAgain();
  await until(() => where(results, artifactId) === "blob");
  for (let day = 0; day < 29; day++) {
    clock.advance(DAY);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(where(results, artifactId)).toBe("blob");
  expect(kept.length).toBeGreaterThanOrEqual(8);
  expect(kept.length).toBeLessThanOrEqual(10);
  clock.advance(DAY);
  clock.advance(DAY);
  await until(() => where(results, artifactId) === "desktop");
  expect(errors).toEqual([]);
  await results.close();
});

test("one that is asked for when it is old is sent, and kept for 30 days from then", async () => {
  const { clock, results, artifactId } = setUp();
  clock.advance(100 * DAY);
  results.lookAgain();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(where(results, artifactId)).toBe("desktop");
  expect(results.ask(artifactId, false).ok).toBe(true);
  await until(() => where(results, artifactId) === "blob");
  clock.advance(20 * DAY);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(where(results, artifactId)).toBe("blob");
  await results.close();
});

test.each([
  ["quota", "relay-full"],
  ["relay-full", "relay-full"],
  ["unreadable", "changed"],
] as const)("a relay that answers %s leaves it here, with the word %s", async (type, word) => {
  const { results, artifactId } = setUp(async () => err({ type }));
  results.lookAgain();
  await until(() => results.shown(artifactId).notSent === word);
  expect(where(results, artifactId)).toBe("desktop");
  await results.close();
});

test("bytes that turn out to be others than the run made are never shown as its file", async () => {
  const { results, artifactId } = setUp(async () => ok({ ...REF, sha256: "B".repeat(43) }));
  results.lookAgain();
  await until(() => results.shown(artifactId).notSent === "changed");
  expect(results.shown(artifactId).blob).toBeUndefined();
  await results.close();
});

test("of an archived run nothing is kept", async () => {
  const { results, runs, runId, artifactId } = setUp();
  results.lookAgain();
  await until(() => where(results, artifactId) === "blob");
  runs.delete(runId);
  results.lookAgain();
  expect(where(results, artifactId)).toBe("desktop");
  expect(results.ask(artifactId, false)).toEqual({ ok: false, error: "unknown-target" });
  await results.close();
});

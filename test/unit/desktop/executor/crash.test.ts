import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { readApprovals, readRuns } from "@deskhand/doc-schema/document";
import { verifyAuditLog } from "../../../../desktop/src/executor/audit/audit-log.ts";
import { until } from "./bench.ts";
import { openCrashCase } from "./crash-case.ts";

const CHILD = path.join(import.meta.dirname, "crash-child.ts");
/** Enough for every point of the case; the test ends at the first that is not reached. */
const LAST_POINT = 400;
/** An append has four points; every third one meets each kind of them in turn. */
const STRIDE = 3;

const runChild = (
  root: string,
  killAt: number,
): Promise<{ readonly killed: boolean; readonly out: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD, root, String(killAt)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.on("close", (_code, signal) => resolve({ killed: signal === "SIGKILL", out }));
  });

/** Kills at the point, starts again, and tells what is there when the run has ended. */
const endOf = async (killAt: number): Promise<{ readonly killed: boolean; readonly end: unknown }> => {
  const root = mkdtempSync(path.join(tmpdir(), "deskhand-crash-"));
  const { killed, out } = await runChild(root, killAt);
  if (!killed && out !== "ended") throw new Error(`at ${killAt}: ${out}`);
  const executor = await openCrashCase(root, () => undefined);
  await until(() => [...executor.ledger.runs.values()].some((run) => run.state === "done"));
  const end = {
    tally: readFileSync(path.join(root, "tally"), "utf8"),
    runs: readRuns(executor.doc).entries.map(({ state, summary, error }) => ({ state, summary, error })),
    steps: readRuns(executor.doc).entries[0]?.steps.map(({ kind, outcome }) => `${kind} ${outcome}`),
    approvals: readApprovals(executor.doc).entries.filter(({ state }) => state === "allowed").length,
    pending: readApprovals(executor.doc).entries.filter(({ state }) => state === "pending").length,
    audit: verifyAuditLog(path.join(root, "data", "audit.jsonl")).ok,
  };
  await executor.close();
  rmSync(root, { recursive: true });
  expect(existsSync(root)).toBe(false);
  return { killed, end };
};

test("killed at any write, the task ends right after the next start, each effect exactly once", async () => {
  let kills = 0;
  for (let point = 0; point < LAST_POINT; point += 2 * STRIDE) {
    const both = await Promise.all([endOf(point), endOf(point + STRIDE)]);
    for (const [at, { end }] of both.entries())
      expect(end, `killed at point ${point + at * STRIDE}`).toEqual({
        tally: "b\nc\n",
        runs: [{ state: "done", summary: "All is done.", error: undefined }],
        steps: ["look done", "write done", "drop done"],
        approvals: 1,
        pending: 0,
        audit: true,
      });
    kills += both.filter(({ killed }) => killed).length;
    if (both.some(({ killed }) => !killed)) break;
  }
  expect(kills).toBeGreaterThanOrEqual(40);
}, 240_000);

/**
 * [T58] The audit log's signed head: in the document and beside the log; what is cut off or changed is noticed at the
 * next start, and by whoever saw an older head.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  auditHeadKind,
  compareAuditHeads,
  readAuditHead,
  readMeta,
  writeSigned,
} from "@deskhand/doc-schema/document";
import type { AuditHead } from "@deskhand/doc-schema/document";
import { AUDIT_ALARM } from "../../../../desktop/src/executor/audit/audit-watch.ts";
import { HEAD_FILE } from "../../../../desktop/src/executor/audit/head-file.ts";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import { createBench, deviceKeys, runIn, sendTask, until, type Bench } from "./bench.ts";

const finished = async (): Promise<Bench> => {
  const bench = await createBench(() => ({ content: [{ type: "text", text: "Done." }] }));
  onTestFinished(bench.remove);
  return bench;
};
const headOf = (executor: Executor): AuditHead => {
  const read = readAuditHead(readMeta(executor.doc)?.audit ?? "", executor.device);
  if (!read.ok) throw new Error(`the head cannot be read: ${read.error.type}`);
  return read.value;
};
const alarmsOf = (executor: Executor): readonly (string | undefined)[] =>
  executor
    .auditRows()
    .flatMap(({ kind, what, outcome }) => (kind === "alarm" && what === AUDIT_ALARM ? [outcome] : []));
/** One run, its head shown, closed. */
const playOnce = async (bench: Bench): Promise<AuditHead> => {
  const executor = await bench.open();
  await runIn(executor, sendTask(bench, executor, "Say something."), "done");
  await until(() => headOf(executor).rows === executor.auditRows().length);
  const head = headOf(executor);
  await executor.close();
  return head;
};
const runAudit = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [PROGRAM, ...args], { encoding: "utf8" });
const PROGRAM = path.join(import.meta.dirname, "../../../../desktop/src/audit.ts");

const logOf = (bench: Bench): string => path.join(bench.root, "data/audit.jsonl");

test("[T58] each run's end moves the head; a restart finds the log as it was", async () => {
  const bench = await finished();
  const first = await playOnce(bench);
  const second = await playOnce(bench);
  expect(second.rows).toBeGreaterThan(first.rows);
  expect(compareAuditHeads(first, second)).toBe("goes-on");
  const again = await bench.open();
  expect(alarmsOf(again)).toEqual([]);
  expect(again.status().auditAlarm).toBeUndefined();
});

test.each([
  ["the document's head", [HEAD_FILE]],
  ["the head beside the log", ["document"]],
])("[T58] rows cut off the end are noticed by %s, and told for ever", async (_, removed) => {
  const bench = await finished();
  const before = await playOnce(bench);
  const lines = readFileSync(logOf(bench), "utf8").split("\n");
  writeFileSync(logOf(bench), `${lines.slice(0, before.rows - 2).join("\n")}\n`);
  for (const name of removed) rmSync(path.join(bench.root, "data", name));
  const executor = await bench.open();
  expect(alarmsOf(executor)).toEqual([`cut from ${before.rows} to ${before.rows - 2}`]);
  expect(executor.status().auditAlarm).toContain("2 rows were cut off");
  expect(headOf(executor).alarms).toBe(1);
  await executor.close();
  expect((await playOnce(bench)).alarms).toBe(1);
});

test("[T58] a row that was changed is noticed", async () => {
  const bench = await finished();
  await playOnce(bench);
  const text = readFileSync(logOf(bench), "utf8");
  writeFileSync(
    logOf(bench),
    text.replace('"what":"Studio"', '"what":"Studie"').replace('"kind":"paired"', '"kind":"grant"'),
  );
  const executor = await bench.open();
  expect(alarmsOf(executor)).toHaveLength(1);
  expect(executor.status().auditAlarm).toMatch(/^Row \d+ of the audit log was changed\.$/);
});

test("[T58] a log that was begun anew has another row at the head's place", async () => {
  const bench = await finished();
  await playOnce(bench);
  rmSync(logOf(bench));
  const executor = await bench.open();
  expect(alarmsOf(executor)[0]).toMatch(/^cut from \d+ to 0$/);
});

test("[T58] the command verifies a data folder and what it exported, and names what is wrong", async () => {
  const bench = await finished();
  const { rows } = await playOnce(bench);
  const data = path.join(bench.root, "data");
  const exported = path.join(bench.root, "exported");
  expect(runAudit("verify", data).stdout).toContain(`${rows} of them are signed for by dev_`);
  expect(runAudit("export", data, exported).status).toBe(0);
  expect(runAudit("verify", exported)).toMatchObject({ status: 0 });
  const file = path.join(exported, "audit.jsonl");
  const lines = readFileSync(file, "utf8").split("\n");
  const verdictOf = (text: string): string => {
    writeFileSync(file, text);
    const { status, stderr } = runAudit("verify", exported);
    expect(status).toBe(1);
    return stderr;
  };
  expect(verdictOf(`${lines.slice(0, rows - 1).join("\n")}\n`)).toContain("1 rows were cut off the end");
  expect(verdictOf([...lines.slice(0, 2), ...lines.slice(3)].join("\n"))).toContain("Row 3 does not fit");
  writeFileSync(file, lines.join("\n"));
  const head = path.join(exported, HEAD_FILE);
  writeFileSync(head, readFileSync(head, "utf8").replace(`"rows":${rows}`, `"rows":${rows - 1}`));
  expect(verdictOf(lines.join("\n"))).toContain("somebody else signed it");
  expect(runAudit("verify", bench.root).stderr).toContain("no audit log");
  expect(runAudit().status).toBe(1);
});

test("[T58] whoever saw an older head can tell, and takes none that another device signed", () => {
  const seen: AuditHead = { createdAt: 1, rows: 10, head: "a".repeat(64), signKey: "", alarms: 0 };
  const later = { ...seen, createdAt: 2 };
  expect(compareAuditHeads(seen, later)).toBe("goes-on");
  expect(compareAuditHeads(seen, { ...later, rows: 12, head: "b".repeat(64) })).toBe("goes-on");
  expect(compareAuditHeads(seen, { ...later, rows: 9 })).toBe("cut");
  expect(compareAuditHeads(seen, { ...later, head: "b".repeat(64) })).toBe("rewritten");
  expect(compareAuditHeads(seen, { ...later, rows: 12, alarms: 1 })).toBe("told");
  const [executor, other] = [deviceKeys(5), deviceKeys(6)];
  expect(readAuditHead(writeSigned(auditHeadKind, seen, executor), executor)).toEqual({
    ok: true,
    value: seen,
  });
  expect(readAuditHead(writeSigned(auditHeadKind, seen, other), executor).ok).toBe(false);
  expect(readAuditHead("{}", executor).ok).toBe(false);
});

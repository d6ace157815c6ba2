import { describe, expect, test } from "vitest";
import { createIdFactory, type ApprovalId } from "@deskhand/doc-schema/document";
import { ok, err } from "@deskhand/doc-schema/wire";
import { DEFAULT_LIMITS } from "../../../../desktop/src/executor/limits.ts";
import { NOTHING_USED, overBudget, usedBy } from "../../../../desktop/src/executor/runner/budget.ts";
import type { RunEvent } from "../../../../desktop/src/executor/runner/events.ts";
import { keepBudget, type Kept } from "../../../../desktop/src/executor/runner/keep-budget.ts";
import type { Standing } from "../../../../desktop/src/executor/runner/next-step.ts";
import type { DrivenRun, RunPorts } from "../../../../desktop/src/executor/runner/run-ports.ts";
import { NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

const ids = createIdFactory({ now: () => NOW, randomBytes: seededBytes(8) });
const approvalId: ApprovalId = ids.create("approval");
const asked: RunEvent = {
  type: "over-budget",
  at: NOW,
  approvalId,
  per: "run",
  kind: "steps",
  used: 2,
  more: 2,
};

/** A run that was asked about, as a crash may have left it. */
const keep = (
  standing: Standing,
  canSpend = true,
): { readonly kept: Kept; readonly written: readonly string[] } => {
  const events: RunEvent[] = [asked];
  const run = {
    runId: ids.create("run"),
    taskId: ids.create("task"),
    locale: "en",
    journal: { history: [], events, append: (event: RunEvent) => void events.push(event) },
  };
  const ports = {
    gate: {
      standing: () => standing,
      spend: () => (canSpend ? ok({ by: "dev", digest: "" }) : err("denied")),
    },
    audit: { write: () => undefined },
    clock: { now: () => NOW },
    limits: () => DEFAULT_LIMITS,
    dayUse: () => ({ day: 0, used: NOTHING_USED, extended: NOTHING_USED }),
  };
  // only what is used here
  const kept = keepBudget(run as unknown as DrivenRun, ports as unknown as RunPorts);
  return { kept, written: events.slice(1).map(({ type }) => type) };
};

describe("a limit that was reached", () => {
  test.each([
    ["pending", { waitsFor: { approvalId } }, []],
    ["allowed", "again", ["extended"]],
    ["denied", "again", ["gave-up"]],
    ["expired", "again", ["gave-up"]],
    ["withdrawn", "again", ["gave-up"]],
  ] as const)("%s", (standing, kept, written) => {
    expect(keep(standing)).toEqual({ kept, written });
  });

  test("a crash came between the allow that was spent and its note: it counts, and is not spent again", () => {
    expect(keep("spent", false)).toEqual({ kept: "again", written: ["extended"] });
  });

  test("an allow that was taken back in this very moment adds nothing", () => {
    expect(keep("allowed", false)).toEqual({ kept: "again", written: [] });
  });
});

describe("what a run has used", () => {
  const event = (at: number, type: "cancel" | "reminded"): RunEvent =>
    type === "cancel" ? { type, at: NOW + at } : { type, at: NOW + at, text: "" };

  test("time between its events, but not a person's time, and of a gap no more than a step can take", () => {
    expect(usedBy([event(0, "reminded"), event(60_000, "cancel")]).minutes).toBe(1);
    expect(usedBy([event(0, "reminded"), event(3_600_000, "cancel")]).minutes).toBe(15);
    expect(usedBy([{ ...asked, at: NOW }, event(3_600_000, "cancel")]).minutes).toBe(0);
    expect(usedBy([event(60_000, "reminded"), event(0, "cancel")]).minutes).toBe(0);
  });

  test("a limit is reached when all of it is used; null is no limit", () => {
    const used = { ...NOTHING_USED, steps: 5 };
    const budget = { microDollars: null, tokens: null, steps: 5, minutes: null, files: null };
    expect(overBudget("run", budget, used, NOTHING_USED)).toMatchObject({ kind: "steps", used: 5, more: 5 });
    expect(overBudget("run", budget, used, { ...NOTHING_USED, steps: 1 })).toBeUndefined();
    expect(overBudget("run", { ...budget, steps: null }, used, NOTHING_USED)).toBeUndefined();
  });
});

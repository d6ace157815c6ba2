/**
 * Proposes a schedule. Code reads the rule and counts its next three times; a person sees them with the whole prompt and
 * allows it, or it is not made. What it starts later asks for whatever needs an OK, like any other task.
 */
import * as z from "zod/mini";
import type { IdFactory, ScheduleId } from "@deskhand/doc-schema/document";
import { parseId } from "@deskhand/doc-schema/document";
import { ok, type Result } from "@deskhand/doc-schema/wire";
import { parseRule, type RuleError } from "../schedules/rule.ts";
import { defineTool } from "./define-tool.ts";
import { fault } from "./fault.ts";
import type { Tool } from "./tool.ts";

export interface ProposedSchedule {
  readonly scheduleId: ScheduleId;
  readonly title: string;
  readonly rule: string;
  readonly timeZone: string;
  readonly prompt: string;
  readonly ifMissed: "run" | "skip" | "ask";
}

export interface ProposeSchedulePorts {
  readonly ids: IdFactory;
  readonly now: () => number;
  /** Written into the ledger. */
  readonly create: (schedule: ProposedSchedule) => Result<void, string>;
  readonly exists: (id: ScheduleId) => boolean;
}

const SHOWN_RUNS = 3;
const LONGEST_PROMPT = 4000;

const FIELDS = {
  title: z.string().check(z.minLength(1), z.maxLength(100)),
  rule: z
    .string()
    .check(
      z.maxLength(100),
      z.describe("Five cron fields “0 8 * * 1-5”, a local time “2026-11-30T08:00”, or “manual”."),
    ),
  prompt: z.string().check(z.minLength(1), z.maxLength(LONGEST_PROMPT)),
};
const IF_MISSED = z.enum(["run", "skip", "ask"]);
const PLAN = z.object({
  ...FIELDS,
  scheduleId: z.custom<ScheduleId>((value) => parseId("schedule", value) !== undefined),
  timeZone: z.string(),
  ifMissed: IF_MISSED,
});

const REFUSALS: Readonly<Record<RuleError, string>> = {
  "bad-rule": "This rule cannot be read. Write five cron fields, a local date and time, or “manual”.",
  "bad-time-zone": "There is no such time zone. Write its IANA name, such as “Asia/Taipei”.",
  "too-often": "A schedule runs every five minutes at most.",
  never: "No day fits this rule.",
};

export const createProposeSchedule = ({ ids, now, create, exists }: ProposeSchedulePorts): Tool =>
  defineTool({
    name: "propose_schedule",
    description:
      "Proposes that a task is begun by itself at certain times; the person sees the next three and allows it or not. " +
      "`prompt` is what that task is told: write it whole, it knows nothing of this one. `ifMissed` says what becomes " +
      "of a time at which the computer slept: “run” once when it wakes (default), “skip”, or “ask”.",
    effect: "schedule",
    input: z.strictObject({
      ...FIELDS,
      timeZone: z.optional(z.string().check(z.describe("IANA name; absent: this computer's."))),
      ifMissed: z.optional(IF_MISSED),
    }),
    plan: PLAN,
    prepare: async ({ title, rule, prompt, timeZone = ownTimeZone(), ifMissed = "run" }, { askedAt }) => {
      const read = parseRule(rule, timeZone);
      if (!read.ok) return fault("bad-input", REFUSALS[read.error]);
      if (read.value.type === "once" && read.value.next(now(), 1).length === 0)
        return fault("bad-input", "That time has passed. Choose a later one.");
      const fields = { title, rule, timeZone, prompt, ifMissed };
      // As they were when the person was asked: the card must not change while they think about it.
      const nextRuns = read.value.next(askedAt ?? now(), SHOWN_RUNS).map((time) => localTime(time, timeZone));
      return ok({
        plan: { ...fields, scheduleId: ids.create("schedule") },
        action: { v: 1, kind: "schedule", tool: "propose_schedule", ...fields, nextRuns, items: [] },
        step: { kind: "schedule", object: title },
      });
    },
    run: async (plan) => {
      const made = create(plan);
      return made.ok
        ? ok({ content: "The schedule is made and on.", step: { kind: "schedule", object: plan.title } })
        : fault("failed", `The schedule was not made (${made.error}).`);
    },
    check: async ({ scheduleId }) => (exists(scheduleId) ? "done" : "not-done"),
  });

const ownTimeZone = (): string => new Intl.DateTimeFormat("en").resolvedOptions().timeZone;

/** "2026-11-23 08:00" in that zone. */
const localTime = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(at);

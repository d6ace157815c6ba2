/**
 * An executor on a real disk with a phone beside it: the phone writes into the same document, so no relay is needed.
 * The clock is moved by the test; randomness is seeded.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createDeviceKeys, type DeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  addDecision,
  addIntent,
  addTask,
  createIdFactory,
  nextDecisionId,
  parseAction,
  readApprovals,
  readRuns,
  type Action,
  type Approval,
  type IdFactory,
  type IntentRecord,
  type Run,
  type TaskId,
  type Verdict,
} from "@deskhand/doc-schema/document";
import { shownDigest } from "@deskhand/doc-schema/views";
import { ok } from "@deskhand/doc-schema/wire";
import type { Clock } from "../../../../desktop/src/executor/clock.ts";
import { openExecutor, type Executor, type ExecutorOptions } from "../../../../desktop/src/executor/index.ts";
import { createScriptedModel, type Script } from "../../../../desktop/src/executor/models/scripted.ts";
import { createClearSecretStore } from "../../../../desktop/src/executor/secret-store.ts";
import type { Effect, Tool } from "../../../../desktop/src/executor/tools/tool.ts";
import { NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

export interface TestClock extends Clock {
  readonly advance: (milliseconds: number) => void;
}

export const createTestClock = (start = NOW): TestClock => {
  let now = start;
  const timers = new Map<() => void, number>();
  return {
    now: () => now,
    after: (milliseconds, run) => {
      const timer = (): void => run();
      timers.set(timer, now + milliseconds);
      return () => timers.delete(timer);
    },
    advance: (milliseconds) => {
      now += milliseconds;
      for (const [timer, at] of timers)
        if (at <= now) {
          timers.delete(timer);
          timer();
        }
    },
  };
};

/** Polls on real time; `step` moves the test's own clock at each look. Throws after 20 s: then it will not come. */
export const until = async <Value>(
  look: () => Value | undefined | false,
  step?: () => void,
): Promise<Value> => {
  const end = Date.now() + 20_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error("until: it did not come");
    step?.();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

/** Effects are lines of `tally`: one that happens twice is two lines. */
export const tallyTool = (
  name: string,
  effect: Effect,
  tally: string,
  overrides: Partial<Tool> = {},
): Tool => {
  const lines = (): string[] => (existsSync(tally) ? readFileSync(tally, "utf8").split("\n") : []);
  return {
    name,
    description: `Writes a line (${effect}).`,
    inputSchema: { type: "object" },
    effect,
    crash: effect === "read" ? "safe" : "check",
    prepare: async (input, { grants }) => {
      const { line } = input as { line: string }; // the script writes it
      const action = parseAction({
        v: 1,
        kind: effect === "trash" ? "trash" : "create",
        tool: name,
        grantId: grants[0]?.id,
        folder: grants[0]?.name,
        items: [{ path: line, preimage: null }],
      });
      return ok({
        plan: { line },
        step: { kind: name, object: line, count: 1 },
        ...(effect === "read" || action === undefined ? {} : { action }),
      });
    },
    run: async ({ plan, step }) => {
      if (effect !== "read") appendFileSync(tally, `${String(plan["line"])}\n`);
      return ok({ content: `did ${String(plan["line"])}`, step });
    },
    check: async ({ plan }) => (lines().includes(String(plan["line"])) ? "done" : "not-done"),
    ...overrides,
  };
};

export interface Bench {
  readonly root: string;
  readonly clock: TestClock;
  readonly phone: DeviceKeys;
  readonly ids: IdFactory;
  readonly tally: () => readonly string[];
  /** Opens it again on the same disk. */
  readonly open: (options?: Partial<ExecutorOptions>) => Promise<Executor>;
  readonly remove: () => Promise<void>;
}

export const deviceKeys = (seed: number): DeviceKeys =>
  createDeviceKeys(new Uint8Array(32).fill(seed), new Uint8Array(32).fill(seed + 100));

export const createBench = async (
  script: Script,
  tools: (tally: string) => readonly Tool[] = (tally) => [
    tallyTool("look", "read", tally),
    tallyTool("write", "create", tally),
    tallyTool("drop", "trash", tally),
  ],
): Promise<Bench> => {
  const root = mkdtempSync(path.join(tmpdir(), "deskhand-executor-"));
  const work = path.join(root, "Work");
  const tally = path.join(root, "tally");
  mkdirSync(work);
  const clock = createTestClock();
  const randomBytes = seededBytes(7);
  const phone = deviceKeys(1);
  const executors: Executor[] = [];
  return {
    root,
    clock,
    phone,
    ids: createIdFactory({ now: clock.now, randomBytes }),
    tally: () => (existsSync(tally) ? readFileSync(tally, "utf8").trimEnd().split("\n") : []),
    open: async (options = {}) => {
      const opened = await openExecutor({
        dataDir: path.join(root, "data"),
        model: createScriptedModel(script),
        secretStore: createClearSecretStore(path.join(root, "keys")),
        deviceName: "Studio",
        randomBytes,
        clock,
        tools: () => tools(tally),
        ...options,
      });
      if (!opened.ok) throw new Error(`open: ${opened.error.type}`);
      const executor = opened.value;
      executors.push(executor);
      executor.admitDevice({ ...phone, name: "iPhone", kind: "phone" });
      if (executor.grants.list().length === 0) {
        const granted = await executor.grants.add(work, "read-write");
        if (!granted.ok) throw new Error(granted.error.text);
      }
      return executor;
    },
    remove: async () => {
      for (const executor of executors) await executor.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};

export const sendTask = (bench: Bench, executor: Executor, prompt: string, keys = bench.phone): TaskId => {
  const { threadId } = executor.workspace;
  const createdAt = bench.clock.now();
  const task = { id: bench.ids.create("task"), createdAt, threadId, prompt, locale: "en" };
  const message = { id: bench.ids.create("message"), createdAt, threadId, text: prompt, taskId: task.id };
  addTask(executor.doc, task, message, keys);
  return task.id;
};

type IntentBody = IntentRecord extends infer Record
  ? Record extends IntentRecord
    ? Omit<Record, "id" | "createdAt">
    : never
  : never;

export const sendIntent = (
  bench: Bench,
  executor: Executor,
  body: IntentBody,
  keys = bench.phone,
): string => {
  const record = { ...body, id: bench.ids.create("intent"), createdAt: bench.clock.now() } as IntentRecord; // body has the rest
  addIntent(executor.doc, record, keys);
  return record.id;
};

export const actionOf = (approval: Approval): Action => {
  const action = parseAction(JSON.parse(approval.action));
  if (action === undefined) throw new Error("the approval's action cannot be read");
  return action;
};

export const decide = (
  bench: Bench,
  executor: Executor,
  approval: Approval,
  verdict: Verdict,
  changes: Partial<Parameters<typeof addDecision>[1]> = {},
  keys = bench.phone,
): string => {
  const id = nextDecisionId(executor.doc, approval.id, keys.deviceId, bench.clock.now());
  addDecision(
    executor.doc,
    {
      id,
      createdAt: bench.clock.now(),
      approvalId: approval.id,
      requestDigest: approval.requestDigest,
      verdict,
      scope: "once",
      shownDigest: shownDigest(actionOf(approval), approval, "en"),
      locale: "en",
      ...changes,
    },
    keys,
  );
  return id;
};

export const runOf = (executor: Executor, taskId: TaskId): Run | undefined =>
  readRuns(executor.doc).entries.find((run) => run.taskId === taskId);

export const runIn = (executor: Executor, taskId: TaskId, state: Run["state"]): Promise<Run> =>
  until(() => {
    const run = runOf(executor, taskId);
    return run?.state === state ? run : undefined;
  });

export const pendingApproval = (executor: Executor): Promise<Approval> =>
  until(() => readApprovals(executor.doc).entries.find((approval) => approval.state === "pending"));

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  addDecision,
  readApprovals,
  readRuns,
  rootsOf,
  taskKind,
  writeSigned,
  type TaskRecord,
} from "@deskhand/doc-schema/document";
import type { Executor } from "../../../../desktop/src/executor/index.ts";
import {
  actionOf,
  createBench,
  decide,
  deviceKeys,
  pendingApproval,
  runIn,
  sendIntent,
  sendTask,
  until,
  type Bench,
} from "./bench.ts";
import { shownDigest } from "@deskhand/doc-schema/views";

const DAY = 24 * 3600 * 1000;

let bench: Bench;
let executor: Executor;
beforeEach(async () => {
  bench = await createBench((_request, turn) =>
    turn === 0
      ? { content: [{ type: "tool_use", id: "c1", name: "drop", input: { line: "x" } }] }
      : { content: [{ type: "text", text: "Done." }] },
  );
  executor = await bench.open();
});
afterEach(() => bench.remove());

const aTask = (changes: Partial<TaskRecord> = {}): TaskRecord => ({
  id: bench.ids.create("task"),
  createdAt: bench.clock.now(),
  threadId: executor.workspace.threadId,
  prompt: "Do it",
  ...changes,
});
/** Puts a record into the document and waits for the word by which it is refused. */
const refusal = async (key: string, text: string): Promise<string> => {
  const words: string[] = [];
  const off = executor.on((event) => {
    if (event.type === "refused" && event.id === key) words.push(event.word);
  });
  rootsOf(executor.doc).tasks.set(key, text);
  const word = await until(() => words[0]);
  off();
  expect(readRuns(executor.doc).entries).toEqual([]);
  return word;
};

describe("a task is refused", () => {
  test("with a signature that does not fit its bytes", async () => {
    const task = aTask();
    const text = writeSigned(taskKind, task, bench.phone).replace("Do it", "Do evil");
    expect(await refusal(task.id, text)).toBe("bad-signature");
  });

  test("[T24] from a device that the ledger does not know, though the document lists it", async () => {
    const task = aTask();
    const stranger = deviceKeys(9);
    rootsOf(executor.doc).devices.set(stranger.deviceId, "anything");
    expect(await refusal(task.id, writeSigned(taskKind, task, stranger))).toBe("unknown-device");
  });

  test("from a revoked device", async () => {
    await executor.revokeDevice(bench.phone.deviceId, "lost");
    const task = aTask();
    expect(await refusal(task.id, writeSigned(taskKind, task, bench.phone))).toBe("revoked-device");
  });

  test("from a device without the send role", async () => {
    const watch = deviceKeys(5);
    executor.admitDevice({ ...watch, name: "Watch", kind: "phone", roles: ["approve"] });
    const task = aTask();
    expect(await refusal(task.id, writeSigned(taskKind, task, watch))).toBe("missing-role");
  });

  test("under another id than its own", async () => {
    const text = writeSigned(taskKind, aTask(), bench.phone);
    expect(await refusal(bench.ids.create("task"), text)).toBe("wrong-key");
  });

  test("when it is not JSON, too long, or carries a prototype key", async () => {
    expect(await refusal(bench.ids.create("task"), "{")).toBe("not-json");
    expect(await refusal(bench.ids.create("task"), "x".repeat(65 * 1024))).toBe("too-long");
    expect(await refusal(bench.ids.create("task"), '{"__proto__":1}')).toBe("prototype-key");
    expect(executor.refusals()).toMatchObject({ "not-json": 1, "too-long": 1, "prototype-key": 1 });
  });

  test("when it is a month old or from the day after tomorrow", async () => {
    const old = aTask({ createdAt: bench.clock.now() - 31 * DAY });
    expect(await refusal(old.id, writeSigned(taskKind, old, bench.phone))).toBe("too-old");
    const early = aTask({ createdAt: bench.clock.now() + 2 * DAY });
    expect(await refusal(early.id, writeSigned(taskKind, early, bench.phone))).toBe("from-the-future");
  });

  test("signed by the executor itself: it gives no tasks", async () => {
    const task = aTask();
    expect(await refusal(task.id, writeSigned(taskKind, task, executor.device))).toBe("unknown-device");
  });
});

describe("records are taken once", () => {
  test("[IN1] a task that the document shows again after a restart makes no second run", async () => {
    const taskId = sendTask(bench, executor, "Once");
    await pendingApproval(executor);
    const text = rootsOf(executor.doc).tasks.get(taskId) ?? "";
    await executor.close();
    const again = await bench.open();
    rootsOf(again.doc).tasks.delete(taskId);
    rootsOf(again.doc).tasks.set(taskId, text);
    const other = sendTask(bench, again, "Another");
    await until(() => again.ledger.runOfTask.get(other));
    expect([...again.ledger.runs.values()].filter((run) => run.task.id === taskId)).toHaveLength(1);
  });

  test("a refused record does not stop the others, and each refusal is in the audit log", async () => {
    rootsOf(executor.doc).tasks.set("nonsense", "nonsense");
    const taskId = sendTask(bench, executor, "Fine");
    await until(() => executor.ledger.runOfTask.get(taskId));
    expect(
      executor.auditRows().some(({ kind, outcome }) => kind === "refused" && outcome === "not-json"),
    ).toBe(true);
  });

  test("a device that is certified later is believed then", async () => {
    const late = deviceKeys(4);
    const task = aTask();
    expect(await refusal(task.id, writeSigned(taskKind, task, late))).toBe("unknown-device");
    executor.admitDevice({ ...late, name: "iPad", kind: "phone" });
    await until(() => executor.ledger.runOfTask.get(task.id));
  });
});

describe("a decision is refused", () => {
  /** The word for what is put into the document while one approval is pending. */
  const decisionRefusal = async (send: () => string): Promise<string> => {
    const words = new Map<string, string>();
    executor.on((event) => {
      if (event.type === "refused") words.set(event.id, event.word);
    });
    const id = send();
    const word = await until(() => words.get(id));
    expect(bench.tally()).toEqual([]);
    return word;
  };

  test("[AP2] for another request", async () => {
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    const other = { requestDigest: "0".repeat(64) };
    expect(await decisionRefusal(() => decide(bench, executor, approval, "allow", other))).toBe(
      "other-request",
    );
  });

  test("[AP2] for a card that this desktop does not render", async () => {
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    const foreign = { shownDigest: shownDigest(actionOf(approval), approval, "zh-Hant") };
    expect(await decisionRefusal(() => decide(bench, executor, approval, "allow", foreign))).toBe(
      "other-card",
    );
  });

  test("[AP2] from a device without the approve role", async () => {
    const watch = deviceKeys(5);
    executor.admitDevice({ ...watch, name: "Watch", kind: "phone", roles: ["send"] });
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    expect(await decisionRefusal(() => decide(bench, executor, approval, "allow", {}, watch))).toBe(
      "missing-role",
    );
  });

  test("signed by the executor: it cannot approve itself (T51)", async () => {
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    expect(await decisionRefusal(() => decide(bench, executor, approval, "allow", {}, executor.device))).toBe(
      "unknown-device",
    );
  });

  test("[OW3] filed under another device's name", async () => {
    const other = deviceKeys(6);
    executor.admitDevice({ ...other, name: "iPad", kind: "phone" });
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    const id = `${approval.id}/${bench.phone.deviceId}/1`;
    const word = await decisionRefusal(() => decide(bench, executor, approval, "allow", { id }, other) && id);
    expect(word).toBe("foreign-decision");
  });

  test("for an approval that this desktop never asked", async () => {
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    const approvalId = bench.ids.create("approval");
    const id = `${approvalId}/${bench.phone.deviceId}/1`;
    const word = await decisionRefusal(
      () => decide(bench, executor, approval, "allow", { id, approvalId }) && id,
    );
    expect(word).toBe("unknown-approval");
  });

  test("after the approval expired", async () => {
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    bench.clock.advance(DAY);
    await until(() => readApprovals(executor.doc).entries.some(({ state }) => state === "expired"));
    expect(await decisionRefusal(() => decide(bench, executor, approval, "allow"))).toBe("approval-expired");
  });

  test("[AP2] one allow, one effect: the same record again does nothing", async () => {
    const taskId = sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    decide(bench, executor, approval, "allow");
    await runIn(executor, taskId, "done");
    const refused = decisionRefusalAfterEffect();
    const id = decide(bench, executor, approval, "allow");
    expect(await refused(id)).toBe("already-resolved");
    expect(bench.tally()).toEqual(["x"]);
  });

  const decisionRefusalAfterEffect = (): ((id: string) => Promise<string>) => {
    const words = new Map<string, string>();
    executor.on((event) => {
      if (event.type === "refused") words.set(event.id, event.word);
    });
    return (id) => until(() => words.get(id));
  };

  test("[AP3] a deny of one device beats the allow of another", async () => {
    const other = deviceKeys(6);
    executor.admitDevice({ ...other, name: "iPad", kind: "phone" });
    const taskId = sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    executor.doc.transact(() => {
      decide(bench, executor, approval, "allow");
      decide(bench, executor, approval, "deny", {}, other);
    });
    await runIn(executor, taskId, "done");
    expect(bench.tally()).toEqual([]);
    expect(readApprovals(executor.doc).entries).toMatchObject([
      { state: "denied", resolvedBy: other.deviceId, crossed: true },
    ]);
  });

  test("[AP3] an allow that was taken back before it was used allows nothing", async () => {
    sendTask(bench, executor, "Delete");
    const approval = await pendingApproval(executor);
    const takenBack = executor.doc.transact(() => {
      decide(bench, executor, approval, "allow");
      return decide(bench, executor, approval, "none");
    });
    await until(() => executor.ledger.handled.has(takenBack));
    expect(readApprovals(executor.doc).entries).toMatchObject([{ state: "pending" }]);
    expect(bench.tally()).toEqual([]);
  });
});

describe("orders", () => {
  test("a cancel that comes before its task cancels it when it comes", async () => {
    const task = aTask();
    sendIntent(bench, executor, { type: "cancel", taskId: task.id });
    await until(() => executor.ledger.cancelled.has(task.id));
    rootsOf(executor.doc).tasks.set(task.id, writeSigned(taskKind, task, bench.phone));
    expect((await runIn(executor, task.id, "cancelled")).steps).toEqual([]);
  });

  test("an order whose time is over is refused", async () => {
    const words: string[] = [];
    executor.on((event) => {
      if (event.type === "refused") words.push(event.word);
    });
    sendIntent(bench, executor, { type: "stop-all", expiresAt: bench.clock.now() - 1 });
    expect(await until(() => words[0])).toBe("expired");
    expect(executor.status().state).toBe("idle");
  });

  test("[AP4] a device that may not send may still stop everything", async () => {
    const watch = deviceKeys(5);
    executor.admitDevice({ ...watch, name: "Watch", kind: "phone", roles: ["approve"] });
    sendIntent(bench, executor, { type: "stop-all" }, watch);
    expect(await until(() => executor.ledger.stopped)).toMatchObject({ by: watch.deviceId });
  });
});

test("a decision in the document of a stranger's approval row changes nothing", async () => {
  addDecision(
    executor.doc,
    {
      id: `${bench.ids.create("approval")}/${bench.phone.deviceId}/1`,
      createdAt: bench.clock.now(),
      approvalId: bench.ids.create("approval"),
      requestDigest: "0".repeat(64),
      verdict: "allow",
      scope: "once",
      shownDigest: "0".repeat(64),
      locale: "en",
    },
    bench.phone,
  );
  await until(() => executor.refusals()["foreign-decision"]);
  expect(executor.ledger.approvals.size).toBe(0);
});

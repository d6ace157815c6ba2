import {
  actionDigest,
  actionToText,
  addDecision,
  addIntent,
  nextDecisionId,
  putApproval,
  putReply,
  putRun,
  readDeviceRegistry,
  requestDigest,
  rootsOf,
  type Action,
} from "@deskhand/doc-schema/document";
import {
  approvalViews,
  renderApproval,
  shownDigest,
  taskViews,
  timeline,
  visibleName,
} from "@deskhand/doc-schema/views";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createWorkspaceDoc, keysOf, NOW } from "../../../fixtures/workspace-doc.ts";

const world = () => {
  const workspace = createWorkspaceDoc();
  const ports = (isAtRelay = false) => ({
    doc: workspace.doc,
    registry: readDeviceRegistry(workspace.doc, workspace.executor.signKey),
    isAtRelay: () => isAtRelay,
  });
  const action: Action = {
    v: 1,
    kind: "trash",
    tool: "trash_files",
    grantId: workspace.ids.create("grant"),
    folder: "Demo",
    items: [{ path: "Downloads/a.tmp", byteLength: 1200, preimage: "1:1200:5" }],
  };
  return { ...workspace, ports, action };
};

const ask = ({ doc, ids, threadId, sendTask, action }: ReturnType<typeof world>) => {
  const taskId = sendTask("delete");
  const runId = ids.create("run");
  const approvalId = ids.create("approval");
  putRun(doc, { id: runId, taskId, threadId, attempt: 1, state: "waiting", stateSince: NOW, approvalId });
  const request = {
    approvalId,
    runId,
    callId: "c1",
    actionDigest: actionDigest(action),
    requestedAt: NOW,
    expiresAt: NOW + 1000,
  };
  const row = {
    id: approvalId,
    runId,
    taskId,
    callId: "c1",
    action: actionToText(action),
    actionDigest: request.actionDigest,
    requestDigest: requestDigest(request),
    risk: "medium" as const,
    reversible: "undo" as const,
    requestedAt: NOW,
    expiresAt: NOW + 1000,
    state: "pending" as const,
  };
  putApproval(doc, row);
  return row;
};

describe("task views", () => {
  test("a task goes from saved to sent to picked up", () => {
    const w = world();
    const taskId = w.sendTask("x");
    expect(taskViews(w.ports())).toMatchObject([{ delivery: "saved", author: "verified" }]);
    expect(taskViews(w.ports(true))).toMatchObject([{ delivery: "sent" }]);
    putRun(w.doc, {
      id: w.ids.create("run"),
      taskId,
      threadId: w.threadId,
      attempt: 1,
      state: "queued",
      stateSince: NOW,
    });
    expect(taskViews(w.ports())).toMatchObject([{ delivery: "picked-up", run: { state: "queued" } }]);
  });

  test("the newest attempt is the one that is shown", () => {
    const w = world();
    const taskId = w.sendTask("x");
    for (const attempt of [2, 1, 3])
      putRun(w.doc, {
        id: w.ids.create("run"),
        taskId,
        threadId: w.threadId,
        attempt,
        state: "queued",
        stateSince: NOW,
      });
    expect(taskViews(w.ports())).toMatchObject([{ run: { attempt: 3 } }]);
  });

  test("a task that no certified device signed is unverified", () => {
    const w = world();
    w.sendTask("x", keysOf(6));
    expect(taskViews(w.ports())).toMatchObject([{ author: "unverified" }]);
  });

  test("an undo is an order until the run’s row names it, also when the same was tried before", () => {
    const { doc, ids, phone, threadId, sendTask, ports } = world();
    const taskId = sendTask("move");
    const [runId, stepId] = [ids.create("run"), ids.create("step")];
    const run = { id: runId, taskId, threadId, attempt: 1, state: "done", stateSince: NOW } as const;
    putRun(doc, { ...run, changes: 3, undone: { [stepId]: { at: NOW - 1, outcome: "conflict" } } });
    const step = { runId, stepId, createdAt: NOW };
    const orders = [
      { ...step, id: ids.create("intent"), type: "undo" },
      { ...step, id: ids.create("intent"), type: "undo-file", file: 0, path: "a.txt" },
    ] as const;
    for (const order of orders) addIntent(doc, order, phone);
    const pending = () => taskViews(ports())[0]?.orders.map(({ type }) => type);
    expect(pending()).toEqual(["undo", "undo-file"]);
    putRun(doc, { id: runId, intents: [orders[1].id] });
    expect(pending()).toEqual(["undo"]);
    putRun(doc, { id: runId, intents: Array.from({ length: 50 }, () => ids.create("intent")) });
    expect(pending(), "the row names only the newest; these are older").toEqual([]);
    putRun(doc, { id: runId, intents: [], undone: { [stepId]: { at: NOW, outcome: "conflict" } } });
    expect(pending()).toEqual(["undo-file"]);
    putRun(doc, { id: runId, changes: 0 });
    expect(pending(), "nothing is left to undo").toEqual([]);
  });
  test("a stop is an order until the run has ended", () => {
    const w = world();
    const taskId = w.sendTask("x");
    const run = { id: w.ids.create("run"), taskId, threadId: w.threadId, attempt: 1, stateSince: NOW };
    putRun(w.doc, { ...run, state: "running" });
    addIntent(w.doc, { id: w.ids.create("intent"), createdAt: NOW, type: "cancel", taskId }, w.phone);
    expect(taskViews(w.ports())[0]?.orders).toMatchObject([{ type: "cancel", delivery: "saved" }]);
    putRun(w.doc, { ...run, state: "cancelled" });
    expect(taskViews(w.ports())[0]?.orders).toEqual([]);
  });
});

test("a thread shows message, task and reply in the order of cause, and what cannot be read", () => {
  const w = world();
  const taskId = w.sendTask("x");
  const runId = w.ids.create("run");
  putRun(w.doc, { id: runId, taskId, threadId: w.threadId, attempt: 1, state: "running", stateSince: NOW });
  putReply(w.doc, w.threadId, {
    id: w.ids.create("reply"),
    runId,
    createdAt: NOW,
    text: "On it",
    done: false,
  });
  w.sendTask("y");
  rootsOf(w.doc).messages(w.threadId).push(["broken"]);
  const types = timeline(w.doc, w.threadId, taskViews(w.ports())).map((entry) => entry.type);
  expect(types).toEqual(["unreadable", "message", "task", "reply", "message", "task"]);
});

describe("approval views", () => {
  test("a pending approval can be answered by a device with a vote, until it expires", () => {
    const w = world();
    ask(w);
    const view = (device = w.phone.deviceId, now = NOW) => approvalViews(w.ports(), device, now)[0];
    expect(view()).toMatchObject({ answerable: true, taskPrompt: "delete", action: w.action });
    expect(view(keysOf(6).deviceId)?.answerable).toBe(false);
    expect(view(w.executor.deviceId)?.answerable).toBe(false);
    expect(view(w.phone.deviceId, NOW + 1000)?.answerable).toBe(false);
  });

  test("an action that is not the one of its digest is not shown and cannot be allowed", () => {
    const w = world();
    const row = ask(w);
    putApproval(w.doc, { id: row.id, action: row.action.replace("a.tmp", "thesis.doc") });
    const [view] = approvalViews(w.ports(), w.phone.deviceId, NOW);
    expect(view?.answerable).toBe(false);
    expect(view && "action" in view).toBe(false);
  });

  test("[AP3] an answer is mine until I take it back", () => {
    const w = world();
    const row = ask(w);
    const answer = (verdict: "allow" | "none") =>
      addDecision(
        w.doc,
        {
          id: nextDecisionId(w.doc, row.id, w.phone.deviceId, NOW),
          createdAt: NOW,
          approvalId: row.id,
          requestDigest: row.requestDigest,
          shownDigest: shownDigest(w.action, row, "en"),
          verdict,
          scope: "once",
          locale: "en",
        },
        w.phone,
      );
    const mine = () => approvalViews(w.ports(), w.phone.deviceId, NOW)[0]?.myAnswer?.decision.verdict;
    answer("allow");
    expect(mine()).toBe("allow");
    answer("none");
    expect(mine()).toBeUndefined();
  });
});

describe("the approval card", () => {
  const facts = { risk: "medium", reversible: "undo" } as const;
  test("shows every item and says whether it can be undone, in both languages", () => {
    const { action } = world();
    expect(renderApproval(action, facts, "en")).toEqual({
      heading: "Delete 1 item in Demo?",
      detail: "They go to Deskhand's undo store on the computer. It can be undone.",
      lines: ["Downloads/a.tmp (1.2 kB)"],
      excerpts: [],
    });
    expect(renderApproval(action, { risk: "high", reversible: "no" }, "zh-TW")).toMatchObject({
      heading: "要刪除「Demo」裡的 1 個項目嗎？",
      warning: "高風險",
    });
  });

  test("[AP2] two actions that differ give cards with different digests", () => {
    const { action } = world();
    const names = fc.string({ minLength: 1, maxLength: 12, unit: "binary" });
    fc.assert(
      fc.property(names, names, names, names, (path, to, otherPath, otherTo) => {
        fc.pre(path !== otherPath || to !== otherTo);
        const moving = (from: string, target: string): Action => ({
          ...action,
          kind: "move",
          items: [{ path: from, to: target, preimage: null }],
        });
        expect(actionDigest(moving(path, to))).not.toBe(actionDigest(moving(otherPath, otherTo)));
      }),
      { numRuns: 300 },
    );
    expect(shownDigest(action, facts, "en")).not.toBe(
      shownDigest({ ...action, folder: "Other" }, facts, "en"),
    );
    expect(shownDigest(action, facts, "en")).not.toBe(shownDigest(action, facts, "zh-Hant"));
  });

  test("[T48] bidi, control and zero-width characters in a name are made visible", () => {
    expect(visibleName("invoice\u202egnp.exe")).toBe("invoice⟨202e⟩gnp.exe");
    expect(visibleName("a\u200bb\nc\u0000")).toBe("a⟨200b⟩b⟨000a⟩c⟨0000⟩");
    expect(visibleName("報表 2026.xlsx")).toBe("報表 2026.xlsx");
  });
});

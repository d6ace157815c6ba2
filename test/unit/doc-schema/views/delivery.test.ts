/** The ticks: each stage when it is true, none before, none taken back. */
import {
  addMessage,
  putApproval,
  putMeta,
  putQuestion,
  putRun,
  readMessages,
  type IntentId,
  type StructPlace,
} from "@deskhand/doc-schema/document";
import { createDeliveries, DELIVERY_STAGES, deliveryOf, deliveryText } from "@deskhand/doc-schema/views";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createFullWorkspace } from "../../../fixtures/docs/full-workspace.ts";
import { NOW } from "../../../fixtures/workspace-doc.ts";

/** A relay and a desktop that have what lies before some clock of this client. */
const createWay = (doc: Y.Doc) => {
  const seen = { relay: 0, desktop: 0 };
  const deliveryAt = ({ client, clock }: StructPlace) => {
    expect(client).toBe(doc.clientID);
    if (clock < seen.desktop) return "at-desktop" as const;
    return clock < seen.relay ? ("at-relay" as const) : ("saved" as const);
  };
  const end = (): number => Y.decodeStateVector(Y.encodeStateVector(doc)).get(doc.clientID) ?? 0;
  return {
    deliveryAt,
    relay: () => void (seen.relay = end()),
    desktop: () => void (seen.desktop = end()),
    lose: () => {
      seen.relay = 0;
      seen.desktop = 0;
    },
  };
};

const world = () => {
  const w = createFullWorkspace();
  const way = createWay(w.doc);
  const stage = (record: Parameters<ReturnType<ReturnType<typeof createDeliveries>["read"]>>[0]) =>
    deliveryOf(way.deliveryAt, w.doc, record)?.stage;
  return { ...w, way, stage };
};

describe("a task and its message", () => {
  test("go from saved to the relay, to the desktop, to a run that names them", () => {
    const { doc, ids, threadId, sendTask, way, stage } = world();
    const taskId = sendTask("new");
    const message = readMessages(doc, threadId).entries.at(-1)?.value;
    if (message === undefined) throw new Error("it was just sent");
    expect([stage(taskId), stage(message)]).toEqual(["saved", "saved"]);
    way.relay();
    expect([stage(taskId), stage(message)]).toEqual(["at-relay", "at-relay"]);
    way.desktop();
    expect([stage(taskId), stage(message)]).toEqual(["at-desktop", "at-desktop"]);
    const runId = ids.create("run");
    putRun(doc, { id: runId, taskId, threadId, attempt: 1, state: "queued", stateSince: NOW });
    expect(deliveryOf(way.deliveryAt, doc, taskId)).toEqual({ stage: "picked-up", pickedUpAt: NOW });
    expect(stage(message)).toBe("picked-up");
  });

  test("a message that stands alone is never picked up, and an unknown record has no stage", () => {
    const { doc, ids, threadId, phone, way, stage } = world();
    const message = { id: ids.create("message"), createdAt: NOW, threadId, text: "alone" };
    addMessage(doc, message, phone);
    expect(stage(message)).toBe("saved");
    way.relay();
    way.desktop();
    expect(stage(message)).toBe("at-desktop");
    expect(stage({ ...message, id: ids.create("message") })).toBeUndefined();
    expect([stage(ids.create("task")), stage(ids.create("intent"))]).toEqual([undefined, undefined]);
  });

  test("without the desktop's name nothing is said to have left", () => {
    const doc = new Y.Doc();
    const { ids, phone, threadId } = createFullWorkspace();
    const message = { id: ids.create("message"), createdAt: NOW, threadId, text: "x" };
    addMessage(doc, message, phone);
    expect(deliveryOf(() => "at-desktop", doc, message)).toEqual({ stage: "saved" });
  });
});

describe("answers and orders", () => {
  test("a decision is picked up when its approval is resolved", () => {
    const { doc, pending, way, stage } = world();
    const id = pending.answer("allow");
    expect(stage(id)).toBe("saved");
    way.relay();
    expect(stage(id)).toBe("at-relay");
    putApproval(doc, { id: pending.id, state: "denied", resolvedAt: NOW + 5 });
    expect(deliveryOf(way.deliveryAt, doc, id)).toEqual({ stage: "picked-up", pickedUpAt: NOW + 5 });
  });

  test("an order is picked up when its run names it or has gone past it", () => {
    const w = world();
    const { doc, runs, order, stage } = w;
    const told = order({ type: "steer", taskId: runs.running.taskId, text: "faster" });
    const edited = order({ type: "edit", taskId: runs.queued.taskId, prompt: "else" });
    const answered = order({ type: "answer", questionId: w.questionId, choice: 0 });
    const stopped = order({ type: "stop-all" });
    const resumed = order({ type: "resume" });
    const all = (): unknown[] => [told, edited, answered, stopped, resumed].map((id: IntentId) => stage(id));
    expect(all()).toEqual(["saved", "saved", "saved", "saved", "saved"]);
    putRun(doc, { id: runs.running.runId, intents: [told] });
    putRun(doc, { id: runs.queued.runId, state: "running" });
    putQuestion(doc, { id: w.questionId, state: "answered" });
    putMeta(doc, { stoppedAt: NOW });
    expect(all()).toEqual(["picked-up", "picked-up", "picked-up", "picked-up", "saved"]);
  });
});

test("a stage never goes back, whatever becomes of relay, run and document", () => {
  const step = fc.constantFrom("relay", "desktop", "lose", "run", "forget-run", "new-epoch");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      const { doc, ids, threadId, sendTask, way } = world();
      const taskId = sendTask("new");
      const runId = ids.create("run");
      let shown = doc;
      const deliveries = createDeliveries(way.deliveryAt);
      let last = -1;
      for (const next of steps) {
        if (next === "run")
          putRun(doc, { id: runId, taskId, threadId, attempt: 1, state: "queued", stateSince: NOW });
        else if (next === "forget-run") doc.getMap("runs").delete(runId);
        else if (next === "new-epoch") shown = new Y.Doc();
        else way[next]();
        const view = deliveries.read(shown)(taskId);
        const rank = view === undefined ? -1 : DELIVERY_STAGES.indexOf(view.stage);
        expect(rank).toBeGreaterThanOrEqual(last);
        last = rank;
      }
    }),
    { numRuns: 40 },
  );
});

test("the words name the device and the desktop, in both languages", () => {
  const facts = { device: "phone", desktopName: "MacBook Pro", pickedUpAt: "09:42" } as const;
  expect(DELIVERY_STAGES.map((stage) => deliveryText(stage, facts, "en"))).toEqual([
    "Saved on this phone",
    "Sent",
    "On MacBook Pro",
    "Picked up 09:42",
  ]);
  expect(DELIVERY_STAGES.map((stage) => deliveryText(stage, facts, "zh-Hant"))).toEqual([
    "已存在這支手機",
    "已送出",
    "已到 MacBook Pro",
    "已開始 09:42",
  ]);
  const window = { device: "window", desktopName: "x" } as const;
  expect(deliveryText("saved", window, "en")).toBe("Saved on this computer");
  expect(deliveryText("saved", window, "zh-Hant")).toBe("已存在這台電腦");
  expect(deliveryText("picked-up", window, "en")).toBe("Picked up");
});

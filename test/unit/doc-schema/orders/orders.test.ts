import { MAX_TEXT_LENGTH, readTasks } from "@deskhand/doc-schema/document";
import { createDeviceOrders } from "@deskhand/doc-schema/orders";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { createWorkspaceDoc, NOW } from "../../../fixtures/workspace-doc.ts";

const world = createWorkspaceDoc();
const orders = createDeviceOrders({ doc: world.doc, keys: world.phone, ids: world.ids, now: () => NOW });

test("a text that readers would drop is not written, and the longest one is read", () => {
  expect(orders.sendTask("x".repeat(MAX_TEXT_LENGTH + 1), "en")).toEqual({
    ok: false,
    error: { type: "too-long" },
  });
  expect(readTasks(world.doc).entries).toHaveLength(0);
  expect(orders.sendTask("x".repeat(MAX_TEXT_LENGTH), "en").ok).toBe(true);
  expect(readTasks(world.doc)).toMatchObject({ entries: [{}], unreadable: [] });
});

test("before the workspace has arrived nothing can be sent, and it says so", () => {
  const early = createDeviceOrders({ doc: new Y.Doc(), keys: world.phone, ids: world.ids, now: () => NOW });
  expect(early.sendTask("x", "en")).toEqual({ ok: false, error: { type: "no-thread" } });
});

test("an approval that is not there cannot be answered", () => {
  const answer = orders.decide(world.ids.create("approval"), { verdict: "allow", locale: "en" });
  expect(answer).toEqual({ ok: false, error: { type: "not-pending" } });
});

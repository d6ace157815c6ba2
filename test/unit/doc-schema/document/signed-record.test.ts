import {
  deviceKind,
  intentKind,
  readSigned,
  taskKind,
  verifySigned,
  writeSigned,
  type TaskRecord,
} from "@deskhand/doc-schema/document";
import { expect, test } from "vitest";
import { createWorkspaceDoc, keysOf, NOW } from "../../../fixtures/workspace-doc.ts";

const { ids, phone, threadId } = createWorkspaceDoc();
const task: TaskRecord = { id: ids.create("task"), createdAt: NOW, threadId, prompt: "List Downloads" };
const text = writeSigned(taskKind, task, phone);
const known = () => ({ signKey: phone.signKey, roles: ["send"] });
const read = (input: string) => {
  const result = readSigned(taskKind, input);
  if (!result.ok) throw new Error(result.error.type);
  return result.value;
};

test("a record verifies with the key that signed it", () => {
  expect(verifySigned(taskKind, read(text), known, "send")).toEqual({ ok: true, value: task });
});

test("fields that this version does not know are kept and stay covered by the signature", () => {
  const newer = { ...task, colour: "green" };
  const signed = read(writeSigned(taskKind, newer, phone));
  expect(verifySigned(taskKind, signed, known)).toEqual({ ok: true, value: newer });
  const stripped = read(writeSigned(taskKind, newer, phone).replace('"colour":"green",', ""));
  expect(verifySigned(taskKind, stripped, known)).toEqual({ ok: false, error: { type: "bad-signature" } });
});

test.each([
  ["an edited prompt", text.replace("List", "Burn"), "bad-signature"],
  ["another device's name", text.replace(phone.deviceId, keysOf(3).deviceId), "unknown-device"],
])("%s does not verify", (_name, forged, word) => {
  const deviceOf = (id: string) => (id === phone.deviceId ? known() : undefined);
  expect(verifySigned(taskKind, read(forged), deviceOf)).toEqual({ ok: false, error: { type: word } });
});

test("a signature for one kind of record is none for another", () => {
  const intent = { id: ids.create("intent"), createdAt: NOW, type: "stop-all" as const };
  const asIntent = readSigned(intentKind, writeSigned(intentKind, intent, phone));
  if (!asIntent.ok) throw new Error(asIntent.error.type);
  const moved = { ...asIntent.value, value: task, signedValue: JSON.parse(JSON.stringify(task)) };
  expect(verifySigned(taskKind, moved, known)).toEqual({ ok: false, error: { type: "bad-signature" } });
});

test("a revoked device and a missing role are refused by their words", () => {
  const revoked = () => ({ ...known(), revokedAt: NOW });
  expect(verifySigned(taskKind, read(text), revoked)).toEqual({
    ok: false,
    error: { type: "revoked-device" },
  });
  expect(verifySigned(taskKind, read(text), known, "approve")).toEqual({
    ok: false,
    error: { type: "missing-role" },
  });
});

test.each([
  ["no text", 7, "bad-envelope"],
  ["no JSON", "{", "not-json"],
  ["too long", `"${"x".repeat(70_000)}"`, "too-long"],
  ["a prototype key", text.replace('"prompt"', '"__proto__":{},"prompt"'), "prototype-key"],
  ["no envelope", '{"value":{}}', "bad-envelope"],
  ["a device id that is none", text.replace(phone.deviceId, "dev_x"), "bad-envelope"],
  ["a missing field", text.replace(/,"prompt":"[^"]*"/, ""), "bad-fields"],
  ["an empty prompt", text.replace("List Downloads", ""), "bad-fields"],
])("%s is unreadable by its word", (_name, input, word) => {
  expect(readSigned(taskKind, input)).toEqual({ ok: false, error: { type: word } });
});

test("a device record is not read as a task", () => {
  expect(
    readSigned(
      taskKind,
      writeSigned(
        deviceKind,
        {
          id: phone.deviceId,
          createdAt: NOW,
          name: "p",
          kind: "phone",
          signKey: "A".repeat(43),
          sealKey: "A".repeat(43),
          roles: [],
        },
        phone,
      ),
    ),
  ).toEqual({ ok: false, error: { type: "bad-fields" } });
});

/** T36: `__proto__`, however it is spelled, gives nobody a field that he did not write. */
import {
  readEnvelope,
  readSegment,
  readSigned,
  segmentToBytes,
  taskKind,
  writeSigned,
} from "@deskhand/doc-schema/document";
import { bytesToText, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { parsePresence } from "@deskhand/doc-schema/sync";
import { expect, test } from "vitest";
import {
  parseAwarenessUpdate,
  writeAwarenessUpdate,
} from "../../../../doc-schema/src/sync/provider-messages.ts";
import { ids, phone, TIME, valueOf } from "../vectors/inputs.ts";
import { threadId } from "../vectors/records.ts";

const task = writeSigned(taskKind, { id: ids.create("task"), createdAt: TIME, threadId, prompt: "x" }, phone);
const withField = (text: string, key: string): string =>
  text.replace('"value":{', `"value":{"${key}":{"isAdmin":true,"notBefore":1},`);

test("[T36] a record that names it is refused", () => {
  expect(readEnvelope(withField(task, "__proto__"))).toEqual({ ok: false, error: { type: "prototype-key" } });
  expect(readEnvelope(withField(task, "proto")).ok).toBe(true);
});

test("[T36] spelled with an escape it is left out: no prototype is swapped, no field appears", () => {
  const { value, signedValue } = valueOf(readSigned(taskKind, withField(task, "\\u005f_proto__")));
  for (const read of [value, signedValue] as readonly object[]) {
    expect(Object.hasOwn(read, "__proto__")).toBe(false);
    expect([Object.prototype, null]).toContain(Object.getPrototypeOf(read));
    expect(Reflect.get(read, "isAdmin")).toBeUndefined();
    expect(Reflect.get(read, "notBefore")).toBeUndefined();
  }
});

test("[T36] presence that names it is no presence; with an escape it has no more fields than its shape", () => {
  const state = (key: string): string =>
    `{"${key}":{"isAdmin":true},"deviceId":"${phone.deviceId}","role":"phone","appVersion":"1","onlineSince":1,"power":"awake"}`;
  const update = (key: string) => writeAwarenessUpdate([{ clientId: 1, clock: 1, state: state(key) }]);
  expect(parseAwarenessUpdate(update("__proto__"))).toBeUndefined();
  const [entry] = parseAwarenessUpdate(update("\\u005f_proto__")) ?? [];
  const presence = parsePresence(JSON.parse(entry?.state ?? ""));
  expect(Object.keys(presence ?? {})).toEqual(["deviceId", "role", "appVersion", "onlineSince", "power"]);
  expect(Reflect.get(presence ?? {}, "isAdmin")).toBeUndefined();
});

test("[T36] a segment with a line that names it is refused whole", () => {
  const lines = [{ root: "runs", key: "run", value: { id: "run" } }] as const;
  const text = bytesToText(segmentToBytes({ threadId, fromId: "a", toId: "b", lines })) ?? "";
  expect(readSegment(utf8ToBytes(text)).ok).toBe(true);
  const named = text.replace('"value":{', '"value":{"__proto__":{"isAdmin":true},');
  expect(readSegment(utf8ToBytes(named))).toEqual({ ok: false, error: { type: "bad-line" } });
});

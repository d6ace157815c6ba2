/** T36: `__proto__`, however it is spelled, gives nobody a field that he did not write. */
import {
  parseJson,
  readEnvelope,
  readSegment,
  segmentToBytes,
  taskKind,
  writeSigned,
} from "@deskhand/doc-schema/document";
import { bytesToText, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { expect, test } from "vitest";
import {
  parseAwarenessUpdate,
  writeAwarenessUpdate,
} from "../../../../doc-schema/src/sync/provider-messages.ts";
import { ids, phone, TIME } from "../vectors/inputs.ts";
import { threadId } from "../vectors/records.ts";

const task = writeSigned(taskKind, { id: ids.create("task"), createdAt: TIME, threadId, prompt: "x" }, phone);
const withField = (text: string, key: string): string =>
  text.replace('"value":{', `"value":{"${key}":{"isAdmin":true,"notBefore":1},`);

const SPELLINGS = ["__proto__", "\\u005f_proto__", "__\\u0070roto__", "\\u005F\\u005Fproto\\u005f\\u005f"];

test.each(SPELLINGS)("[T36] a record that names it as %s is refused", (key) => {
  const error = { type: "prototype-key" };
  expect(readEnvelope(withField(task, key))).toEqual({ ok: false, error });
  expect(parseJson(`[{"a":[{"${key}":null}]}]`)).toEqual({ ok: false, error });
  expect(readEnvelope(withField(task, "proto")).ok).toBe(true);
});

test("[T36] as a text or as a part of a key it is nothing special, and other escapes are not", () => {
  const json = { text: "__proto__", my__proto__: "\u0007", "\u0007": { __proto: 1 } };
  expect(parseJson(JSON.stringify(json))).toEqual({ ok: true, value: json });
});

test("[T36] JSON that nests as deep as a record is long is looked through", () => {
  const deep = 20_000;
  const text = (key: string): string => `${"[".repeat(deep)}{"${key}":1}${"]".repeat(deep)}`;
  expect(parseJson(text("\\u005f_proto__"))).toEqual({ ok: false, error: { type: "prototype-key" } });
  expect(parseJson(text("\\u0070roto")).ok).toBe(true);
});

test.each(SPELLINGS)("[T36] presence that names it as %s is no presence", (key) => {
  const state = `{"${key}":{"isAdmin":true},"deviceId":"${phone.deviceId}","role":"phone"}`;
  expect(parseAwarenessUpdate(writeAwarenessUpdate([{ clientId: 1, clock: 1, state }]))).toBeUndefined();
});

test("[T36] a segment with a line that names it is refused whole", () => {
  const lines = [{ root: "runs", key: "run", value: { id: "run" } }] as const;
  const text = bytesToText(segmentToBytes({ threadId, fromId: "a", toId: "b", lines })) ?? "";
  expect(readSegment(utf8ToBytes(text)).ok).toBe(true);
  const named = text.replace('"value":{', '"value":{"__proto__":{"isAdmin":true},');
  expect(readSegment(utf8ToBytes(named))).toEqual({ ok: false, error: { type: "bad-line" } });
});

/** Vectors of ids, signed records, digests and an archive segment. */
import { bytesToBase64Url, bytesToText } from "@deskhand/doc-schema/crypto";
import {
  actionDigest,
  actionToText,
  decisionKind,
  deviceKind,
  readSegment,
  readSigned,
  requestDigest,
  revocationKind,
  segmentToBytes,
  taskKind,
  verifySigned,
  writeSigned,
  type Action,
} from "@deskhand/doc-schema/document";
import { shownDigest } from "@deskhand/doc-schema/views";
import { executor, hex, ids, json, phone, TIME, valueOf, type Vector } from "./inputs.ts";

export const workspaceId = ids.create("workspace");
export const threadId = ids.create("thread");
const taskId = ids.create("task");
const approvalId = ids.create("approval");

export const deviceRecord = writeSigned(
  deviceKind,
  {
    id: phone.deviceId,
    createdAt: TIME,
    name: "Phone",
    kind: "phone",
    signKey: bytesToBase64Url(phone.signKey),
    sealKey: bytesToBase64Url(phone.sealKey),
    roles: ["send", "approve"],
  },
  executor,
);
const task = writeSigned(
  taskKind,
  { id: taskId, createdAt: TIME, threadId, prompt: "Sort Downloads by date ✓" },
  phone,
);
const action: Action = {
  v: 1,
  kind: "move",
  tool: "move_files",
  grantId: ids.create("grant"),
  folder: "Downloads",
  items: [{ path: "a.pdf", to: "2026/a.pdf", byteLength: 12, preimage: "1:12:3" }],
};
const request = {
  approvalId,
  runId: ids.create("run"),
  callId: "call_1",
  actionDigest: actionDigest(action),
  requestedAt: TIME,
  expiresAt: TIME + 24 * 3600 * 1000,
};
const shown = shownDigest(action, { risk: "medium", reversible: "undo" }, "en-GB");
const decision = writeSigned(
  decisionKind,
  {
    id: `${approvalId}/${phone.deviceId}/1`,
    createdAt: TIME,
    approvalId,
    requestDigest: requestDigest(request),
    verdict: "allow",
    scope: "once",
    shownDigest: shown,
    locale: "en-GB",
  },
  phone,
);

const deviceOf = () => ({ signKey: phone.signKey, roles: ["send", "approve"] });

const segmentVectors = (): readonly Vector[] => {
  const lines = [
    { root: "tasks", key: taskId, value: task },
    { root: "runs", key: request.runId, value: { id: request.runId, taskId, threadId, state: "done" } },
  ] as const;
  const bytes = segmentToBytes({ threadId, fromId: taskId, toId: request.runId, lines });
  const [head = "", ...rest] = (bytesToText(bytes) ?? "").split("\n");
  return [
    ["segment.head", head],
    ["segment.last-line", rest.at(-1) ?? ""],
    ["segment.bytes", hex(bytes)],
    ["segment.lines-read", String(valueOf(readSegment(bytes)).lines.length)],
  ];
};

export const recordVectors = (): readonly Vector[] => [
  ["id.time", String(TIME)],
  ["id.first", workspaceId],
  ["id.second", threadId],
  ["record.device", deviceRecord],
  [
    "record.revocation",
    writeSigned(revocationKind, { id: phone.deviceId, createdAt: TIME, reason: "lost" }, executor),
  ],
  ["record.task", task],
  [
    "record.task.verified",
    json(valueOf(verifySigned(taskKind, valueOf(readSigned(taskKind, task)), deviceOf))),
  ],
  ["record.action", actionToText(action)],
  ["record.action-digest", request.actionDigest],
  ["record.request", json(request)],
  ["record.request-digest", requestDigest(request)],
  ["record.shown-digest", shown],
  ["record.decision", decision],
  [
    "record.decision.verified",
    String(verifySigned(decisionKind, valueOf(readSigned(decisionKind, decision)), deviceOf, "approve").ok),
  ],
  ...segmentVectors(),
];

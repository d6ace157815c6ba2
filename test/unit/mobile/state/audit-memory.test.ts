/** The phone notices when the desktop's audit log goes back, is another one, or is said to be damaged. */
import { bytesToBase64Url, type DeviceKeys } from "@deskhand/doc-schema/crypto";
import { auditHeadKind, writeSigned } from "@deskhand/doc-schema/document";
import { describe, expect, test } from "vitest";
import { auditNews } from "../../../../mobile/src/state/audit-memory.ts";
import { keysOf, NOW } from "../../../fixtures/workspace-doc.ts";

const executor = keysOf(1);
const headOf = (
  fields: { rows?: number; head?: string; alarms?: number } = {},
  keys: DeviceKeys = executor,
) =>
  writeSigned(
    auditHeadKind,
    {
      createdAt: NOW,
      rows: 10,
      head: "a".repeat(64),
      signKey: bytesToBase64Url(keys.signKey),
      alarms: 0,
      ...fields,
    },
    keys,
  );
const news = (seen: string | undefined, said: string) => auditNews(seen, said, executor.signKey);

describe("the audit log's head, as a phone remembers it", () => {
  test("the first one and a longer one are taken", () => {
    expect(news(undefined, headOf())).toBe("take");
    expect(news(headOf(), headOf({ rows: 11, head: "b".repeat(64) }))).toBe("take");
  });
  test.each([
    ["shorter", { rows: 9 }],
    ["as long, and another", { head: "b".repeat(64) }],
    ["one in which the desktop tells of a damage", { rows: 11, alarms: 1 }],
  ])("[T58] %s is told", (_, fields) => expect(news(headOf(), headOf(fields))).toBe("tell"));
  test("what somebody else signed, or nobody, says nothing", () => {
    expect(news(headOf(), headOf({ rows: 1 }, keysOf(2)))).toBe("keep");
    expect(news(headOf(), "{}")).toBe("keep");
  });
});

/** Documents of every version that was released must open in every later one, and read as they did. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  canWrite,
  carryOver,
  putMeta,
  readDeviceRegistry,
  readingMode,
  readMeta,
  rootsOf,
  SCHEMA_VERSION,
} from "@deskhand/doc-schema/document";
import { approvalViews, taskViews, timeline } from "@deskhand/doc-schema/views";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { GOLDEN_FOLDER, GOLDENS } from "../../../fixtures/docs/make.ts";
import { readingOf } from "../../../fixtures/docs/reading.ts";
import { keysOf, NOW } from "../../../fixtures/workspace-doc.ts";

const versions = readdirSync(GOLDEN_FOLDER).filter((name) => /^v\d+$/.test(name));
const goldens = versions.flatMap((version) =>
  readdirSync(path.join(GOLDEN_FOLDER, version))
    .filter((file) => file.endsWith(".bin"))
    .map((file) => path.join(version, file.slice(0, -".bin".length))),
);

interface ReadAllJson {
  readonly entries: readonly unknown[];
  readonly unreadable: readonly string[];
}
interface Reading {
  readonly tasks: ReadAllJson;
  readonly approvals: ReadAllJson;
  readonly messages: readonly ReadAllJson[];
  readonly replies: readonly ReadAllJson[];
}

const opened = (update: Uint8Array): Y.Doc => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, update);
  return doc;
};
const bytesOf = (golden: string): Uint8Array => readFileSync(path.join(GOLDEN_FOLDER, `${golden}.bin`));
const expectedOf = (golden: string): unknown =>
  JSON.parse(readFileSync(path.join(GOLDEN_FOLDER, `${golden}.json`), "utf8"));

describe.each(goldens)("[RE1] the golden document %s", (golden) => {
  test("reads as it was written", () => {
    const doc = opened(bytesOf(golden));
    expect(doc.store.pendingStructs).toBeNull();
    expect(readingOf(doc)).toEqual(expectedOf(golden));
  });

  test("reads the same after it was encoded again, in both formats of Yjs", () => {
    const doc = opened(bytesOf(golden));
    expect(readingOf(opened(Y.encodeStateAsUpdate(doc)))).toEqual(expectedOf(golden));
    const second = new Y.Doc();
    Y.applyUpdateV2(second, Y.encodeStateAsUpdateV2(doc));
    expect(readingOf(second)).toEqual(expectedOf(golden));
  });

  test("reads the same in a new epoch", () => {
    const doc = opened(bytesOf(golden));
    const fresh = new Y.Doc();
    carryOver(doc, fresh, { epoch: Number(rootsOf(doc).meta.get("epoch")) });
    expect(readingOf(opened(Y.encodeStateAsUpdate(fresh)))).toEqual(expectedOf(golden));
  });

  test("is shown by every view, entry for entry", () => {
    const doc = opened(bytesOf(golden));
    const ports = { doc, registry: readDeviceRegistry(doc, keysOf(1).signKey), isAtRelay: () => true };
    const reading = expectedOf(golden) as Reading;
    const tasks = taskViews(ports);
    expect(tasks.map(({ author }) => author)).toEqual(reading.tasks.entries.map(() => "verified"));
    expect(approvalViews(ports, keysOf(2).deviceId, NOW)).toHaveLength(reading.approvals.entries.length);
    const threadId = readMeta(doc)?.threadId;
    const shown = threadId === undefined ? [] : timeline(doc, threadId, tasks);
    const inThread = [
      ...reading.messages,
      ...reading.replies,
      { entries: reading.tasks.entries, unreadable: [] },
    ];
    expect(shown).toHaveLength(inThread.flatMap((all) => [...all.entries, ...all.unreadable]).length);
  });
});

test("this version has a golden of each kind", () => {
  const own = goldens.filter((golden) => path.dirname(golden) === `v${SCHEMA_VERSION}`);
  expect(own.map((golden) => path.basename(golden)).toSorted()).toEqual(Object.keys(GOLDENS).toSorted());
});

describe("a document that asks for a newer reader", () => {
  test("does not forget it when an older desktop writes", () => {
    const doc = opened(bytesOf(path.join(`v${SCHEMA_VERSION}`, "future")));
    putMeta(doc, { minReader: SCHEMA_VERSION, desktopName: "Older" });
    expect(rootsOf(doc).meta.toJSON()).toMatchObject({ minReader: 99, desktopName: "Older" });
  });

  const mode = (minReader: unknown) => {
    const doc = opened(bytesOf(path.join(`v${SCHEMA_VERSION}`, "full")));
    rootsOf(doc).meta.set("minReader", minReader);
    return readingMode(doc);
  };

  test("[T20] is opened read-only; one that does not is not", () => {
    const future = opened(bytesOf(path.join(`v${SCHEMA_VERSION}`, "future")));
    expect(readingMode(future)).toBe("read-only");
    expect(canWrite(future)).toBe(false);
    expect(mode(SCHEMA_VERSION)).toBe("read-write");
    expect(mode(SCHEMA_VERSION + 1)).toBe("read-only");
    expect(mode("1")).toBe("read-only");
    expect(canWrite(new Y.Doc())).toBe(true);
  });
});

/** T38: what the desktop writes is on its disk before anybody else, such as a relay, hears of it. */
import { createEpochKeys, redact } from "@deskhand/doc-schema/crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import { openDocumentStore } from "../../../../desktop/src/executor/document-store.ts";
import { nodeDisk, type Disk } from "../../../../desktop/src/executor/journal-file.ts";
import { always, filled } from "../vectors/inputs.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const open = (file: string, disk?: Disk) => {
  const failures: unknown[] = [];
  const store = openDocumentStore({
    file,
    key: createEpochKeys(redact("root-key", filled(32, 1)), 1).localSealKey,
    randomBytes: always(2),
    clock: systemClock,
    disk,
    onFailure: (error) => failures.push(error),
  });
  return { ...store, failures };
};
const newFile = (): string => {
  const folder = mkdtempSync(path.join(tmpdir(), "deskhand-first-"));
  folders.push(folder);
  return path.join(folder, "document");
};
const reread = (file: string): unknown => {
  const { doc, close } = open(file);
  const shown = doc.getMap("m").toJSON();
  close();
  return shown;
};

test("[T38] written and synced, then told", () => {
  const events: string[] = [];
  const disk: Disk = {
    ...nodeDisk,
    write: (...args) => {
      events.push("write");
      return nodeDisk.write(...args);
    },
    sync: (...args) => {
      events.push("sync");
      return nodeDisk.sync(...args);
    },
  };
  const file = newFile();
  const { doc, close } = open(file, disk);
  doc.on("update", () => events.push("told"));
  doc.getMap("m").set("a", 1);
  doc.getMap("m").set("b", 2);
  expect(events).toEqual(["write", "sync", "told", "write", "sync", "told"]);
  close();
  expect(reread(file)).toEqual({ a: 1, b: 2 });
});

test("[T38] another's handler that throws loses nothing", () => {
  const file = newFile();
  const { doc, close } = open(file);
  doc.on("update", () => {
    throw new Error("a provider that breaks");
  });
  expect(() => doc.getMap("m").set("a", 1)).toThrow("a provider that breaks");
  close();
  expect(reread(file)).toEqual({ a: 1 });
});

test("[T38] what came from outside is there after the next flush, also what an event did not tell", () => {
  const file = newFile();
  const { doc, flush, close } = open(file);
  const other = new Y.Doc();
  other.getMap("m").set("a", 1);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  expect(flush()).toBe(true);
  expect(reread(file)).toEqual({ a: 1 });
  close();
});

test("[T38] a disk that fails is told, and nothing more is written as if it had not", () => {
  const file = newFile();
  const disk: Disk = {
    ...nodeDisk,
    sync: () => {
      throw new Error("EIO");
    },
  };
  const { doc, flush, failures, close } = open(file, disk);
  doc.getMap("m").set("a", 1);
  expect(failures).toHaveLength(1);
  expect(flush()).toBe(false);
  close();
});

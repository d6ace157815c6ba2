/** The archivist on real documents and a real disk; the relay is an in-memory port that can refuse and forget. */
import { redact, type BlobRef } from "@deskhand/doc-schema/crypto";
import {
  addThread,
  putReply,
  putRun,
  readArchive,
  readMessages,
  readRuns,
  readTasks,
  type SegmentId,
} from "@deskhand/doc-schema/document";
import type { BlobFailure } from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createArchivist, type ArchivistPorts } from "../../../../desktop/src/executor/archive/archivist.ts";
import { searchHistory } from "../../../../desktop/src/executor/archive/search.ts";
import { openSegmentFiles } from "../../../../desktop/src/executor/archive/segment-files.ts";
import { createWorkspaceDoc, NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

const DAY = 24 * 3600 * 1000;
const unheard = {
  fetchOld: async () => undefined,
  onRound: () => {},
  onFailure: (error: unknown) => {
    throw error;
  },
};
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "deskhand-archive-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const setUp = (tasks: number, overrides: Partial<ArchivistPorts> = {}) => {
  const workspace = createWorkspaceDoc();
  const { doc, ids, threadId } = workspace;
  addThread(doc, { id: threadId, createdAt: NOW, title: "Deskhand" }, workspace.executor);
  for (let index = 0; index < tasks; index++) {
    const taskId = workspace.sendTask(`Sort the invoices number ${index}`);
    const run = { id: ids.create("run"), taskId, threadId, attempt: 1, stateSince: NOW, endedAt: NOW };
    putRun(doc, { ...run, state: "done", startedAt: NOW });
    const reply = { id: ids.create("reply"), runId: run.id, createdAt: NOW, done: true };
    putReply(doc, threadId, { ...reply, text: `Sorted ${index} crèmes brûlées into folders` });
  }
  const relay = new Map<string, Uint8Array>();
  const noted = new Set<SegmentId>();
  const files = openSegmentFiles({
    folder,
    key: redact("archive-key", new Uint8Array(32).fill(5)),
    randomBytes: seededBytes(3),
  });
  const state = { failure: undefined as BlobFailure["type"] | undefined };
  let uploads = 0;
  const archivist = createArchivist({
    doc: () => doc,
    files,
    ids,
    clock: { now: () => NOW + 90 * DAY, after: () => () => {} },
    policy: () => ({ keepNewest: 2, olderThan: 60 * DAY, segmentBytes: 2000 }),
    upload: async (bytes): Promise<Result<BlobRef, BlobFailure>> => {
      if (state.failure !== undefined) return err({ type: state.failure });
      const id = Buffer.from(`blob-${++uploads}`.padEnd(32, ".")).toString("base64url").slice(0, 43);
      relay.set(id, bytes);
      const key = Buffer.alloc(32, 1).toString("base64url");
      return ok({ id, key, byteLength: bytes.length, sha256: key }); // branded by the real upload
    },
    keep: async (ref) => ok(relay.has(ref.id)),
    noteArchived: (id) => void noted.add(id),
    isNoted: (id) => noted.has(id),
    ...unheard,
    ...overrides,
  });
  return { ...workspace, archivist, files, relay, noted, state };
};

describe("the archivist", () => {
  test("[AR1] old finished tasks leave the document into segments, the newest stay, and nothing is lost", async () => {
    const { doc, threadId, archivist, files, relay, noted } = setUp(12);
    const before = searchHistory(doc, files, "invoices", 100).found.map(({ id }) => id);
    const round = await archivist.work();
    expect(round.archived).toBeGreaterThan(1);
    expect(readTasks(doc).entries).toHaveLength(2);
    expect(readRuns(doc).entries).toHaveLength(2);
    expect(readMessages(doc, threadId).entries).toHaveLength(2);
    expect(readArchive(doc).entries).toHaveLength(round.archived);
    expect(relay.size).toBe(round.archived);
    expect(noted.size).toBe(round.archived);
    const after = searchHistory(doc, files, "invoices", 100).found.map(({ id }) => id);
    expect(new Set(after)).toEqual(new Set(before));
  });

  test("[AR1] nothing leaves the document while the relay refuses, and the round says why", async () => {
    const { doc, archivist, files, state } = setUp(12);
    state.failure = "quota";
    expect(await archivist.work()).toEqual({ archived: 0, renewed: 0, failure: "quota" });
    expect(readTasks(doc).entries).toHaveLength(12);
    expect(files.ids()).toEqual([]); // a relay that refuses for years fills no disk
    state.failure = undefined;
    expect((await archivist.work()).archived).toBeGreaterThan(1);
    expect(readTasks(doc).entries).toHaveLength(2);
  });

  test("[AR1] what changes while it is on its way stays", async () => {
    const world = setUp(12, {
      upload: async () => {
        const [run] = readRuns(world.doc).entries;
        if (run !== undefined) putRun(world.doc, { id: run.id, summary: "changed meanwhile" });
        return ok({
          id: "x".repeat(43),
          key: "k".repeat(43),
          byteLength: 1,
          sha256: "s".repeat(43),
        });
      },
    });
    expect((await world.archivist.work()).failure).toBe("changed");
    expect(readTasks(world.doc).entries).toHaveLength(12);
    expect(world.files.ids()).toEqual([]);
  });

  test("a segment that the relay lost is sent again and its reference replaced", async () => {
    const first = setUp(12);
    await first.archivist.work();
    const [lost] = readArchive(first.doc).entries;
    first.relay.delete(lost?.blob.id ?? "");
    const later = createArchivist({
      doc: () => first.doc,
      files: first.files,
      ids: first.ids,
      clock: { now: () => NOW + 100 * DAY, after: () => () => {} },
      policy: () => ({ keepNewest: 2, olderThan: 60 * DAY }),
      upload: async (bytes) => {
        first.relay.set("again", bytes);
        return ok({
          id: "again".padEnd(43, "A"),
          key: "k".repeat(43),
          byteLength: 1,
          sha256: "s".repeat(43),
        });
      },
      keep: async (ref) => ok(first.relay.has(ref.id)),
      noteArchived: () => {},
      isNoted: () => true,
      ...unheard,
    });
    expect((await later.work()).renewed).toBe(1);
    const references = readArchive(first.doc).entries;
    expect(references.find(({ id }) => id === lost?.id)?.blob.id).toBe("again".padEnd(43, "A"));
    expect(new Set(references.map(({ id }) => id)).size).toBe(references.length);
  });

  test("[AR1] a crash between removal and note is noted at the next round", async () => {
    const world = setUp(12);
    await world.archivist.work();
    world.noted.clear();
    await world.archivist.work();
    expect(world.noted.size).toBe(readArchive(world.doc).entries.length);
  });

  test("the files are sealed, private, and damage is told apart from absence", async () => {
    const { doc, archivist, files, ids } = setUp(12);
    await archivist.work();
    const [name = ""] = readdirSync(folder);
    expect(readFileSync(path.join(folder, name)).includes("invoices")).toBe(false);
    expect(files.get(ids.create("segment"))).toEqual({ ok: false, error: { type: "missing" } });
    writeFileSync(path.join(folder, name), "damaged");
    const [id] = files.ids();
    expect(id === undefined ? undefined : files.get(id)).toEqual({ ok: false, error: { type: "damaged" } });
    expect(searchHistory(doc, files, "invoices", 100).unreadable).toBe(1);
  });
});

describe("search", () => {
  test("finds words in live and archived text, without case, width and accents, newest first", async () => {
    const { doc, archivist, files } = setUp(6);
    await archivist.work();
    const { found } = searchHistory(doc, files, "CREMES ｂｒｕｌｅｅｓ");
    expect(found).toHaveLength(6);
    expect(found.filter(({ isArchived }) => isArchived)).toHaveLength(4);
    expect(searchHistory(doc, files, "crèmes nowhere").found).toEqual([]);
    expect(searchHistory(doc, files, "  ").found).toEqual([]);
    expect(searchHistory(doc, files, "sorted", 3)).toMatchObject({ hasMore: true, unreadable: 0 });
  });
});

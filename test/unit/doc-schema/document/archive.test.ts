/** What may leave the document, that it leaves whole and at once, and that the thread looks as before. */
import {
  addIntent,
  addMessage,
  historyOf,
  putApproval,
  putReply,
  putRun,
  putSchedule,
  readArchive,
  readDeviceRegistry,
  readIntents,
  readSegment,
  readTasks,
  removeArchived,
  rootsOf,
  segmentToBytes,
  selectForArchive,
  UNDO_WINDOW_MS,
  MAX_SEGMENT_BYTES,
  type ArchiveReference,
  type Segment,
  type SegmentId,
} from "@deskhand/doc-schema/document";
import { historyTimeline, nextSegments, taskViews, timeline } from "@deskhand/doc-schema/views";
import { utf8ToBytes } from "@deskhand/doc-schema/crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type * as Y from "yjs";
import { BLOB, createFullWorkspace, DAY_MS } from "../../../fixtures/docs/full-workspace.ts";
import { NOW } from "../../../fixtures/workspace-doc.ts";

const LATER = NOW + 100 * DAY_MS;
const OLD = { keepNewest: 0, olderThan: DAY_MS, now: LATER };
const SOON = { ...OLD, now: NOW + 2 * DAY_MS };

type World = ReturnType<typeof createFullWorkspace>;

const referenceOf = (world: Pick<World, "ids">, segment: Segment): ArchiveReference => ({
  id: world.ids.create("segment"),
  threadId: segment.threadId,
  fromId: segment.fromId,
  toId: segment.toId,
  count: segment.lines.length,
  blob: BLOB,
});

const shown = (world: World, doc: Y.Doc) => {
  const registry = readDeviceRegistry(world.doc, world.executor.signKey);
  const tasks = taskViews({ doc, registry, isAtRelay: () => true });
  return timeline(doc, world.threadId, tasks);
};

const tasksIn = (segment: Segment | undefined): readonly string[] =>
  (segment?.lines ?? []).filter(({ root }) => root === "tasks").map(({ key }) => key);

/** A reference that the fixture holds to show the root; here it would stand for rows that nobody can load. */
const createWorld = (): World => {
  const world = createFullWorkspace();
  const { archive } = rootsOf(world.doc);
  archive.delete(0, archive.length);
  return world;
};

describe("what may go", () => {
  test("finished tasks go whole, with all that names them; open ones stay", () => {
    const world = createWorld();
    const { done, failed, cancelled } = world.runs;
    const lone = world.ids.create("message");
    addMessage(world.doc, { id: lone, createdAt: NOW, threadId: world.threadId, text: "alone" }, world.phone);
    // "run-again" was ordered for the failed task and has not been seen to
    const segment = selectForArchive(world.doc, SOON);
    expect(tasksIn(segment)).toEqual([done.taskId, cancelled.taskId]);
    expect(tasksIn(segment)).not.toContain(failed.taskId);
    const roots = new Map(Map.groupBy(segment?.lines ?? [], ({ root }) => root));
    expect(Object.fromEntries([...roots].map(([root, lines]) => [root, lines.length]))).toEqual({
      messages: 4,
      tasks: 2,
      intents: 2,
      decisions: 1,
      runs: 2,
      replies: 2,
      approvals: 1,
      questions: 1,
      artifacts: 1,
    });
    expect(segment?.toId).toBe(lone);
  });

  test("nothing is selected that is young, or among the newest of its thread", () => {
    const world = createWorld();
    expect(selectForArchive(world.doc, { ...OLD, now: NOW + DAY_MS - 1 })).toBeUndefined();
    expect(selectForArchive(world.doc, { ...OLD, keepNewest: 100 })).toBeUndefined();
    // queued, running, waiting, done, failed, cancelled, interrupted: four are newer than "done"
    expect(tasksIn(selectForArchive(world.doc, { ...OLD, keepNewest: 3 }))).toEqual([world.runs.done.taskId]);
  });

  const finished = () => {
    const full = createWorld();
    const run = full.runTask("the only one", "done");
    const only = (): boolean => tasksIn(selectForArchive(full.doc, OLD)).includes(run.taskId);
    return { full, run, only };
  };

  const REASONS: Readonly<Record<string, (w: ReturnType<typeof finished>) => void>> = {
    "a second attempt runs": ({ full, run }) =>
      putRun(full.doc, {
        id: full.ids.create("run"),
        taskId: run.taskId,
        threadId: full.threadId,
        attempt: 2,
        state: "running",
        stateSince: NOW,
      }),
    "it was interrupted and may go on": ({ full, run }) =>
      putRun(full.doc, { id: run.runId, state: "interrupted" }),
    "an approval still waits": ({ full, run }) => full.ask(run.taskId, run.runId, "pending"),
    "an order is not seen to": ({ full, run }) => full.order({ type: "run-again", taskId: run.taskId }),
    "its changes can be undone for days yet": ({ full, run }) =>
      putRun(full.doc, { id: run.runId, changes: 2, endedAt: LATER - UNDO_WINDOW_MS + 1 }),
    "its reply is still being written": ({ full, run }) =>
      putReply(full.doc, full.threadId, {
        id: full.ids.create("reply"),
        runId: run.runId,
        createdAt: NOW,
        text: "I",
        done: false,
      }),
    "a schedule shows it as its last run": ({ full, run }) =>
      putSchedule(full.doc, { id: full.scheduleId, lastRunId: run.runId }),
    "its approval cannot be read": ({ full, run }) => {
      const { id } = full.ask(run.taskId, run.runId, "allowed");
      putApproval(full.doc, { id, state: "postponed" as "denied" }); // a word of a newer version
    },
    "an order of a newer app names it": ({ full, run }) => {
      const intent = { id: full.ids.create("intent"), createdAt: NOW, type: "share", taskId: run.taskId };
      addIntent(full.doc, intent as unknown as Parameters<typeof addIntent>[1], full.phone);
    },
  };
  test.each(Object.entries(REASONS))("a finished task stays while %s", (_name, happen) => {
    const w = finished();
    expect(w.only()).toBe(true);
    happen(w);
    expect(w.only()).toBe(false);
  });

  test("what can be undone goes when the window is over", () => {
    const w = finished();
    putRun(w.full.doc, { id: w.run.runId, changes: 2, endedAt: LATER - UNDO_WINDOW_MS });
    expect(w.only()).toBe(true);
  });

  test("orders that name nothing go along when nobody could carry them out any more", () => {
    const world = createWorld();
    const young = world.order({ type: "stop-all" });
    const kinds = (now: number): readonly string[] => {
      const lines = selectForArchive(world.doc, { ...OLD, now })?.lines ?? [];
      const ids = new Set(lines.map(({ key }) => key));
      return readIntents(world.doc)
        .entries.filter(({ value }) => ids.has(value.id))
        .map(({ value }) => value.type);
    };
    expect(kinds(NOW + 29 * DAY_MS)).toEqual(["cancel", "undo"]);
    expect(kinds(LATER)).toContain("stop-all");
    const segment = selectForArchive(world.doc, OLD);
    if (segment === undefined) throw new Error("there is one");
    expect(removeArchived(world.doc, segment, referenceOf(world, segment)).ok).toBe(true);
    expect(rootsOf(world.doc).intents.has(young)).toBe(false);
  });

  test("a segment takes the oldest first and stays about as large as it is told", () => {
    const world = createWorld();
    const small = selectForArchive(world.doc, { ...SOON, segmentBytes: 1 });
    // the fixture's lone message is the oldest entry
    expect(small?.lines.map(({ root }) => root)).toEqual(["messages"]);
  });
});

describe("removing", () => {
  test("[AR1] rows go and the reference comes in one transaction; doing it again changes nothing", () => {
    const world = createWorld();
    const segment = selectForArchive(world.doc, OLD);
    if (segment === undefined) throw new Error("there is one");
    const reference = referenceOf(world, segment);
    let updates = 0;
    world.doc.on("update", () => updates++);
    expect(removeArchived(world.doc, segment, reference).ok).toBe(true);
    expect(updates).toBe(1);
    expect(readArchive(world.doc).entries).toEqual([reference]);
    const left = new Set(readTasks(world.doc).entries.map(({ value }) => value.id as string));
    expect(tasksIn(segment).filter((id) => left.has(id))).toEqual([]);
    expect(removeArchived(world.doc, segment, reference).ok).toBe(true);
    expect(updates).toBe(1);
  });

  test("[AR1] what changed or came after the segment was made stays, and nothing is removed", () => {
    for (const change of [
      (world: World) => putRun(world.doc, { id: world.runs.done.runId, summary: "later" }),
      (world: World) => void world.order({ type: "steer", taskId: world.runs.done.taskId, text: "x" }),
    ]) {
      const world = createWorld();
      const segment = selectForArchive(world.doc, OLD);
      if (segment === undefined) throw new Error("there is one");
      change(world);
      const before = readTasks(world.doc).entries.length;
      expect(removeArchived(world.doc, segment, referenceOf(world, segment))).toMatchObject({
        ok: false,
        error: { type: "changed" },
      });
      expect(readTasks(world.doc).entries).toHaveLength(before);
      expect(readArchive(world.doc).entries).toEqual([]);
    }
  });

  test("a reference of another segment is refused", () => {
    const world = createWorld();
    const segment = selectForArchive(world.doc, OLD);
    if (segment === undefined) throw new Error("there is one");
    const wrong = { ...referenceOf(world, segment), count: 1 };
    expect(removeArchived(world.doc, segment, wrong)).toEqual({
      ok: false,
      error: { type: "wrong-reference" },
    });
  });
});

describe("reading it back", () => {
  const segment = (): Segment => {
    const found = selectForArchive(createWorld().doc, OLD);
    if (found === undefined) throw new Error("there is one");
    return found;
  };

  test("the same rows give the same bytes, and the bytes give the segment", () => {
    const one = segment();
    const bytes = segmentToBytes(one);
    expect(readSegment(bytes)).toEqual({ ok: true, value: one });
    const again = readSegment(bytes);
    expect(again.ok && segmentToBytes(again.value)).toEqual(bytes);
  });

  const text = new TextDecoder().decode(segmentToBytes(segment()));
  test.each([
    ["too-large", new Uint8Array(MAX_SEGMENT_BYTES + 1)],
    ["bad-head", utf8ToBytes("{}\n")],
    ["bad-head", Uint8Array.of(0xff, 0xfe)],
    ["bad-head", utf8ToBytes(text.replace('"v":1', '"v":2'))],
    ["bad-line", utf8ToBytes(text.replace('"root":"tasks"', '"root":"devices"'))],
    ["bad-line", utf8ToBytes(`${text}\n{`)],
    ["bad-line", utf8ToBytes(`${text}\n{"root":"runs","key":"x","value":{"__proto__":1}}`)],
    ["wrong-count", utf8ToBytes(text.slice(0, text.lastIndexOf("\n")))],
  ] as const)("a damaged segment is refused as %s", (type, bytes) => {
    expect(readSegment(bytes)).toEqual({ ok: false, error: { type } });
  });

  test("[AR1] [RE1] the thread looks as before, however it was cut into segments", () => {
    const states = ["queued", "running", "waiting", "done", "failed", "cancelled", "interrupted"] as const;
    const entry = fc.record({
      state: fc.constantFrom(...states),
      isLone: fc.boolean(),
      age: fc.nat({ max: 5 }),
    });
    const shape = fc.record({
      entries: fc.array(entry, { maxLength: 8 }),
      keepNewest: fc.nat({ max: 4 }),
      segmentBytes: fc.constantFrom(1, 4000, 1_000_000),
    });
    fc.assert(
      fc.property(shape, ({ entries, keepNewest, segmentBytes }) => {
        const world = createWorld();
        for (const { state, isLone, age } of entries)
          if (isLone) {
            const message = { id: world.ids.create("message"), createdAt: NOW, threadId: world.threadId };
            addMessage(world.doc, { ...message, text: state }, world.phone);
          } else world.runTask(state, state, LATER - age * DAY_MS);
        const before = shown(world, world.doc);
        const stored: { readonly reference: ArchiveReference; readonly bytes: Uint8Array }[] = [];
        for (;;) {
          const next = selectForArchive(world.doc, {
            ...OLD,
            keepNewest,
            segmentBytes,
            olderThan: 2 * DAY_MS,
          });
          if (next === undefined) break;
          const reference = referenceOf(world, next);
          stored.push({ reference, bytes: segmentToBytes(next) });
          expect(removeArchived(world.doc, next, reference).ok).toBe(true);
        }
        const references = readArchive(world.doc).entries;
        const loaded = new Set<SegmentId>();
        const segments: Segment[] = [];
        const facts = { threadId: world.threadId, references, loaded };
        const look = () => historyTimeline(shown(world, world.doc), shown(world, historyOf(segments)), facts);
        let view = look();
        while (view.hasMore) {
          // What is shown is always the end of the thread, without a hole.
          expect(view.entries).toEqual(before.slice(before.length - view.entries.length));
          const batch = nextSegments(facts);
          expect(batch).not.toEqual([]);
          for (const { id } of batch) {
            loaded.add(id);
            const bytes = stored.find(({ reference }) => reference.id === id)?.bytes;
            const read = readSegment(bytes ?? new Uint8Array());
            if (read.ok) segments.push(read.value);
          }
          view = look();
        }
        expect(nextSegments(facts)).toEqual([]);
        expect(view.entries).toEqual(before);
      }),
      { numRuns: 15 },
    );
  });
});

import { ThreadView, type LoadSegment, type SegmentProblem } from "@deskhand/mobile/shared-ui";
import {
  addThread,
  putArchiveReference,
  readArchive,
  removeArchived,
  selectForArchive,
  putRun,
  type Segment,
} from "@deskhand/doc-schema/document";
import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createScreens } from "../../../fixtures/shared-screens.tsx";
import { NOW } from "../../../fixtures/workspace-doc.ts";

afterEach(cleanup);
const YEAR = 365 * 24 * 3600 * 1000;
const ignore = () => undefined;
const BLOB = { id: "A".repeat(43), key: "B".repeat(43), byteLength: 100, sha256: "C".repeat(43) };

/** A thread of finished tasks, the oldest of which have left the document in two segments. */
const archived = () => {
  const s = createScreens();
  addThread(s.doc, { id: s.threadId, createdAt: NOW, title: "Test" }, s.executor);
  for (let n = 1; n <= 6; n++) {
    const taskId = s.sendTask(`Task ${n}`);
    putRun(s.doc, {
      id: s.ids.create("run"),
      taskId,
      threadId: s.threadId,
      attempt: 1,
      state: "done",
      stateSince: NOW,
      endedAt: NOW,
      changes: 0,
    });
  }
  const segments = new Map<string, Segment>();
  for (const keepNewest of [4, 2]) {
    const segment = selectForArchive(s.doc, { keepNewest, olderThan: 0, now: NOW + YEAR });
    if (segment === undefined) throw new Error("nothing to archive");
    const { threadId, fromId, toId, lines } = segment;
    const reference = {
      id: s.ids.create("segment"),
      threadId,
      fromId,
      toId,
      count: lines.length,
      blob: BLOB,
    };
    segments.set(reference.id, segment);
    expect(removeArchived(s.doc, segment, reference).ok).toBe(true);
  }
  return { ...s, segments };
};

const names = (): readonly (string | null)[] =>
  screen.getAllByRole("article").map((card) => card.getAttribute("aria-label"));

describe("older messages", () => {
  test("come segment by segment, without a hole, in their order", async () => {
    const s = archived();
    const asked: string[] = [];
    s.state.loadSegment = async ({ id }) => {
      asked.push(id);
      const segment = s.segments.get(id);
      return segment === undefined ? { ok: false, error: { type: "gone" } } : { ok: true, value: segment };
    };
    s.show(<ThreadView onOpenTask={ignore} />);
    expect(names()).toEqual(["Task 5", "Task 6"]);
    fireEvent.click(screen.getByText("Show older"));
    await vi.waitFor(() => expect(names()).toEqual(["Task 3", "Task 4", "Task 5", "Task 6"]));
    fireEvent.click(screen.getByText("Show older"));
    await vi.waitFor(() => expect(names()).toHaveLength(6));
    expect(screen.queryByText("Show older")).toBeNull();
    expect(asked).toEqual(
      readArchive(s.doc)
        .entries.map(({ id }) => id)
        .toReversed(),
    );
  });

  test.each<readonly [SegmentProblem["type"], RegExp]>([
    ["offline", /need a connection/],
    ["gone", /They are on Test desk/],
    ["damaged", /arrived damaged\. Nothing of them is shown/],
  ])("%s is said, what is shown stays, and it can be tried again", async (type, words) => {
    const s = archived();
    const load = vi.fn<LoadSegment>(async () => ({ ok: false, error: { type } }));
    s.state.loadSegment = load;
    s.show(<ThreadView onOpenTask={ignore} />);
    fireEvent.click(screen.getByText("Show older"));
    await screen.findByText(words);
    expect(names()).toEqual(["Task 5", "Task 6"]);
    fireEvent.click(screen.getByText("Try again"));
    await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(2));
  });

  test("their progress is said", async () => {
    const s = archived();
    s.state.loadSegment = (_reference, onProgress) => {
      onProgress(50, 100);
      return new Promise(ignore);
    };
    s.show(<ThreadView onOpenTask={ignore} />);
    fireEvent.click(screen.getByText("Show older"));
    expect(await screen.findByText("Getting older messages … 50%")).toBeTruthy();
  });

  test("where they cannot be fetched nothing offers them", () => {
    archived().show(<ThreadView onOpenTask={ignore} />);
    expect(screen.queryByText("Show older")).toBeNull();
  });
});

test("a reference alone is no older message of another thread", () => {
  const s = createScreens();
  s.sendTask("Task 1");
  const other = s.ids.create("thread");
  putArchiveReference(s.doc, {
    id: s.ids.create("segment"),
    threadId: other,
    fromId: "a",
    toId: "b",
    count: 1,
    blob: BLOB,
  });
  s.state.loadSegment = async () => ({ ok: false, error: { type: "gone" } });
  s.show(<ThreadView onOpenTask={ignore} />);
  expect(screen.queryByText("Show older")).toBeNull();
});

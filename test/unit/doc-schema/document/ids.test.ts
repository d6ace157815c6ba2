import { createIdFactory, parseId, timeOfId } from "@deskhand/doc-schema/document";
import { expect, test } from "vitest";
import { NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

const factory = (now: () => number, seed = 3) => createIdFactory({ now, randomBytes: seededBytes(seed) });

test("[ID1] ids of one device sort in the order they were made, also when its clock stands or goes back", () => {
  let clock = NOW;
  const ids = factory(() => clock);
  const made = Array.from({ length: 300 }, (_, i) => {
    if (i === 100) clock -= 3_600_000;
    if (i === 200) clock += 7_200_000;
    return ids.create("task");
  });
  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

test("[ID1] a device raises its clock past an id it has seen", () => {
  const ahead = factory(() => NOW + 60_000).create("message");
  const ids = factory(() => NOW, 9);
  ids.observe(ahead);
  expect(ids.create("message").slice(4) > ahead.slice(4)).toBe(true);
});

test("[ID1] a clock that is off by more than a day moves nobody", () => {
  const broken = factory(() => NOW + 3 * 24 * 3_600_000).create("message");
  const ids = factory(() => NOW, 9);
  ids.observe(broken);
  expect(timeOfId(ids.create("task"))).toBe(NOW);
});

test("the counter carries over into the next millisecond instead of wrapping", () => {
  const ids = factory(() => NOW);
  let last = ids.create("task");
  for (let i = 0; i < 0x1_0002; i++) {
    const next = ids.create("task");
    if (next <= last) throw new Error(`${next} does not follow ${last}`);
    last = next;
  }
  expect(timeOfId(last)).toBe(NOW + 1);
});

test.each([
  "",
  "tsk_",
  "tsk_0",
  "run_06gvopc6qg003r1947ao5dd3",
  "tsk_06gvopc6qg003r1947ao5ddz",
  "TSK_06gvopc6qg003r1947ao5dd3",
  7,
  null,
])("%j is not a task id", (text) => {
  expect(parseId("task", text)).toBeUndefined();
});

import { expect, it } from "vitest";
import { createRecentValues } from "../../../sync-server/src/recent-values.ts";

it("forgets what was put longest ago once the whole is too heavy, and never the newest", () => {
  const recent = createRecentValues<string>(10);
  recent.put("a", "first", 4);
  recent.put("b", "second", 4);
  recent.put("a", "first again", 4);
  expect(recent.get("b")).toBe("second");
  recent.put("c", "third", 4);
  expect(["a", "b", "c"].map((key) => recent.get(key))).toEqual(["first again", undefined, "third"]);
  recent.put("d", "heavy", 100);
  expect(["a", "c", "d"].map((key) => recent.get(key))).toEqual([undefined, undefined, "heavy"]);
});

it("counts a value once, with its newest weight, and nothing that was forgotten", () => {
  const recent = createRecentValues<number>(10);
  recent.put("a", 1, 9);
  recent.put("a", 2, 1);
  recent.put("b", 3, 9);
  expect(recent.get("a")).toBe(2);
  recent.forget("b");
  recent.put("c", 4, 9);
  expect(recent.get("a")).toBe(2);
  recent.clear();
  recent.put("d", 5, 10);
  expect(["a", "c", "d"].map((key) => recent.get(key))).toEqual([undefined, undefined, 5]);
});

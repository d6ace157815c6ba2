/** docs/SCHEMA.md and the tests speak of the same rules: each rule there is quoted by the name of a test. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "../../../..");

const ruleIds = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^- \*\*([A-Z]{2}\d+)\*\* /gm)].map(([, id = ""]) => id);

/** Names of tests and groups: what stands first in test(…), it(…), describe(…), or after their tables. */
const testNames = (source: string): readonly string[] =>
  [...source.matchAll(/(?:\b(?:test|it|describe)(?:\.\w+)*|\))\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(
    ([, , name = ""]) => name,
  );

const testFiles = readdirSync(path.join(ROOT, "test"), { recursive: true, encoding: "utf8" }).filter((file) =>
  /\.test\.tsx?$/.test(file),
);

test("every rule of docs/SCHEMA.md has a test that quotes its id", () => {
  const ids = ruleIds(readFileSync(path.join(ROOT, "docs/SCHEMA.md"), "utf8"));
  expect(ids).toContain("OW1");
  const names = testFiles.flatMap((file) => testNames(readFileSync(path.join(ROOT, "test", file), "utf8")));
  expect(ids.filter((id) => !names.some((name) => name.includes(`[${id}]`)))).toEqual([]);
});

test("a rule without a test would be found, and so would a name after a table", () => {
  expect(ruleIds("- **AB1** One.\n- **AB2** Two.\n* AB3")).toEqual(["AB1", "AB2"]);
  const source = 'test("[AB1] one", f); // [AB2]\ntest.each([1])(\n  "[AB3] three %s", f); expect("[AB4]");';
  expect(testNames(source)).toEqual(["[AB1] one", "[AB3] three %s"]);
});

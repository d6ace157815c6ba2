/**
 * Seed tasks on the offline planner, in English and Traditional Chinese: sent from a phone through a real relay, done on
 * a real disk, graded by every file that lies there afterwards and by what was said.
 */
import path from "node:path";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedFiles, filesIn, layOut, MADE } from "../../graders/folders.ts";
import { LOCALES, piecesIn, type Grader, type Language } from "../../graders/grader.ts";
import { openStage, type Stage } from "../../graders/stage.ts";
import { CHANGE_TASKS } from "../../graders/tasks/changes.ts";
import { DECLINE_TASKS } from "../../graders/tasks/declines.ts";
import { DOCUMENT_TASKS } from "../../graders/tasks/documents.ts";
import { ORGANISE_TASKS } from "../../graders/tasks/organise.ts";
import { TABLE_TASKS } from "../../graders/tasks/tables.ts";

const TASKS = [...ORGANISE_TASKS, ...TABLE_TASKS, ...DOCUMENT_TASKS, ...CHANGE_TASKS, ...DECLINE_TASKS];
const CASES = TASKS.flatMap((grader) =>
  (["en", "zh"] as const).flatMap((language) =>
    grader.says[language].map((said) => [`${grader.id}: ${said}`, grader, language, said] as const),
  ),
);

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Each task has its folders for itself. */
const expectGraded = async (
  grader: Grader,
  language: Language,
  said: string,
  number: number,
): Promise<void> => {
  const root = path.join(stage.root, "tasks", `${number}`);
  const { executor } = stage;
  const granted: Parameters<typeof executor.grants.remove>[0][] = [];
  for (const [name, folder] of layOut(root, grader.files)) {
    const added = await executor.grants.add(folder, grader.readOnly?.includes(name) ? "read" : "read-write");
    if (!added.ok) throw new Error(added.error.text);
    granted.push(added.value.id);
  }
  const start = filesIn(root);
  try {
    const { outcome, answer = "allow" } = grader;
    const { run, reply, approvals } = await stage.run(said, LOCALES[language], answer);
    for (const piece of piecesIn(outcome.reply, language)) expect(reply).toContain(piece);
    expect([run.state, approvals.length]).toEqual(["done", outcome.approvals ?? 0]);
    const found = filesIn(root);
    for (const [name, pieces] of Object.entries(outcome.made ?? {})) {
      expect(Object.keys(found)).toContain(name);
      const text = readFileSync(path.join(root, name), "utf8");
      for (const piece of piecesIn(pieces, language)) expect(text).toContain(piece);
    }
    const made = new Set(Object.keys(outcome.made ?? {}));
    const graded = Object.fromEntries(
      Object.entries(found).map(([name, hash]) => [name, made.has(name) ? MADE : hash]),
    );
    expect(graded).toEqual(expectedFiles(start, outcome));
  } finally {
    for (const id of granted) executor.grants.remove(id);
  }
};

describe("graded tasks", () => {
  test("there are at least 40, each in both languages", () => {
    expect(TASKS.length).toBeGreaterThanOrEqual(40);
    expect(new Set(TASKS.map(({ id }) => id)).size).toBe(TASKS.length);
    for (const { id, says } of TASKS)
      expect([id, says.en.length > 0, says.zh.length > 0]).toEqual([id, true, true]);
  });

  test.each(CASES.map((one, number) => [...one, number] as const))(
    "%s",
    (_, grader, language, said, number) => expectGraded(grader, language, said, number),
  );
});

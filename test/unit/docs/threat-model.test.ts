/** docs/THREAT_MODEL.md promises a test for each threat and says where it is; this keeps both promises. */
import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readRoot, ROOT } from "./source-files.ts";

interface Threat {
  readonly id: string;
  readonly files: readonly string[];
}

/** The ids in brackets with which a test's name begins: "[T3] [IN1] a task …" or "[T3, IN1] …". */
const idsIn = (source: string): ReadonlySet<string> =>
  new Set(
    [...source.matchAll(/["`]((?:\[[A-Z]{1,2}\d+[^\]]*\] ?)+)/g)].flatMap(([, head = ""]) =>
      [...head.matchAll(/[A-Z]{1,2}\d+/g)].map(([id]) => id),
    ),
  );

/** "sync-server/rooms" is a unit test, "journeys/phone" and "architecture" are below test/ itself. */
const fileOf = (name: string): string =>
  ["test/unit", "test"]
    .flatMap((folder) => [`${folder}/${name}.test.ts`, `${folder}/${name}.test.tsx`])
    .find((file) => existsSync(path.join(ROOT, file))) ?? name;

const threats = readRoot("docs/THREAT_MODEL.md")
  .split("\n")
  .flatMap((line): readonly Threat[] => {
    const [, id, , , names] = line.split("|").map((cell) => cell.trim());
    if (id === undefined || !/^T\d+$/.test(id)) return [];
    return [{ id, files: [...(names ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => fileOf(name)) }];
  });

describe("docs/THREAT_MODEL.md", () => {
  test("has T1 to T62, each once", () => {
    expect(threats.map(({ id }) => id)).toEqual(Array.from({ length: 62 }, (_, index) => `T${index + 1}`));
  });

  test.each(threats)("$id names a file with a test for it, and no other file", ({ id, files }) => {
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !idsIn(readRoot(file)).has(id))).toEqual([]);
  });
});

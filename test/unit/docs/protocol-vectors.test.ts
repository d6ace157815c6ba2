/** docs/PROTOCOL.md holds vectors for other implementations; each is what the code makes, none is missing or unknown. */
import { describe, expect, test } from "vitest";
import { currentVectors, documentedVectors, vectorsToText } from "./vectors/protocol-vectors.ts";

const documented = documentedVectors();
const current = currentVectors();
const currentByName = new Map(current);

describe("the vectors of docs/PROTOCOL.md", () => {
  test("have each name once, in the order in which they are made", () => {
    expect(documented.map(([name]) => name)).toEqual(current.map(([name]) => name));
    expect(currentByName.size).toBe(current.length);
  });

  test.each(documented)("%s", (name, value) => {
    expect(value).toBe(currentByName.get(name));
  });

  test("are read back as they were written", () => {
    expect(documentedVectors("```vectors\n" + vectorsToText(current) + "```\n")).toEqual(current);
  });
});

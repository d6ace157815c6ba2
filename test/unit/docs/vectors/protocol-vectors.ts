/** All vectors of docs/PROTOCOL.md by name, as the code makes them now and as the document holds them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { cryptoVectors } from "./crypto.ts";
import { exchangeVectors } from "./exchanges.ts";
import type { Vector } from "./inputs.ts";
import { recordVectors } from "./records.ts";
import { wireVectors } from "./wire.ts";

export const PROTOCOL_FILE = path.join(import.meta.dirname, "../../../../docs/PROTOCOL.md");
/** The one block; a line is "name = value". */
export const VECTOR_BLOCK = /(?<=^```vectors\n)[^]*?(?=^```$)/m;

export const currentVectors = (): readonly Vector[] => [
  ...cryptoVectors(),
  ...wireVectors(),
  ...recordVectors(),
  ...exchangeVectors(),
];

export const vectorsToText = (vectors: readonly Vector[]): string =>
  vectors.map(([name, value]) => `${name} = ${value}\n`).join("");

export const documentedVectors = (text = readFileSync(PROTOCOL_FILE, "utf8")): readonly Vector[] =>
  (VECTOR_BLOCK.exec(text)?.[0] ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, name = line, value = ""] = /^(\S+) = (.*)$/.exec(line) ?? [];
      return [name, value];
    });

/** T32: a nonce is fresh randomness for each frame, whatever else repeats. */
import { bytesToHex, sealFrame } from "@deskhand/doc-schema/crypto";
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { readRoot, sourceFiles } from "../source-files.ts";
import { filled, freshChain, keys } from "../vectors/inputs.ts";

const content = { kind: "control", body: filled(4, 1), cursor: 0, transcript: filled(32, 0) } as const;
const nonceOf = (frame: Uint8Array): string => bytesToHex(frame.subarray(28, 52));
const FRAMES = 100_000;

test(`[T32] ${FRAMES} frames of one place and content have as many nonces, each just as randomBytes gave it`, () => {
  const chain = freshChain();
  const given = new Set<string>();
  const used = new Set<string>();
  const random = (length: number): Uint8Array => {
    const bytes = randomBytes(length);
    given.add(bytesToHex(bytes));
    return bytes;
  };
  for (let i = 0; i < FRAMES; i++) used.add(nonceOf(sealFrame(keys, chain, content, random)));
  expect(used.size).toBe(FRAMES);
  expect(used.symmetricDifference(given).size).toBe(0);
  expect(new Set([...given].map((nonce) => nonce.length))).toEqual(new Set([48]));
}, 300_000);

test("[T32] the apps hand in the system's randomness, and no source has another", () => {
  expect(readRoot("mobile/src/device/sync-ports.ts")).toContain("crypto.getRandomValues");
  const files = sourceFiles();
  expect(
    files.filter(({ text }) => /Math\.random\(|pseudoRandom/i.test(text)).map(({ file }) => file),
  ).toEqual([]);
  const makers = files.filter(({ text }) => /getRandomValues|from "node:crypto"/.test(text));
  expect(makers.length).toBeGreaterThan(2);
  expect(makers.filter(({ file }) => file.startsWith("doc-schema/"))).toEqual([]);
});

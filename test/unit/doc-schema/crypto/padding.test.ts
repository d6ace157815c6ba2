/** T17: what the sizes of frames tell a relay. */
import {
  createFrameChain,
  createEpochKeys,
  redact,
  sealFrame,
  STREAM_BYTES,
  type FrameKind,
} from "@deskhand/doc-schema/crypto";
import { addDecision, type DecisionRecord } from "@deskhand/doc-schema/document";
import { MAX_FRAME_BYTES } from "@deskhand/doc-schema/wire";
import { SNAPSHOT_LIMITS } from "@deskhand/doc-schema/sync";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { addPadding, paddedLength, removePadding } from "../../../../doc-schema/src/crypto/padding.ts";
import { createWorkspaceDoc, NOW, seededBytes } from "../../../fixtures/workspace-doc.ts";

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const keys = createEpochKeys(redact("root-key", filled(32, 1)), 7);
const randomBytes = seededBytes(17);

const sealedLength = (kind: FrameKind, body: Uint8Array): number => {
  const chain = createFrameChain(createWorkspaceDoc().phone.deviceId, filled(STREAM_BYTES, 6));
  return sealFrame(keys, chain, { kind, body, cursor: 1, transcript: filled(32, 7) }, randomBytes).length;
};

describe("padding", () => {
  test("the ladder: two sizes an octave below 64 KiB, sixteen from 256 KiB on", () => {
    const sizes = [1, 256, 257, 385, 1_000, 5_000, 70_000, 140_000, 300_000, 1_000_000];
    expect(sizes.map((size) => paddedLength(size))).toEqual([
      256, 256, 384, 512, 1_024, 6_144, 81_920, 147_456, 311_296, 1_015_808,
    ]);
    const excess = (size: number): number => paddedLength(size) / size - 1;
    for (let size = 257; size < 2 ** 20; size += 97) {
      expect(excess(size)).toBeGreaterThanOrEqual(0);
      expect(excess(size)).toBeLessThan(size < 2 ** 16 ? 0.5 : size < 2 ** 18 ? 0.25 : 0.0625);
    }
  });

  test("[T17] there are 60 sizes below 1 MiB, and 10,000 random messages show no more", () => {
    const all = new Set<number>();
    for (let size = 1; size <= 2 ** 20; size++) all.add(paddedLength(size));
    expect([...all].filter((size) => size < 2 ** 20).length).toBe(60);
    const shown = new Set<number>();
    const random = (): number => randomBytes(4).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 32;
    // As many small as large ones: the logarithm of the size is what is drawn.
    for (let i = 0; i < 10_000; i++) shown.add(paddedLength(4 + Math.floor(2 ** (19.9 * random()))));
    expect(shown.size).toBeGreaterThan(50);
    expect(shown.size).toBeLessThanOrEqual(60);
  });

  test("[T17] the largest snapshot fits a relay message, and its padding is less than 5 %", () => {
    const frame = sealedLength("snapshot", new Uint8Array(SNAPSHOT_LIMITS.bytes));
    expect(frame).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    expect(frame / SNAPSHOT_LIMITS.bytes).toBeLessThan(1.05);
  });

  test("[T17] allow and deny are frames of one length, on a new document and on an old one", () => {
    for (const earlier of [0, 40]) {
      const lengths = (["allow", "deny"] as const).map((verdict) => {
        const { doc, phone, sendTask, ids } = createWorkspaceDoc();
        doc.clientID = 4_000_000_001;
        for (let i = 0; i < earlier; i++) sendTask(`Task ${i}`);
        const before = Y.encodeStateVector(doc);
        const approvalId = ids.create("approval");
        const decision: DecisionRecord = {
          id: `${approvalId}/${phone.deviceId}/1`,
          createdAt: NOW,
          approvalId,
          verdict,
          scope: "once",
          requestDigest: "a".repeat(64),
          shownDigest: "b".repeat(64),
          locale: "en",
        };
        expect(addDecision(doc, decision, phone)).toBe(true);
        return sealedLength("update", Y.encodeStateAsUpdate(doc, before));
      });
      expect(lengths[0]).toBe(lengths[1]);
    }
  });

  test("[T17] every presence has one length", () => {
    const lengths = [0, 1, 100, 300].map((length) => sealedLength("presence", filled(length, 1)));
    expect(new Set(lengths).size).toBe(1);
  });

  test("only what padding makes is taken off again", () => {
    for (const length of [0, 1, 251, 252, 253, 1_000]) {
      const padded = addPadding(filled(length, 1));
      expect(removePadding(padded)).toEqual({ ok: true, value: filled(length, 1) });
    }
    const bad = { ok: false, error: { type: "bad-padding" } };
    const padded = addPadding(filled(10, 1));
    expect(removePadding(padded.with(255, 1))).toEqual(bad);
    expect(removePadding(padded.with(0, 255))).toEqual(bad);
    expect(removePadding(Uint8Array.from([...padded, 0]))).toEqual(bad);
    expect(removePadding(filled(3, 0))).toEqual(bad);
  });
});

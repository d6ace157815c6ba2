/**
 * A segment of the archive: from this phone if it was fetched before, else from the first relay that has it.
 * What arrives is checked by its hash before it is read, and kept before it is shown.
 */
import { readSegment, MAX_SEGMENT_BYTES, type Segment } from "@deskhand/doc-schema/document";
import { downloadBlob, type BlobFailure } from "@deskhand/doc-schema/sync";
import type { EpochKeys } from "@deskhand/doc-schema/crypto";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { SegmentStore } from "../device/segment-store.ts";
import { browserPorts } from "../device/sync-ports.ts";
import type { LoadSegment, SegmentProblem } from "../shared-ui/workspace.ts";

/** A person who scrolls does not wait longer for a relay that is away (milliseconds). */
const PATIENCE_MS = 8_000;

export interface SegmentPorts {
  readonly store: SegmentStore;
  readonly keys: EpochKeys;
  /** Those that are connected first. */
  readonly relayUrls: () => readonly string[];
}

export const createLoadSegment =
  ({ store, keys, relayUrls }: SegmentPorts): LoadSegment =>
  async ({ id, blob }, onProgress) => {
    if (blob.byteLength > MAX_SEGMENT_BYTES) return err({ type: "damaged" });
    const kept = await store.get(id);
    const read = kept === undefined ? undefined : parse(kept);
    if (read?.ok === true) return read;
    let problem: SegmentProblem = { type: "offline" };
    for (const relayUrl of relayUrls()) {
      const bytes = new Uint8Array(blob.byteLength);
      const sink = { write: async (offset: number, chunk: Uint8Array) => bytes.set(chunk, offset) };
      const got = await downloadBlob({
        ...browserPorts,
        relayUrl,
        keys,
        ref: blob,
        sink,
        onProgress,
        patienceMs: PATIENCE_MS,
      });
      if (!got.ok) {
        problem = problemOf(got.error);
        continue;
      }
      const segment = parse(bytes);
      if (segment.ok)
        await store.keep(id, bytes).catch((error: unknown) => console.warn("older messages not kept", error));
      return segment;
    }
    return err(problem);
  };

const parse = (bytes: Uint8Array): Result<Segment, SegmentProblem> => {
  const segment = readSegment(bytes);
  return segment.ok ? ok(segment.value) : err({ type: "damaged" });
};

const problemOf = ({ type }: BlobFailure): SegmentProblem => {
  if (type === "offline") return { type: "offline" };
  return { type: type === "bad-chunk" || type === "bad-reference" ? "damaged" : "gone" };
};

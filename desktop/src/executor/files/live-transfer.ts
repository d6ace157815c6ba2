/** A file on its way, as the live step shows it: bytes would mean nothing there. */
import type { RunId } from "@deskhand/doc-schema/document";
import type { LiveStep } from "../runner/run-ports.ts";

/** @param part from 0 to 1; of an empty file it is no number */
export const liveTransfer = (
  runId: RunId,
  kind: "receive" | "send",
  name: string,
  part: number,
): LiveStep => ({
  runId,
  step: { kind, object: Number.isFinite(part) ? `${name} ${Math.floor(part * 100)} %` : name },
});

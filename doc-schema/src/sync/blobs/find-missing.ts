/** Asks the relay which chunks it lacks; those it has get a new lease. */
import { err, hasBit, MAX_HAVE_IDS, ok, type Result } from "../../wire/index.ts";
import type { BlobLink } from "./blob-link.ts";
import { failureOf, type BlobFailure } from "./blob-transfer.ts";

/** Places in `ids`, rising. */
export const findMissing = async (
  link: BlobLink,
  ids: readonly Uint8Array[],
): Promise<Result<readonly number[], BlobFailure>> => {
  const missing: number[] = [];
  for (let start = 0; start < ids.length;) {
    const asked = ids.slice(start, start + MAX_HAVE_IDS);
    const answer = await link.ask({ type: "have", ids: asked });
    if (!answer.ok) {
      if (answer.error.type === "cut") continue;
      return err(answer.error);
    }
    const { value } = answer;
    if (value.type !== "held")
      return err(value.type === "denied" ? failureOf(value.code) : { type: "refused" });
    for (const i of asked.keys()) if (!hasBit(value.bitmap, i)) missing.push(start + i);
    start += asked.length;
  }
  return ok(missing);
};

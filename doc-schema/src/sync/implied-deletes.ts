/**
 * Deletions that no update needs to say.
 * 1. Where two devices gave one key a value each, Yjs deletes the left one in every copy that has both: it follows from
 *    the structs. So a relay that has the value and the one to its right has that deletion too.
 * 2. Nobody ever sent it as one, so it would be missing from what a relay is known to hold, and go out at each reconnect.
 */
import * as Y from "yjs";
import { filterDeletes, type DeleteRange } from "./update-batches.ts";
import type { RelayKnowledge } from "./relay-knowledge.ts";

const EMPTY_BYTES = 2;

/** Undefined when nothing else is in the update. */
export const withoutImpliedDeletes = (
  doc: Y.Doc,
  update: Uint8Array,
  covers: RelayKnowledge["covers"],
): Uint8Array | undefined => {
  const isImplied = (struct: Y.Item | Y.GC): boolean =>
    struct instanceof Y.Item &&
    struct.parentSub !== null &&
    struct.right !== null &&
    covers(struct.id.client, struct.id.clock + struct.length - 1) &&
    covers(struct.right.id.client, struct.right.id.clock);
  const left = filterDeletes(update, (client, ranges) => {
    const structs = doc.store.clients.get(client) ?? [];
    return ranges.flatMap((range) => cutOut(range, structs, isImplied));
  });
  return left.length > EMPTY_BYTES ? left : undefined;
};

/** What is left of a range; the range itself when nothing was cut out. */
const cutOut = (
  range: DeleteRange,
  structs: (Y.Item | Y.GC)[],
  isOut: (struct: Y.Item | Y.GC) => boolean,
): readonly DeleteRange[] => {
  const end = range.clock + range.len;
  const last = structs.at(-1);
  if (last === undefined || last.id.clock + last.length < end) return [range];
  const left: { clock: number; len: number }[] = [];
  let isCut = false;
  for (let at = Y.findIndexSS(structs, range.clock); at < structs.length; at++) {
    const struct = structs[at];
    if (struct === undefined || struct.id.clock >= end) break;
    if (isOut(struct)) {
      isCut = true;
      continue;
    }
    const clock = Math.max(struct.id.clock, range.clock);
    const len = Math.min(struct.id.clock + struct.length, end) - clock;
    const before = left.at(-1);
    if (before !== undefined && before.clock + before.len === clock) before.len += len;
    else left.push({ clock, len });
  }
  return isCut ? left : [range];
};

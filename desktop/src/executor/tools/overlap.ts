/** Whether the paths of one call get into each other's way; and what of a target is there already. */
import { ok } from "@deskhand/doc-schema/wire";
import type { Place } from "../policy/path-scope.ts";
import { fault, type Outcome } from "./fault.ts";
import type { Facts } from "./file-facts.ts";
import type { Folder } from "./folder-handle.ts";
import { lookBelow } from "./place.ts";

/** A sentence, or undefined: no source lies in another or twice, no target in a source or in a target. */
export const overlapOf = (sources: readonly Place[], targets: readonly Place[] = []): string | undefined => {
  const whole = [...sources, ...targets].find(({ parts }) => parts.length === 0);
  if (whole !== undefined) return `“${whole.shown}” itself cannot be moved or replaced.`;
  const from = new Set(sources.map(key));
  const to = new Set(targets.map(key));
  if (from.size < sources.length) return "One file is named twice.";
  if (to.size < targets.length) return "Two files would get the same name.";
  const inner = sources.find((source) => liesIn(source, from));
  if (inner !== undefined) return `${inner.shown} lies in a folder that is named, too.`;
  const own = targets.find((target) => liesIn(target, from));
  if (own !== undefined) return `${own.shown} lies in what is to be moved.`;
  const nested = targets.find((target) => liesIn(target, to));
  return nested === undefined ? undefined : `${nested.shown} lies in another target of this call.`;
};

/** Most disks outside Linux take names that differ in case only for one. */
const key = ({ path }: Pick<Place, "path">): string =>
  process.platform === "linux" ? path : path.normalize("NFC").toLowerCase();

const liesIn = ({ parts }: Place, folders: ReadonlySet<string>): boolean =>
  parts.some((_, at) => at > 0 && folders.has(key({ path: parts.slice(0, at).join("/") })));

export interface Innermost {
  readonly facts: Facts;
  /** It is the path itself, not a folder on the way. */
  readonly isWhole: boolean;
}

/** The last thing on the way to `parts` that is there; the granted folder itself when nothing else is. */
export const innermost = async (
  root: Folder,
  parts: readonly string[],
  shown: string,
): Promise<Outcome<Innermost>> => {
  for (let depth = parts.length; depth >= 0; depth--) {
    const facts = await lookBelow(root, depth === 0 ? ["."] : parts.slice(0, depth), shown);
    if (!facts.ok) return facts;
    if (facts.value !== undefined) return ok({ facts: facts.value, isWhole: depth === parts.length });
  }
  return fault("folder-missing", `The folder of ${shown} is gone.`);
};

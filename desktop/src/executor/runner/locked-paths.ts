/**
 * Which paths an action changes: its sources and targets, a folder with all that is in it.
 * A path whose folders are not there yet stands for the first missing one, which the action makes, too.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { changesFiles, type Action } from "@deskhand/doc-schema/document";
import type { GrantedFolder } from "../tools/tool.ts";
import type { LockedPath } from "./path-locks.ts";

export const lockedPaths = (
  action: Action | undefined,
  grants: readonly GrantedFolder[],
): readonly LockedPath[] => {
  if (action === undefined || !changesFiles(action) || !("grantId" in action)) return [];
  const grant = grants.find(({ id }) => id === action.grantId);
  if (grant === undefined) return []; // the tool refuses it itself
  // A command may change anything in its folder.
  const named =
    action.kind === "command"
      ? [""]
      : action.items.flatMap((item) => (item.to === undefined ? [item.path] : [item.path, item.to]));
  return lockedBelow(grant, named);
};

/** @param relative paths below the granted folder, "/" between parts */
export const lockedBelow = (
  grant: Pick<GrantedFolder, "name" | "path">,
  relative: readonly string[],
): readonly LockedPath[] => {
  const isThere = remembered(existsSync);
  const firstMissing = (parts: readonly string[]): readonly string[] => {
    for (let depth = 1; depth < parts.length; depth++)
      if (!isThere(path.join(grant.path, ...parts.slice(0, depth)))) return parts.slice(0, depth);
    return parts;
  };
  const all = new Map<string, LockedPath>();
  for (const name of relative) {
    const parts = firstMissing(name.split("/").filter((part) => part !== ""));
    const absolute = path.join(grant.path, ...parts);
    all.set(absolute, { path: absolute, shown: [grant.name, ...parts].join("/") });
  }
  return [...all.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** Thousands of files lie in a few folders. */
const remembered = (ask: (path: string) => boolean): ((path: string) => boolean) => {
  const known = new Map<string, boolean>();
  return (absolute) => {
    const before = known.get(absolute);
    if (before !== undefined) return before;
    const answer = ask(absolute);
    known.set(absolute, answer);
    return answer;
  };
};

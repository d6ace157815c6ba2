/**
 * What writing a file and editing one have in common.
 * 1. The plan names the bytes before and after by hash. Writing goes on only while the file is as it was planned:
 *    its bytes are kept and hashed through the held file, and it is compared by name once more before the rename.
 * 2. After a crash the hashes tell where it stands; going on is writing again or removing the temporary file.
 */
import { renameSync } from "node:fs";
import * as z from "zod/mini";
import type { ActionKind } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import type { Place } from "../policy/path-scope.ts";
import type { Change, ChangeRecord } from "../undo/change.ts";
import { newFolder, PLACE_PLAN, type EffectPorts } from "./define-tool.ts";
import { attempt, attemptNow, fault, type Outcome } from "./fault.ts";
import { asideName, placeNew, removeOwn, writeTemporary, type MoveState } from "./file-effects.ts";
import { hashBytes, hashFile, look, readWhole, withFile, type OpenFile } from "./file-facts.ts";
import { pathOf, type Entry, type Folder } from "./folder-handle.ts";
import { mediaTypeOf } from "./media-types.ts";
import { atEntry, inGrant, lookBelow, makeFolders } from "./place.ts";
import { beginningOf } from "./text.ts";
import type { ProducedFile, ToolContext } from "./tool.ts";

export const WRITE_PLAN = {
  ...PLACE_PLAN,
  kind: z.enum(["create", "overwrite", "edit"] satisfies ActionKind[]),
  /** Hex SHA-256; null: nothing was there. */
  pre: z.nullable(z.string()),
  post: z.string(),
  mode: z.nullable(z.number()),
  modifiedMs: z.nullable(z.number()),
};
export type WritePlan = z.infer<z.ZodMiniObject<typeof WRITE_PLAN>>;

/** Bytes of an approval card's excerpt, of an artifact's. */
export const CARD_EXCERPT_BYTES = 1024;
const FILE_EXCERPT_BYTES = 4096;

export interface FileBefore extends Pick<WritePlan, "pre" | "mode" | "modifiedMs"> {
  readonly byteLength: number;
}

/** What is there before: null for nothing; refused when it must not be replaced. */
export const stateBefore = (root: Folder, { parts, shown }: Place): Promise<Outcome<FileBefore>> =>
  atEntry(root, parts, shown, async (entry): Promise<Outcome<FileBefore>> => {
    const there = look(entry, shown);
    if (!there.ok) return there;
    if (there.value === undefined) return ok({ pre: null, mode: null, modifiedMs: null, byteLength: 0 });
    return withFile(entry, shown, async ({ handle, facts }) => {
      if (facts.links > 1) return refuseHardLink(shown);
      const pre = await attempt(shown, () => hashFile(handle));
      const { mode, modifiedMs, byteLength } = facts;
      return pre.ok ? ok({ pre: pre.value, mode, modifiedMs, byteLength }) : pre;
    });
  });

export const refuseHardLink = (shown: string): Outcome<never> =>
  fault("hard-link", `${shown} has a second name, perhaps outside the granted folder; it is not changed.`);

/** The new bytes, made from the file as it is before; undefined: nothing is there. */
export type BytesOf = (file: OpenFile | undefined) => Promise<Outcome<Uint8Array>>;

/** Writes what the plan says. */
export const performWrite = (
  plan: WritePlan,
  place: Place,
  bytesOf: BytesOf,
  context: ToolContext,
  ports: EffectPorts,
): Promise<Outcome<ProducedFile>> =>
  inGrant(place.grant, async (root) => {
    const { parts, shown, grant, path } = place;
    const change = changeOf(plan, place, context, ports);
    const parents = await makeFolders(root, parts.slice(0, -1), shown, (folder) =>
      ports.undo.record(newFolder(folder, grant.id, context, ports)),
    );
    if (!parents.ok) return parents;
    return atEntry(root, parts, shown, async (entry) => {
      const state = await writeState(plan, root, place, ports.undo.find(change));
      if (!state.ok) return state;
      const written = await (async (): Promise<Outcome<Uint8Array>> => {
        switch (state.value) {
          case "todo":
            return replace(entry, change, shown, bytesOf, ports);
          case "half": {
            const cleared = clear(entry, ports.undo.find(change), shown);
            return cleared.ok ? bytesNow(entry, shown) : cleared;
          }
          case "done":
            return bytesNow(entry, shown);
          case "conflict":
            return fault("changed", `${shown} was changed by somebody else meanwhile; it was left as it is.`);
        }
      })();
      if (!written.ok) return written;
      const { byteLength } = written.value;
      // a character more than is shown, so that the last one is never half
      const beginning = Buffer.from(written.value.subarray(0, FILE_EXCERPT_BYTES + 4)).toString();
      const excerpt = beginningOf(beginning, FILE_EXCERPT_BYTES);
      const { name } = entry;
      const mediaType = mediaTypeOf(name);
      return ok({ grantId: grant.id, path, name, mediaType, byteLength, sha256: plan.post, excerpt });
    });
  });

const bytesNow = (entry: Entry, shown: string): Promise<Outcome<Uint8Array>> =>
  withFile(entry, shown, ({ handle }) => attempt(shown, () => readWhole(handle)));

export const checkWrite = async (
  plan: WritePlan,
  place: Place,
  context: ToolContext,
  ports: EffectPorts,
): Promise<MoveState> => {
  const record = ports.undo.find(changeOf(plan, place, context, ports));
  const state = await inGrant(place.grant, (root) => writeState(plan, root, place, record));
  return state.ok ? state.value : "conflict";
};

const changeOf = (
  plan: WritePlan,
  { grant, path }: Place,
  context: ToolContext,
  { now }: EffectPorts,
): Change => ({
  runId: context.runId,
  stepId: context.stepId,
  grantId: grant.id,
  kind: plan.kind,
  path,
  isFolder: false,
  pre: plan.pre,
  post: plan.post,
  mode: plan.mode,
  modifiedMs: plan.modifiedMs,
  at: now(),
});

const writeState = async (
  { pre, post }: WritePlan,
  root: Folder,
  { parts, shown }: Place,
  record: ChangeRecord | undefined,
): Promise<Outcome<MoveState>> => {
  const there = await lookBelow(root, parts, shown);
  if (!there.ok) return there;
  if (there.value === undefined) return ok(pre === null ? "todo" : "conflict");
  return atEntry(root, parts, shown, (entry) =>
    withFile(entry, shown, async ({ handle }) => {
      const hash = await attempt(shown, () => hashFile(handle));
      if (!hash.ok) return hash;
      if (hash.value !== post) return ok(hash.value === pre ? "todo" : "conflict");
      const left = record === undefined ? ok(undefined) : look(temporaryOf(entry, record), shown);
      if (!left.ok) return left;
      return ok(left.value === undefined ? "done" : "half");
    }),
  );
};

const temporaryOf = ({ folder }: Entry, { id }: ChangeRecord): Entry => ({
  folder,
  name: asideName(id, "new"),
});

const clear = (entry: Entry, record: ChangeRecord | undefined, shown: string): Outcome<void> =>
  attemptNow(shown, () => {
    if (record !== undefined) removeOwn(temporaryOf(entry, record));
  });

/** The bytes that were written. */
const replace = async (
  entry: Entry,
  change: Change,
  shown: string,
  bytesOf: BytesOf,
  { undo, failpoint }: EffectPorts,
): Promise<Outcome<Uint8Array>> => {
  const changed = fault("changed", `${shown} was changed by somebody else meanwhile; it was left as it is.`);
  const planned = async (file?: OpenFile): Promise<Outcome<Uint8Array>> => {
    const bytes = await bytesOf(file);
    return bytes.ok && hashBytes(bytes.value) !== change.post ? changed : bytes;
  };
  let before: string | undefined;
  // Three fsyncs that need not wait for each other: of the kept bytes, of the record, of the new bytes.
  let kept: Promise<Outcome<void>> = Promise.resolve(ok(undefined));
  const bytes =
    change.pre === null
      ? await planned()
      : await withFile(entry, shown, async (file) => {
          if (file.facts.links > 1) return refuseHardLink(shown);
          before = file.facts.identity;
          const after = await planned(file);
          if (!after.ok) return after;
          const copy = await undo.keepBytes(file.handle, shown);
          if (!copy.ok) return copy;
          kept = copy.value.safe;
          return copy.value.sha256 === change.pre ? after : changed;
        });
  if (!bytes.ok) {
    await kept;
    return bytes;
  }
  const recorded = undo.record(change);
  if (!recorded.ok) {
    await kept;
    return recorded;
  }
  failpoint?.("recorded");
  const temporary = temporaryOf(entry, recorded.value);
  const write = (): Promise<void> =>
    writeTemporary(temporary, { chunks: [bytes.value], mode: change.mode ?? undefined });
  const [safe, written] = await Promise.all([kept, attempt(shown, write)]);
  if (!written.ok) return written;
  if (!safe.ok) {
    const cleared = clear(entry, recorded.value, shown);
    return cleared.ok ? safe : cleared;
  }
  failpoint?.("written");
  const now = look(entry, shown);
  const isAsBefore = now.ok && now.value?.identity === before;
  const placed = await attempt(shown, async () => {
    if (!isAsBefore) return removeOwn(temporary);
    if (change.pre === null) placeNew(temporary, entry, false, failpoint);
    else renameSync(pathOf(temporary), pathOf(entry));
    failpoint?.("done");
    await entry.folder.sync();
  });
  if (!placed.ok) {
    clear(entry, recorded.value, shown);
    return placed;
  }
  return isAsBefore ? bytes : changed;
};

/** Packs files and folders of a granted folder into a new zip archive. Links and special files are left out. */
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import * as z from "zod/mini";
import { MAX_ACTION_ITEMS } from "@deskhand/doc-schema/document";
import { ok } from "@deskhand/doc-schema/wire";
import { scopePath, type Place } from "../policy/path-scope.ts";
import {
  checkAll,
  defineTool,
  eachOk,
  FOLDER,
  PATH,
  PLACE_PLAN,
  plural,
  protection,
  scopeAgain,
  type EffectPorts,
} from "./define-tool.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import { hashFile, withFile } from "./file-facts.ts";
import type { Folder } from "./folder-handle.ts";
import { makeNewFiles, mustBeNew, newFileStates, type NewFilePlan } from "./new-files.ts";
import { overlapOf } from "./overlap.ts";
import { atEntry, inGrant } from "./place.ts";
import { openOut, withSource, type Source } from "./sources.ts";
import type { Tool, ToolContext } from "./tool.ts";

/** The archive itself is one of the action's items. */
const MOST_PACKED = MAX_ACTION_ITEMS - 1;
/** Bytes before packing. */
const MOST_BYTES = 4 * 1024 ** 3;

const PACKED = z.object({
  from: z.string(),
  /** In the archive. */
  name: z.string(),
  isFolder: z.boolean(),
  identity: z.string(),
  mode: z.number(),
  modifiedMs: z.number(),
});
type Packed = z.infer<typeof PACKED>;

const PLAN = z.object({ ...PLACE_PLAN, packed: z.array(PACKED), leftOut: z.number() });
type Plan = z.infer<typeof PLAN>;

export const createZipFiles = (ports: EffectPorts): Tool =>
  defineTool({
    name: "zip_files",
    description:
      "Packs files and folders of a granted folder into a new zip archive there. Nothing is replaced; the files stay.",
    effect: "create",
    input: z.strictObject({
      folder: FOLDER,
      paths: z.array(PATH).check(z.minLength(1), z.maxLength(MOST_PACKED)),
      to: z.string().check(z.describe("Path of the archive, such as Invoices-2026.zip.")),
    }),
    plan: PLAN,
    prepare: async ({ folder, paths, to }, { grants, signal }) => {
      const target = scopePath(grants, folder, to, "write");
      const places = eachOk(paths, (path) => scopePath(grants, folder, path, "read"));
      if (!target.ok) return target;
      if (!places.ok) return places;
      const { grant, shown } = target.value;
      const overlap = overlapOf(
        places.value.filter(({ parts }) => parts.length > 0),
        [target.value],
      );
      if (overlap !== undefined) return fault("bad-input", overlap);
      return inGrant(grant, async (root) => {
        const isNew = await mustBeNew(root, target.value);
        if (!isNew.ok) return isNew;
        const found: Source[] = [];
        let leftOut = 0;
        for (const place of places.value) {
          const sources = await openOut(root, place, signal);
          if (!sources.ok) return sources;
          found.push(...sources.value.found.filter(({ place: { parts } }) => parts.length > 0));
          leftOut += sources.value.leftOut;
        }
        const byteLength = found.reduce((sum, one) => sum + (one.isFolder ? 0 : one.byteLength), 0);
        if (found.length === 0) return fault("bad-input", "There is nothing to pack.");
        if (found.length > MOST_PACKED || byteLength > MOST_BYTES)
          return fault("too-large", `More than ${MOST_PACKED} files or 4 GB cannot be packed at once.`);
        const base = commonFolder(places.value);
        const packed = found.map(({ place, isFolder, identity, mode, modifiedMs }) => {
          const name = place.parts.slice(base).join("/");
          return { from: place.path, name, isFolder, identity, mode, modifiedMs };
        });
        const names = { grantId: grant.id, folder: grant.name };
        const items = found.map((source) => ({
          path: source.place.path,
          preimage: source.identity,
          ...(source.isFolder ? { isFolder: true } : { byteLength: source.byteLength }),
          ...protection(source.place),
        }));
        const archive = { path: target.value.path, preimage: null, ...protection(target.value) };
        return ok({
          plan: { ...names, path: target.value.path, packed, leftOut },
          // the archive first: the card is named after it
          action: { v: 1, kind: "zip", tool: "zip_files", ...names, items: [archive, ...items] },
          step: { kind: "zip", object: shown, count: found.length },
        });
      });
    },
    run: (plan, context) =>
      withPlan(plan, context, async (root, file) => {
        const made = await makeNewFiles(root, [file], "packed", context, ports);
        if (!made.ok) return made;
        const { shown, path, parts, grant } = file.place;
        const facts = await atEntry(root, parts, shown, (entry) =>
          withFile(entry, shown, ({ handle, facts: { byteLength } }) =>
            attempt(shown, async () => ({ byteLength, sha256: await hashFile(handle) })),
          ),
        );
        if (!facts.ok) return facts;
        const leftOut =
          plan.leftOut === 0
            ? ""
            : ` ${plural(plan.leftOut, "link or special file", "links or special files")} left out.`;
        return ok({
          content: `Packed ${plural(plan.packed.length, "item")} into ${shown} (${facts.value.byteLength} bytes).${leftOut}`,
          step: { kind: "zip", object: shown, count: plan.packed.length },
          files: [
            {
              ...facts.value,
              grantId: grant.id,
              path,
              name: parts.at(-1) ?? "",
              mediaType: "application/zip",
            },
          ],
        });
      }),
    check: async (plan, context) => {
      const states = await withPlan(plan, context, (root, file) =>
        newFileStates(root, [file], context, ports),
      );
      return states.ok ? checkAll(states.value) : "conflict";
    },
  });

/** How many parts all of these share above their last one: names in the archive begin there. */
const commonFolder = (places: readonly Place[]): number => {
  const [first, ...others] = places.map(({ parts }) => parts.slice(0, -1));
  if (first === undefined) return 0;
  const differs = first.findIndex((part, at) => others.some((parts) => parts[at] !== part));
  return differs < 0 ? first.length : differs;
};

const withPlan = async <T>(
  plan: Plan,
  context: ToolContext,
  work: (root: Folder, file: NewFilePlan) => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const place = scopeAgain(plan, plan.path, context);
  if (!place.ok) return place;
  const sources = eachOk(plan.packed, (packed) => {
    const from = scopeAgain(plan, packed.from, context);
    return from.ok ? ok({ packed, from: from.value }) : from;
  });
  if (!sources.ok) return sources;
  return inGrant(place.value.grant, (root) =>
    work(root, {
      place: place.value,
      isFolder: false,
      mode: null,
      modifiedMs: null,
      withBytes: async (use) => {
        const stream = pack(root, sources.value, context);
        try {
          return await use(stream);
        } finally {
          stream.destroy();
        }
      },
    }),
  );
};

/** The same files give the same bytes: names, times and modes come from the plan. */
const pack = (
  root: Folder,
  sources: readonly { readonly packed: Packed; readonly from: Place }[],
  { progress }: ToolContext,
): Readable => {
  const zip = new ZipFile();
  const output = new PassThrough();
  const fail = (error: Error): void => void output.destroy(error);
  zip.on("error", fail);
  output.on("error", () => undefined); // whoever reads is told; nobody may be reading yet, or any more
  zip.outputStream.pipe(output);
  for (const [at, { packed, from }] of sources.entries()) {
    const facts = { mtime: new Date(packed.modifiedMs), mode: packed.mode };
    if (packed.isFolder) zip.addEmptyDirectory(packed.name, { ...facts, mode: packed.mode | 0o040000 });
    else
      zip.addReadStreamLazy(packed.name, { ...facts, mode: packed.mode | 0o100000 }, (give) => {
        progress(at + 1, sources.length, from.shown);
        give(null, bytesOf(root, from, packed.identity).on("error", fail));
      });
  }
  zip.end();
  return output;
};

/** A stream that fails with ESTALE when the file is no longer the one that was planned. */
const bytesOf = (root: Folder, from: Place, identity: string): Readable => {
  const stream = new PassThrough();
  const read = async (): Promise<void> => {
    try {
      const done = await withSource(root, from, identity, async (bytes) =>
        ok(await pipeline(Readable.from(copied(bytes)), stream)),
      );
      if (!done.ok) stream.destroy(Object.assign(new Error(done.error.text), { code: "ESTALE" }));
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  void read();
  return stream;
};

/** Chunks of a file are only valid until the next one; a stream holds several. */
async function* copied(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) yield Buffer.from(chunk);
}

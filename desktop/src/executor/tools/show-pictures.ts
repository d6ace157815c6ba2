/**
 * Shows the person pictures on their devices: a small preview each in the run's files, the picture itself when they ask
 * for it. The model is told which ones are shown and nothing of what is in them.
 */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopeContents, visible, type Place } from "../policy/path-scope.ts";
import { defineTool, eachOk, FOLDER, PATH, plural } from "./define-tool.ts";
import { attempt, fault, type Outcome } from "./fault.ts";
import { hashFile, withFile } from "./file-facts.ts";
import type { Folder } from "./folder-handle.ts";
import { pictureTypeOf } from "./media-types.ts";
import { atEntry, inGrant } from "./place.ts";
import {
  createPreviewer,
  type DrawPreview,
  type NoPreview,
  type PreviewLimits,
} from "./previews/previewer.ts";
import type { ProducedFile, Tool } from "./tool.ts";

const INPUT = z.strictObject({
  folder: FOLDER,
  paths: z.array(PATH).check(z.minLength(1), z.maxLength(12)),
});

export const createShowPictures = (limits?: PreviewLimits): Tool => {
  const drawPreview = createPreviewer(limits);
  return defineTool({
    name: "show_pictures",
    description:
      "Shows the person up to 12 pictures of a granted folder on their phone: a small preview each (JPEG, PNG, WebP), " +
      "and the picture itself when they ask for it. Use it when they want to see pictures, also such as a command made.",
    effect: "read",
    input: INPUT,
    plan: INPUT,
    prepare: async (input, { grants }) => {
      const places = eachOk(input.paths, (path) => scopeContents(grants, input.folder, path));
      if (!places.ok) return places;
      return ok({ plan: input, step: { kind: "show", object: input.folder, count: input.paths.length } });
    },
    run: async ({ folder, paths }, { grants, signal, progress }) => {
      const places = eachOk([...new Set(paths)], (path) => scopeContents(grants, folder, path));
      if (!places.ok) return places;
      const [first] = places.value;
      if (first === undefined) return fault("bad-input", "There are no pictures to show.");
      return inGrant(first.grant, async (root) => {
        const lines: string[] = [];
        const files: ProducedFile[] = [];
        for (const place of places.value) {
          const shown = await show(root, place, drawPreview, signal);
          if (signal.aborted) return fault("stopped", "Showing pictures was stopped.");
          if (shown.ok) files.push(shown.value.file);
          const words = shown.ok ? shown.value.words : shown.error.text;
          lines.push(`${place.path.split("/").map(visible).join("/")}\t${words}`);
          progress(lines.length, places.value.length, place.shown);
        }
        if (files.length === 0) return fault("not-text", `No picture can be shown.\n${lines.join("\n")}`);
        return ok({
          content: [`${plural(files.length, "picture")} shown to the person`, ...lines].join("\n"),
          step: { kind: "show", object: folder, count: files.length },
          files,
        });
      });
    },
  });
};

/** One picture, and what the model is told of it. */
const show = (
  root: Folder,
  { grant, parts, shown, path }: Place,
  drawPreview: DrawPreview,
  signal: AbortSignal,
): Promise<Outcome<{ readonly file: ProducedFile; readonly words: string }>> =>
  atEntry(root, parts, shown, (entry) =>
    withFile(entry, shown, async ({ handle, facts: { byteLength } }) => {
      const looked = await attempt(shown, async () => {
        const head = new Uint8Array(HEAD_BYTES);
        await handle.read(head, 0, HEAD_BYTES, 0);
        return { mediaType: pictureTypeOf(head), sha256: await hashFile(handle, signal) };
      });
      if (!looked.ok) return looked;
      const { mediaType, sha256 } = looked.value;
      if (mediaType === undefined) return fault("not-text", `${shown} is no picture that is known.`);
      const drawn = await attempt(shown, () => drawPreview(handle, byteLength, signal));
      if (!drawn.ok) return drawn;
      const file = { grantId: grant.id, path, name: entry.name, mediaType, byteLength, sha256 };
      return drawn.value.ok
        ? ok({ file: { ...file, isShown: true, preview: drawn.value.value }, words: "shown with a preview" })
        : ok({ file: { ...file, isShown: true }, words: WITHOUT[drawn.value.error.type] });
    }),
  );

/** As many as tell a kind of picture. */
const HEAD_BYTES = 16;

const WITHOUT: Readonly<Record<NoPreview["type"], string>> = {
  unknown: "shown without a preview: this kind has none",
  giant: "shown without a preview: it has more than 100 million pixels",
  damaged: "shown without a preview: it is damaged",
  swollen: "shown without a preview: drawing it takes too much memory",
  "timed-out": "shown without a preview: drawing it takes too long",
  "too-large": "shown without a preview: its file is too large",
  stopped: "not shown",
};

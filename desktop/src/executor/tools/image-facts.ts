/**
 * Size, format and camera's date of pictures, read from their heads alone: no picture is ever decoded.
 * Dates are as the camera wrote them, in its own time zone.
 */
import exifr from "exifr";
import { imageSize } from "image-size";
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopeContents, visible } from "../policy/path-scope.ts";
import { defineTool, eachOk, FOLDER, PATH } from "./define-tool.ts";
import { attempt, fault } from "./fault.ts";
import { withFile } from "./file-facts.ts";
import { atEntry, inGrant } from "./place.ts";
import { linesThatFit } from "./text.ts";

/** Where cameras put what is asked for; a preview picture may come before the size. */
const HEAD_BYTES = 512 * 1024;

const INPUT = z.strictObject({
  folder: FOLDER,
  paths: z.array(PATH).check(z.minLength(1), z.maxLength(500)),
});

export const imageFacts = defineTool({
  name: "image_facts",
  description:
    "Facts of up to 500 pictures: a line each: path, format, width×height, when it was taken (camera's time) and " +
    "EXIF orientation (1 = upright), separated by tabs; “-” where it is not known.",
  effect: "read",
  input: INPUT,
  plan: INPUT,
  prepare: async (input, { grants }) => {
    const places = eachOk(input.paths, (path) => scopeContents(grants, input.folder, path));
    if (!places.ok) return places;
    return ok({ plan: input, step: { kind: "image", object: input.folder, count: input.paths.length } });
  },
  run: async ({ folder, paths }, { grants, signal, progress }) => {
    const places = eachOk(paths, (path) => scopeContents(grants, folder, path));
    if (!places.ok) return places;
    const [first] = places.value;
    if (first === undefined) return fault("bad-input", "There are no pictures to look at.");
    return inGrant(first.grant, async (root) => {
      const lines: string[] = [];
      for (const { parts, shown, path } of places.value) {
        if (signal.aborted) return fault("stopped", "Looking at the pictures was stopped.");
        const head = await atEntry(root, parts, shown, (entry) =>
          withFile(entry, shown, ({ handle }) =>
            attempt(shown, async () => {
              const bytes = new Uint8Array(HEAD_BYTES);
              const { bytesRead } = await handle.read(bytes, 0, HEAD_BYTES, 0);
              return bytes.subarray(0, bytesRead);
            }),
          ),
        );
        const name = path.split("/").map(visible).join("/");
        lines.push(
          head.ok ? [name, ...(await factsOf(head.value))].join("\t") : `${name}\t${head.error.text}`,
        );
        progress(lines.length, paths.length, shown);
      }
      const fitting = linesThatFit(lines);
      const cut = fitting.length < lines.length ? [`Only the first ${fitting.length} are shown.`] : [];
      return ok({
        content: [...fitting, ...cut].join("\n"),
        step: { kind: "image", object: folder, count: lines.length },
      });
    });
  },
});

/** Format, size, date, orientation; the libraries throw on what they do not know. */
const factsOf = async (head: Uint8Array): Promise<readonly (string | number)[]> => {
  const size = sizeOf(head);
  if (size === undefined) return ["no picture that is known", "-", "-", "-"];
  const exif = await exifOf(head);
  const [date, orientation] = [exif["DateTimeOriginal"] ?? exif["CreateDate"], exif["Orientation"]];
  return [
    size.type ?? "-",
    `${size.width}×${size.height}`,
    typeof date === "string" ? cameraTime(date) : "-",
    typeof orientation === "number" ? orientation : "-",
  ];
};

const sizeOf = (head: Uint8Array): ReturnType<typeof imageSize> | undefined => {
  try {
    const size = imageSize(head);
    return size.width > 0 && size.height > 0 ? size : undefined;
  } catch {
    return undefined; // its word for an unknown format or a head that is cut
  }
};

const exifOf = async (head: Uint8Array): Promise<Readonly<Record<string, unknown>>> => {
  try {
    const options = { pick: ["DateTimeOriginal", "CreateDate", "Orientation"], reviveValues: false };
    const found: unknown = await exifr.parse(head, { ...options, translateValues: false });
    return found !== null && typeof found === "object" ? { ...found } : {};
  } catch {
    return {}; // its word for a format without EXIF
  }
};

/** "2026:11:21 04:42:27" → "2026-11-21T04:42:27"; anything else is no date. */
const cameraTime = (text: string): string => {
  const [, year, month, day, time] = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(text) ?? [];
  return time === undefined || year === "0000" ? "-" : `${year}-${month}-${day}T${time}`;
};

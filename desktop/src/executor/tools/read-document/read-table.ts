/**
 * Reads rows of a sheet or a CSV.
 * The answer is JSON by lines: first what there is ({"sheet","sheets","rows","from","delimiter","isCut"}), then an array
 * a row, then, when rows are left, {"next": offset}.
 */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopeContents, visible } from "../../policy/path-scope.ts";
import { defineTool, FOLDER, PATH } from "../define-tool.ts";
import { fault } from "../fault.ts";
import { linesThatFit } from "../text.ts";
import type { Tool } from "../tool.ts";
import type { OpenDocument } from "./open-document.ts";

const INPUT = z.strictObject({
  folder: FOLDER,
  path: PATH,
  sheet: z.optional(z.string().check(z.describe("Name of the sheet; default the first."))),
  offset: z.optional(z.int().check(z.minimum(1), z.describe("First row to read, from 1."))),
  limit: z.optional(z.int().check(z.minimum(1), z.describe("Number of rows."))),
});

/** Room for the first and the last line, which names of many sheets can make long. */
const ROOM = 8 * 1024;
const MOST_NAMES = 100;

export const createReadTable = (openDocument: OpenDocument): Tool =>
  defineTool({
    name: "read_table",
    description:
      "Reads rows of a spreadsheet (.xlsx) or CSV of a granted folder as JSON lines: first an object that says which " +
      'sheet, which sheets there are and how many rows, then an array a row; when rows are left, {"next": offset}. ' +
      "Cells are numbers, texts, true or false, null when empty; dates are texts like 2026-07-01. Cells of a CSV are " +
      "texts as they stand there. Formulas give the value that was saved.",
    effect: "read",
    input: INPUT,
    plan: INPUT,
    prepare: async (input, { grants }) => {
      const place = scopeContents(grants, input.folder, input.path);
      if (!place.ok) return place;
      return ok({ plan: input, step: { kind: "read", object: place.value.shown } });
    },
    run: async ({ folder, path, sheet: wanted, offset = 1, limit = Infinity }, { grants, signal }) => {
      const place = scopeContents(grants, folder, path);
      if (!place.ok) return place;
      const { shown } = place.value;
      const document = await openDocument(place.value, "sheets", signal);
      if (!document.ok) return document;
      if (document.value.type !== "sheets")
        return fault("not-text", `${shown} is no spreadsheet and no CSV.`);
      const { sheets } = document.value;
      const names = sheets.slice(0, MOST_NAMES).map(({ name }) => visible(name).slice(0, 64));
      const sheet = wanted === undefined ? sheets[0] : sheets.find(({ name }) => name === wanted);
      if (sheet === undefined)
        return fault(
          "not-found",
          `${shown} has no sheet “${visible(wanted ?? "")}”. It has: ${names.join(", ")}.`,
        );
      const { name, rows, isCut, delimiter } = sheet;
      const asked = rows.slice(offset - 1, offset - 1 + limit).map((row) => JSON.stringify(row));
      const fitting = linesThatFit(asked, ROOM);
      if (asked.length > 0 && fitting.length === 0)
        return fault("too-large", `Row ${offset} of ${shown} is longer than one answer.`);
      const next = offset + fitting.length;
      const head = JSON.stringify({
        sheet: name,
        sheets: names,
        rows: rows.length,
        from: offset,
        ...(delimiter === undefined ? {} : { delimiter }),
        ...(isCut ? { isCut } : {}),
      });
      const more = next <= rows.length && fitting.length > 0 ? [JSON.stringify({ next })] : [];
      return ok({
        content: [head, ...fitting, ...more].join("\n"),
        step: { kind: "read", object: shown, count: fitting.length },
      });
    },
  });

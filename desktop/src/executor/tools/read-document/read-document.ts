/** Reads a document of any kind as text: Word, Excel, PDF, CSV, Markdown, plain text. */
import * as z from "zod/mini";
import { ok } from "@deskhand/doc-schema/wire";
import { scopeContents } from "../../policy/path-scope.ts";
import { defineTool, FOLDER, PATH } from "../define-tool.ts";
import { fault } from "../fault.ts";
import { pageOf } from "../read-text.ts";
import type { Tool } from "../tool.ts";
import type { OpenDocument } from "./open-document.ts";

const INPUT = z.strictObject({
  folder: FOLDER,
  path: PATH,
  offset: z.optional(z.int().check(z.minimum(1), z.describe("First line to read, from 1."))),
  limit: z.optional(z.int().check(z.minimum(1), z.describe("Number of lines."))),
});

export const createReadDocument = (openDocument: OpenDocument): Tool =>
  defineTool({
    name: "read_document",
    description:
      "Reads a document of a granted folder as Markdown or text: Word (.docx), Excel (.xlsx), PDF, CSV, plain text. At " +
      "most 64 KB a call, longer ones in pieces by line. Macros, pictures and links to elsewhere are passed over.",
    effect: "read",
    input: INPUT,
    plan: INPUT,
    prepare: async (input, { grants }) => {
      const place = scopeContents(grants, input.folder, input.path);
      if (!place.ok) return place;
      return ok({ plan: input, step: { kind: "read", object: place.value.shown } });
    },
    run: async ({ folder, path, offset = 1, limit = Infinity }, { grants, signal }) => {
      const place = scopeContents(grants, folder, path);
      if (!place.ok) return place;
      const document = await openDocument(place.value, "text", signal);
      if (!document.ok) return document;
      if (document.value.type !== "text") return fault("failed", `${place.value.shown} was read as a table.`);
      const { text, isCut } = document.value;
      const cut = isCut ? "\n[The document goes on; more of it is not read.]" : "";
      return ok({
        content: pageOf(text, offset, limit) + cut,
        step: { kind: "read", object: place.value.shown },
      });
    },
  });

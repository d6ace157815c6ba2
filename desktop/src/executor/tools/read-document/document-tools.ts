/** The tools that read documents; they share what was read, so that the next page costs nothing. */
import type { Tool } from "../tool.ts";
import { createOpenDocument, type DocumentLimits } from "./open-document.ts";
import { createReadDocument } from "./read-document.ts";
import { createReadTable } from "./read-table.ts";

export const createDocumentTools = (limits?: DocumentLimits): readonly Tool[] => {
  const openDocument = createOpenDocument(limits);
  return [createReadDocument(openDocument), createReadTable(openDocument)];
};

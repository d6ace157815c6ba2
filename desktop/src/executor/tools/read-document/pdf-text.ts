/** The text of a PDF, page by page. Nothing is drawn, no script of it runs, no font or file is fetched. */
import { getDocumentProxy } from "unpdf";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { MOST_CHARACTERS, MOST_PAGES, type Extraction, type ExtractProblem } from "./extraction.ts";

export const pdfText = async (bytes: Uint8Array): Promise<Result<Extraction, ExtractProblem>> => {
  const opened = await open(bytes);
  if (opened === undefined) return err({ type: "encrypted" });
  const pages: string[] = [];
  let length = 0;
  const wanted = Math.min(opened.numPages, MOST_PAGES);
  for (let n = 1; n <= wanted && length <= MOST_CHARACTERS; n++) {
    const page = await opened.getPage(n);
    const { items } = await page.getTextContent();
    const text = items
      .map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : ""))
      .join("")
      .trim();
    pages.push(text);
    length += text.length;
    page.cleanup();
  }
  if (length === 0) return err({ type: "no-text" });
  const many = opened.numPages > 1;
  const text = pages.map((page, at) => (many ? `[Page ${at + 1}]\n${page}` : page)).join("\n\n");
  return ok({ type: "text", text, isCut: pages.length < opened.numPages });
};

/** undefined: it wants a password. */
const open = async (bytes: Uint8Array): Promise<Awaited<ReturnType<typeof getDocumentProxy>> | undefined> => {
  try {
    return await getDocumentProxy(bytes, {
      disableFontFace: true,
      useSystemFonts: false,
      useWorkerFetch: false,
      enableXfa: false,
      verbosity: 0,
    });
  } catch (error) {
    if (error instanceof Error && error.name === "PasswordException") return undefined;
    throw error;
  }
};

/** A Word document as Markdown: mammoth's HTML by turndown, with its tables; pictures are left out. */
import mammoth from "mammoth";
import TurndownService from "turndown";
import type { Extraction } from "./extraction.ts";
import { MOST_CHARACTERS } from "./extraction.ts";
import type { OfficePackage } from "./office-package.ts";

export const docxText = async ({ bytes }: OfficePackage): Promise<Extraction> => {
  const html = await mammoth.convertToHtml(
    { buffer: bytes },
    {
      convertImage: mammoth.images.imgElement(() => Promise.resolve({ src: "" })),
      externalFileAccess: false,
    },
  );
  const text = createTurndown()
    .turndown(html.value)
    .replaceAll(/\n{3,}/g, "\n\n");
  return { type: "text", text: text.slice(0, MOST_CHARACTERS), isCut: text.length > MOST_CHARACTERS };
};

const createTurndown = (): TurndownService => {
  const turndown = new TurndownService({
    headingStyle: "atx",
    bulletListMarker: "-",
    codeBlockStyle: "fenced",
  });
  turndown.remove(["img" as const]);
  turndown.addRule("link", { filter: "a", replacement: (content) => content });
  turndown.addRule("cell", {
    filter: ["td", "th"],
    replacement: (content) =>
      ` ${content
        .trim()
        .replaceAll(/\s*\n+\s*/g, " ")
        .replaceAll("|", String.raw`\|`)} |`,
  });
  turndown.addRule("row", {
    filter: "tr",
    replacement: (content, node) => {
      const isFirst = node.parentNode?.firstChild === node && !/^tbody$/i.test(before(node));
      const cells = content.match(/(?<!\\)\|/g)?.length ?? 0;
      return `|${content}\n${isFirst ? `|${" --- |".repeat(cells)}\n` : ""}`;
    },
  });
  turndown.addRule("rows", { filter: ["thead", "tbody"], replacement: (content) => content });
  turndown.addRule("table", { filter: "table", replacement: (content) => `\n\n${content}\n` });
  return turndown;
};

/** The name of what stands before a row's section: a body after a head has no head of its own. */
const before = (row: Node): string =>
  row.parentNode?.nodeName === "TBODY"
    ? row.parentNode.previousSibling?.nodeName === "THEAD"
      ? "tbody"
      : ""
    : "";

/**
 * A page as text. HTML becomes Markdown by turndown over a tree without scripts: nothing in a page ever runs.
 * Pictures become their words alone: an address of a picture in a reply would be one more way out (T46).
 */
import TurndownService from "turndown";
import { ok } from "@deskhand/doc-schema/wire";
import { fault, type Outcome } from "../tools/fault.ts";
import type { Page } from "./get-page.ts";
import { pruneHtml } from "./prune-html.ts";

export const pageText = ({ bytes, contentType, url: { host, href } }: Page): Outcome<string> => {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const isHtml = type === "text/html" || type === "application/xhtml+xml";
  if (!isHtml && !isText(type))
    return fault("not-text", `${host} sent no text (${type === "" ? "of no type" : type.slice(0, 60)}).`);
  const text = decode(bytes, contentType, isHtml);
  if (text.includes("\0")) return fault("not-text", `${host} sent no text, but bytes.`);
  if (!isHtml) return ok(text);
  return htmlToMarkdown(text, href) ?? fault("too-large", `The page of ${host} is too large to be read.`);
};

const TEXTS: ReadonlySet<string> = new Set(
  ["json", "xml", "ld+json", "rss+xml", "atom+xml", "yaml", "csv"].map((name) => `application/${name}`),
);
const isText = (type: string): boolean => type.startsWith("text/") || TEXTS.has(type);

/** A byte order mark first, then what the server says, then what the page says of itself, then UTF-8. */
const decode = (bytes: Uint8Array, contentType: string, isHtml: boolean): string => {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString("latin1");
  const label =
    markOf(bytes) ??
    /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1] ??
    (isHtml ? /<meta[^>]+charset\s*=\s*["']?([\w-]+)/i.exec(head)?.[1] : undefined);
  return decoderFor(label ?? "utf-8").decode(bytes);
};

const markOf = (bytes: Uint8Array): string | undefined => {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return first === 0xef && second === 0xbb && third === 0xbf ? "utf-8" : undefined;
};

const decoderFor = (label: string): TextDecoder => {
  try {
    return new TextDecoder(label);
  } catch (error) {
    if (error instanceof RangeError) return new TextDecoder(); // its word for a name that it does not know
    throw error;
  }
};

const htmlToMarkdown = (html: string, base: string): Outcome<string> | undefined => {
  const pruned = pruneHtml(html);
  if (pruned === undefined) return undefined;
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(html)?.[1]?.trim();
  try {
    const body = createTurndown(base).turndown(pruned);
    const text = body.replaceAll(/\n{3,}/g, "\n\n").trim();
    return ok(title === undefined || title === "" ? text : `${title}\n\n${text}`);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // nested beyond what a stack holds
    throw error;
  }
};

const createTurndown = (base: string): TurndownService => {
  const turndown = new TurndownService({
    headingStyle: "atx",
    codeBlockStyle: "fenced",
    bulletListMarker: "-",
  });
  turndown.remove(["title", "head"]);
  turndown.addRule("picture", {
    filter: "img",
    replacement: (_, node) => ("getAttribute" in node ? pictureWords(node.getAttribute("alt")) : ""),
  });
  turndown.addRule("link", {
    filter: "a",
    replacement: (content, node) => {
      const target = "getAttribute" in node ? linkTarget(node.getAttribute("href"), base) : undefined;
      const text = content.trim();
      return target === undefined || text === "" ? content : `[${text}](${target})`;
    },
  });
  return turndown;
};

const pictureWords = (alt: string | null): string =>
  alt === null || alt.trim() === "" ? "" : `(picture: ${alt.trim()})`;

/** Absolute, and only of the web. */
const linkTarget = (href: string | null, base: string): string | undefined => {
  if (href === null || href.startsWith("#") || !URL.canParse(href, base)) return undefined;
  const target = new URL(href, base);
  return /^https?:$/.test(target.protocol) ? target.href : undefined;
};

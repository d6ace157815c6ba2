/**
 * HTML without what is never read, bounded in what reading it costs.
 * One pass, linear in length: scripts, styles and the like are cut out by their names; the tags that are left may be
 * so many and nested so deep. Elements that nobody closes count as nested, so that no broken page gets below the
 * bound: parsers and converters take quadratic time on depth.
 */

/** In the one thread that everything else runs in, more take longer than a stop may. */
const MOST_TAGS = 20_000;
const DEEPEST = 256;

const NEVER_READ: ReadonlySet<string> = new Set([
  "script",
  "style",
  "noscript",
  "template",
  "iframe",
  "svg",
  "object",
]);
/** They hold nothing, or end where the next of their kind begins. */
const WITHOUT_DEPTH: ReadonlySet<string> = new Set(
  [
    "area, base, br, col, embed, hr, img, input, link, meta, source, track, wbr",
    "p, li, dt, dd, tr, td, th, thead, tbody, tfoot, option, html, head, body",
  ].flatMap((line) => line.split(", ")),
);

/** undefined: more than can be read. */
export const pruneHtml = (html: string): string | undefined => {
  const kept: string[] = [];
  const open = new Map<string, number>();
  let [from, tags, depth] = [0, 0, 0];
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at)) {
    if (html.startsWith("<!--", at)) {
      kept.push(html.slice(from, at));
      at = from = after(html, "-->", at);
      continue;
    }
    const { isEnd, name } = tagAt(html, at);
    if (name === "") {
      at++;
      continue;
    }
    if (++tags > MOST_TAGS) return undefined;
    if (!isEnd && NEVER_READ.has(name)) {
      kept.push(html.slice(from, at));
      at = from = after(html, ">", endTag(html, name, at));
      continue;
    }
    if (!WITHOUT_DEPTH.has(name)) {
      const count = open.get(name) ?? 0;
      if (!isEnd || count > 0) {
        open.set(name, count + (isEnd ? -1 : 1));
        depth += isEnd ? -1 : 1;
      }
      if (depth > DEEPEST) return undefined;
    }
    at++;
  }
  kept.push(html.slice(from));
  return kept.join("");
};

const TAG = /<(\/?)([a-z][a-z0-9]*)/iy;

const tagAt = (html: string, at: number): { readonly isEnd: boolean; readonly name: string } => {
  TAG.lastIndex = at;
  const [, slash = "", name = ""] = TAG.exec(html) ?? [];
  return { isEnd: slash === "/", name: name.toLowerCase() };
};

/** Where the end tag begins, or the end of the page. */
const endTag = (html: string, name: string, at: number): number => {
  const end = new RegExp(`</${name}(?=[\\s/>])`, "gi");
  end.lastIndex = at;
  return end.exec(html)?.index ?? html.length;
};

const after = (html: string, text: string, at: number): number => {
  const found = html.indexOf(text, at);
  return found < 0 ? html.length : found + text.length;
};

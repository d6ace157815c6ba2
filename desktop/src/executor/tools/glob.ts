/**
 * Glob patterns over relative paths: *, **, ?, [abc], [!abc], {a,b}. Case does not matter.
 * A pattern without "/" fits the name at any depth; one with "/" fits the whole path.
 * Lengths are bounded so that no pattern can make matching slow.
 */

const LONGEST = 200;
const MOST_STARS = 10;

/** undefined: the pattern is too long, too starry or unbalanced. */
export const globMatcher = (pattern: string): ((path: string) => boolean) | undefined => {
  const plain = pattern.replaceAll(/\*{3,}/g, "**").replace(/^\.?\//, "");
  if (plain === "" || plain.length > LONGEST || plain.split("*").length > MOST_STARS + 1) return undefined;
  const source = sourceOf(plain);
  if (source === undefined) return undefined;
  const expression = new RegExp(`^${source}$`, "iu");
  return plain.includes("/")
    ? (path) => expression.test(path)
    : (path) => expression.test(path.slice(path.lastIndexOf("/") + 1));
};

const TOKEN = /\*\*\/|\*\*|\*|\?|\[!?[^\]/]+\]|[{},]|[^]/gu;

const sourceOf = (pattern: string): string | undefined => {
  let depth = 0;
  let source = "";
  for (const [token] of pattern.matchAll(TOKEN)) {
    if (token === "{") depth++;
    if (token === "}" && depth-- === 0) return undefined;
    source += partOf(token, depth);
  }
  return depth === 0 ? source : undefined;
};

const partOf = (token: string, depth: number): string => {
  switch (token) {
    case "**/":
      return "(?:[^/]+/)*";
    case "**":
      return ".*";
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    case "{":
      return "(?:";
    case "}":
      return ")";
    case ",":
      return depth > 0 ? "|" : ",";
  }
  if (token.length > 1 && token.startsWith("[")) {
    const isNot = token[1] === "!";
    const members = token.slice(isNot ? 2 : 1, -1).replaceAll(/[\\\]^[&~|/]/g, String.raw`\$&`);
    return `[${isNot ? "^/" : ""}${members}]`;
  }
  return token.replaceAll(/[\\^$.|?*+()[\]{}/]/g, String.raw`\$&`);
};

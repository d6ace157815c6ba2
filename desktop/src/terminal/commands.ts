/** What a typed line means. While a phone waits, an empty line or a stray word never takes its code away. */
export type Command =
  | { readonly type: "digits"; readonly digits: string }
  | { readonly type: "search"; readonly query: string }
  | { readonly type: "new" | "no" | "stop" | "resume" | "quit" | "unknown" };

const WORDS: Readonly<Record<string, Exclude<Command["type"], "digits" | "search" | "unknown">>> = {
  new: "new",
  no: "no",
  n: "no",
  stop: "stop",
  resume: "resume",
  quit: "quit",
  exit: "quit",
};

/** @param isAsked a phone waits for its number */
export const parseCommand = (line: string, isAsked: boolean): Command => {
  const text = line.trim().toLowerCase();
  const digits = text.replace(/\s/g, "");
  if (/^\d{6}$/.test(digits)) return isAsked ? { type: "digits", digits } : { type: "unknown" };
  const query = /^\/?search\s+(.+)$/.exec(text)?.[1];
  if (query !== undefined) return { type: "search", query };
  if (text === "") return { type: isAsked ? "unknown" : "new" };
  return { type: Object.hasOwn(WORDS, text) ? (WORDS[text] ?? "unknown") : "unknown" };
};

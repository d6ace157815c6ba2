/**
 * Which folders the planner may use, read from the system prompt: it sees nothing that another model would not see.
 * The prompt (runner/system-prompt.ts) names one grant a line, the name bare or as a JSON string:
 *
 *     - Reports (read and write)
 *     - "Tax 2026" (read only)
 *
 * Lines of any other form are passed over.
 */

export interface GrantName {
  readonly name: string;
  readonly isWritable: boolean;
}

const FOLDER_LINE = /^\s*[-*]\s+(?<name>\S.*?)\s+\((?<mode>read only|read-only|read and write)\)\s*$/gim;

/** In the order of the prompt. */
export const foldersInPrompt = (system: string): readonly GrantName[] =>
  [...system.matchAll(FOLDER_LINE)].map(({ groups }) => ({
    name: unquoted(groups?.["name"] ?? ""),
    isWritable: /write/i.test(groups?.["mode"] ?? ""),
  }));

const unquoted = (text: string): string => {
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    // Not JSON after all: a name that happens to begin with a quotation mark.
    return text;
  }
};

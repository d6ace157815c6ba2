/** How sizes, long lists and texts are shown: short enough for a phone, and never without saying that there is more. */

/** "1.2 MB", by thousands as file managers count. `locale` is a valid tag. */
export const formatBytes = (bytes: number, locale: string): string => {
  const steps = ["B", "KB", "MB", "GB", "TB"];
  const step = bytes < 1 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value.toLocaleString(locale, { maximumFractionDigits: value < 10 && step > 0 ? 1 : 0 })} ${steps[step]}`;
};

/** The first `most`, then how many more; with "\n" as a Markdown list. */
export const listed = (items: readonly string[], more: string, most = 12, mark = ", "): string => {
  const rest = items.length - most;
  const shown = [...items.slice(0, most), ...(rest > 0 ? [`… ${rest} ${more}`] : [])];
  return mark === "\n" ? shown.map((item) => `- ${item}`).join("\n") : shown.join(mark);
};

const MOST_CHARACTERS = 4_000;

/** The beginning of a text as a code block that the text itself cannot end. */
export const quotedText = (text: string, more: string): string => {
  const shown = text.slice(0, MOST_CHARACTERS).trimEnd();
  const longest = (shown.match(/`+/g) ?? []).reduce((length, run) => Math.max(length, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${shown}\n${fence}${text.length > MOST_CHARACTERS ? `\n\n${more}` : ""}`;
};

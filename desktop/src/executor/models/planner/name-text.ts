/**
 * Names and cells that stand in the planner's Markdown. Whatever they hold, they are shown and never act: what could
 * mean something to Markdown becomes a code span, so that a file called "[pay](http://…)" is no link.
 */

const ACTIVE =
  /[`*~|<>[\]\\#&!@]|(?:^|[^\p{L}\p{N}])_|_(?:[^\p{L}\p{N}]|$)|https?:|www\.|^\s|\s$|\s{2}|^(?:[-+]|\d+[.)])\s/iu;

export const nameText = (name: string): string => {
  if (!ACTIVE.test(name)) return name;
  const text = name.replaceAll(/\s+/g, " ");
  const longest = (text.match(/`+/g) ?? []).reduce((length, run) => Math.max(length, run.length), 0);
  const fence = "`".repeat(longest + 1);
  const gap = /^[` ]|[` ]$/.test(text) ? " " : "";
  return `${fence}${gap}${text}${gap}${fence}`;
};

/** In a table a bar ends the cell, also within a code span. */
export const cellText = (cell: string): string => nameText(cell.trim()).replaceAll("|", String.raw`\|`);

/** A tool's sentence, which quotes names. */
export const plainSentence = (text: string): string =>
  ACTIVE.test(text) ? text.replaceAll(/[`*_~|<>[\]\\#&!@:]/g, String.raw`\$&`) : text;

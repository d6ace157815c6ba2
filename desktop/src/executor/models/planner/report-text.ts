/** A summary as Markdown or as plain text. Numbers are written in the person's language and lose no digit. */
import type { Group, Summary, Table } from "./sums.ts";
import { formatDecimal } from "./decimal.ts";
import { cellText } from "./name-text.ts";
import type { Scene } from "./plan.ts";

type Cells = readonly string[];
interface Section {
  readonly title: string;
  readonly head: Cells;
  readonly rows: readonly Cells[];
}

const sectionsOf = (summary: Summary, { say, locale }: Scene): readonly Section[] => {
  const cells = (group: Group, key: string): Cells => [
    key,
    ...group.sums.map((sum) => formatDecimal(sum, locale)),
    group.rows.toLocaleString(locale),
  ];
  const section = (title: string, name: string, groups: readonly Group[]): Section => ({
    title,
    head: [name, ...summary.columns, say.words.rows],
    rows: [
      ...groups.map((group) => cells(group, group.key || say.words.blank)),
      cells(summary.total, say.words.total),
    ],
  });
  const byGroup =
    summary.groupedBy === undefined
      ? []
      : [section(say.by(summary.groupedBy), summary.groupedBy, summary.groups)];
  const isManyTables = summary.tables.length > 1;
  const byFile = isManyTables ? [section(say.by(say.words.file), say.words.file, summary.tables)] : [];
  const plain = byGroup.length + byFile.length === 0 ? [section(say.words.total, "", [])] : [];
  return [...byGroup, ...byFile, ...plain];
};

const notes = ({ tables, total, leftOut }: Summary, { say }: Scene): string =>
  say.reportSource(
    tables.map(({ key }) => key),
    total.rows,
  ) + (leftOut > 0 ? ` ${say.totalsLeftOut(leftOut)}` : "");

/** Without a title only the tables, for an answer. */
export const markdownReport = (title: string, summary: Summary, scene: Scene): string => {
  const tables = sectionsOf(summary, scene).map(({ title: heading, head, rows }) => {
    const lines = [
      head.map(cellText),
      head.map((_, at) => (at === 0 ? "---" : "---:")),
      ...rows.slice(0, -1).map((cells) => cells.map(cellText)),
      (rows.at(-1) ?? []).map((cell) => `**${cellText(cell)}**`),
    ].map((cells) => `| ${cells.join(" | ")} |`);
    return title === "" ? lines.join("\n") : `## ${heading}\n\n${lines.join("\n")}`;
  });
  if (title === "") return tables.join("\n\n");
  return `${[`# ${title}`, notes(summary, scene), ...tables].join("\n\n")}\n`;
};

/** Rows that a report shows; all of them are in the sheet. */
const MOST_ROWS = 200;

export const markdownTable = ({ header, rows }: Table, more: (rest: number) => string): string => {
  const shown = rows.slice(0, MOST_ROWS).map((row) => header.map((_, at) => cellText(row[at] ?? "")));
  const lines = [header.map(cellText), header.map(() => "---"), ...shown];
  const rest = rows.length - shown.length;
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n") + (rest > 0 ? `\n\n${more(rest)}` : "");
};

export const textReport = (title: string, summary: Summary, scene: Scene): string => {
  const tables = sectionsOf(summary, scene).map(({ title: heading, head, rows }) => {
    const all = [head, ...rows];
    const widths = head.map((_, at) =>
      all.reduce((width, cells) => Math.max(width, widthOf(cells[at] ?? "")), 0),
    );
    const lines = all.map((cells) =>
      cells
        .map((cell, at) => padded(cell, widths[at] ?? 0, at > 0))
        .join("  ")
        .trimEnd(),
    );
    return [heading, "", ...lines].join("\n");
  });
  return `${[title, notes(summary, scene), ...tables].join("\n\n")}\n`;
};

/** Han characters are two columns wide in the fonts that such a text is read in. */
const widthOf = (text: string): number =>
  text.length + (text.match(/[\p{Script=Han}（）：，]/gu)?.length ?? 0);

const padded = (text: string, width: number, isRight: boolean): string => {
  const gap = " ".repeat(Math.max(0, width - widthOf(text)));
  return isRight ? gap + text : text + gap;
};

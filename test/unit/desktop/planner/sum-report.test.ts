/** Sums of CSV sheets: exact, by group and by file, in a file of their own. */
import { describe, expect, test } from "vitest";
import { summarise, type Summary } from "../../../../desktop/src/executor/models/planner/sums.ts";
import { formatDecimal } from "../../../../desktop/src/executor/models/planner/decimal.ts";
import { csvSheet } from "../../../../desktop/src/executor/tools/read-document/csv-sheet.ts";
import { diskOf, pathsIn, runRequest } from "./fake-tools.ts";

const summaryOf = (text: string, by?: (header: string) => boolean): Summary => {
  const { rows, delimiter } = csvSheet(text);
  const [header = [], ...body] = rows.map((row) => row.map(String));
  const usualMark = delimiter === ";" ? "," : ".";
  return summarise([{ name: "t.csv", sheet: "", header, rows: body, usualMark }], by);
};
const totals = (text: string, locale = "en"): Record<string, string> => {
  const { columns, total } = summaryOf(text);
  return Object.fromEntries(total.sums.map((sum, at) => [columns[at] ?? "", formatDecimal(sum, locale)]));
};

describe("exact sums", () => {
  test("0.1 and 0.2 are 0.3; the longest fraction is kept; large amounts lose nothing", () => {
    expect(totals("a,b\nx,0.1\ny,0.2")).toEqual({ b: "0.3" });
    expect(totals("a,b\nx,1.005\ny,2.1\nz,-0.105")).toEqual({ b: "3.000" });
    expect(totals("a,b\nx,9007199254740993.01\ny,9007199254740993.01")).toEqual({
      b: "18,014,398,509,481,986.02",
    });
  });
  test("signs of money, thousands, brackets, minus behind", () => {
    expect(totals('a,b\nx,"$1,234.50"\ny,"(34.50)"\nz,NT$100\nw,100-')).toEqual({ b: "1,200.00" });
  });
  test("semicolons and decimal commas, also with thousands points", () => {
    expect(totals("a;b;c\nx;1.234,50;1.000\ny;0,50;2.000")).toEqual({ b: "1,235.00", c: "3,000" });
    expect(totals('a,b\nx,"1,5"\ny,"2,25"')).toEqual({ b: "3.75" });
  });
  test("a byte order mark, quotes with delimiters and line ends inside, tabs, empty cells", () => {
    expect(totals('\uFEFF"n, am",b\n"x\ny",1\n"z ""q""",\n')).toEqual({ b: "1" });
    expect(totals("a\tb\nx\t1\ny\t2")).toEqual({ b: "3" });
  });
  test("numbers are written as the language does", () => {
    expect(totals("a,b\nx,1234.5", "de-DE")).toEqual({ b: "1.234,5" });
    expect(totals("a,b\nx,1234.5", "zh-Hant")).toEqual({ b: "1,234.5" });
  });
  test("years, ids and percentages are not summed, nor a column with a word in it", () => {
    expect(totals("year,order id,share,mixed,units\n2025,7,5 %,1,3\n2026,8,6 %,n/a,4")).toEqual({
      units: "7",
    });
  });
  test("rows of totals are left out and counted", () => {
    const summary = summaryOf("region,units\nNorth,1\nSouth,2\nTotal,3");
    expect(summary.total.sums[0]?.units).toBe(3n);
    expect(summary.leftOut).toBe(1);
  });
});

describe("groups", () => {
  const text = "id,product,region,units\n1,Card,North,1\n2,Pen,North,2\n3,Ink,South,4";
  test("by the first text column whose values repeat", () => {
    const { groupedBy, groups } = summaryOf(text);
    expect(groupedBy).toBe("region");
    expect(groups.map(({ key, rows, sums }) => [key, rows, sums[0]?.units])).toEqual([
      ["North", 2, 3n],
      ["South", 1, 4n],
    ]);
  });
  test("by the column that is named", () => {
    expect(summaryOf(text, (header) => header === "product").groups).toHaveLength(3);
  });
});

const reports = {
  "sales-08.csv": "region,product,units,revenue\nNorth,Poster,12,0.10\nSouth,Card,7,0.20\n",
  "sales-09.csv": 'region,product,units,revenue\nNorth,Card,"1,000",5.00\n',
  "stock.csv": "item,count\nCard,5\n",
};

describe("the report", () => {
  test("several sheets become one Markdown file beside them", async () => {
    const disk = diskOf({ Reports: reports });
    const { texts } = await runRequest("Sum up the sales sheets in Reports", disk);
    expect(texts[0]).toBe("I read 2 sheets with 3 rows. I'll write the sums to sales summary.md.");
    expect(disk.get("Reports")?.get("sales summary.md")?.text).toBe(
      [
        "# sales summary",
        "",
        "From 3 rows in sales-08.csv, sales-09.csv.",
        "",
        "## By region",
        "",
        "| region | units | revenue | rows |",
        "| --- | ---: | ---: | ---: |",
        "| North | 1,012 | 5.10 | 2 |",
        "| South | 7 | 0.20 | 1 |",
        "| **Total** | **1,019** | **5.30** | **3** |",
        "",
        "## By file",
        "",
        "| file | units | revenue | rows |",
        "| --- | ---: | ---: | ---: |",
        "| sales-08.csv | 19 | 0.30 | 2 |",
        "| sales-09.csv | 1,000 | 5.00 | 1 |",
        "| **Total** | **1,019** | **5.30** | **3** |",
        "",
      ].join("\n"),
    );
    expect(texts[1]).toContain("The report is in Reports/sales summary.md.");
    expect(texts[1]).toContain("| South | 7 | 0.20 | 1 |");
  });
  test("in Chinese, by a column named in Chinese; a second report does not replace the first", async () => {
    const disk = diskOf({ Reports: reports });
    const ask = "把 Reports 裡的銷售表按產品做成摘要";
    await runRequest(ask, disk, { locale: "zh-Hant" });
    const { answer } = await runRequest(ask, disk, { locale: "zh-Hant" });
    expect(answer).toContain("完成：已加總 2 份表格的 3 列。報告在 Reports/sales summary (2).md。");
    expect(answer).toContain("| Card | 1,007 | 5.20 | 2 |");
    expect(pathsIn(disk, "Reports")).toContain("sales summary.md");
  });
  test("as plain text, of one file", async () => {
    const disk = diskOf({ Reports: reports });
    await runRequest("make a text report of sales-08.csv in Reports by product", disk);
    expect(disk.get("Reports")?.get("sales-08 summary.txt")?.text).toContain(
      "product  units  revenue  rows\nCard         7     0.20     1\n",
    );
  });
  test("a long sheet is read page by page, and one that ends early is not summed", async () => {
    const rows = Array.from({ length: 50 }, (_, n) => `r${n % 3},${n}`).join("\n");
    const disk = diskOf({ Reports: { "long.csv": `key,n\n${rows}\n` } });
    const paged = await runRequest("sum up long.csv in Reports", disk, { pageLines: 10 });
    expect(paged.calls.filter(({ name }) => name === "read_table")).toHaveLength(6);
    expect(paged.answer).toContain("**1,225**");
    const cut = await runRequest("sum up long.csv in Reports", disk, { pageLines: 2 });
    expect(cut.answer).toBe(
      "I could not read long.csv to its end, so I added nothing up. Nothing was changed.",
    );
    expect(cut.calls.map(({ name }) => name)).not.toContain("write_file");
  });
  test("where only reading is allowed, the report stands in the answer", async () => {
    const disk = diskOf({ Reports: reports });
    const { answer, calls } = await runRequest("Sum up the sales sheets in Reports", disk, {
      readOnly: ["Reports"],
    });
    expect(answer).toContain("I may only read Reports");
    expect(answer).toContain("## By region");
    expect(calls.map(({ name }) => name)).not.toContain("write_file");
  });
  test("what stops it: a no, no sheet, no such column, no numbers, a broken file", async () => {
    const disk = diskOf({
      Reports: reports,
      Notes: { "a.md": "" },
      Words: { "w.csv": "a,b\nx,y\n" },
      Broken: { "b.csv": 'a,b\n"x,1\n' },
    });
    const denied = await runRequest("Sum up Reports", disk, { denies: (name) => name === "write_file" });
    expect(denied.answer).toBe("You didn't allow it, so nothing was changed.");
    expect((await runRequest("Sum up the sheets in Notes", disk)).answer).toContain(
      "There is no sheet in Notes.",
    );
    expect((await runRequest("Sum up the sales sheets in Reports by colour", disk)).answer).toBe(
      'There is no column "colour". The columns are: region, product, units, revenue.',
    );
    expect((await runRequest("Sum up the sheets in Words", disk)).answer).toBe(
      "There is no column of numbers to add up in w.csv.",
    );
    expect((await runRequest("Sum up the sheets in Broken", disk)).answer).toContain(
      "b.csv is not a sheet that I can read",
    );
  });
});

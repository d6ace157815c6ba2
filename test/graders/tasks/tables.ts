/** Figures: quarters, weekly reports and sums of sheets. Every number here was added up by hand. */
import type { Grader, StartFile } from "../grader.ts";

const DATED: StartFile = {
  xlsx: {
    Costs: [
      ["Studio costs"],
      ["Date", "Category", "Amount"],
      [{ date: "2026-06-30" }, "Ink", 99],
      [{ date: "2026-07-01" }, "Ink", 10.1],
      [{ date: "2026-08-15" }, "Paper", 20.2],
      [{ date: "2026-09-30" }, "Ink", 0.4],
      [{ date: "2026-10-01" }, "Paper", 500],
    ],
  },
};
const BY_COLUMN: StartFile = {
  xlsx: {
    Plan: [
      ["Item", "Q1", "Q2", "Q3", "Q4", "Total"],
      ["Rent", 300, 300, 310, 310, 1220],
      ["Power", 90, 60, 55, 95, 300],
      ["Total", 390, 360, 365, 405, 1520],
    ],
  },
};
const WEEKS = {
  "Data/sales.csv":
    "date,region,units,revenue\n2026-11-09,North,4,40.00\n2026-11-13,South,6,66.50\n2026-11-16,North,5,55.25\n2026-11-18,South,8,90.00\n",
  "Data/visits.csv": "day;visitors\n2026-11-10;100\n2026-11-17;140\n",
  "Data/stock.csv": "item,count\nCard,5\nPen,6\n",
};

export const TABLE_TASKS: readonly Grader[] = [
  {
    id: "quarter-by-dates",
    says: {
      en: [
        "Extract the Q3 figures from costs.xlsx and summarise them",
        "pull the third quarter numbers out of costs.xlsx",
      ],
      zh: ["從 costs.xlsx 抓出第三季的數字並做成摘要", "把 costs.xlsx 的 2026 年第3季資料整理出來"],
    },
    files: { "Finance/costs.xlsx": DATED },
    outcome: {
      made: { "Finance/costs Q3 2026.md": ["**30.7**", "| 2026-08-15 | Paper | 20.2 |"] },
      reply: {
        en: [
          "the figures of Q3 2026 (3 rows)",
          "| Ink | 10.5 | 2 |",
          "I took the rows whose dates lie in Q3 2026.",
        ],
        zh: ["Q3 2026 的數字（3 列）", "| Ink | 10.5 | 2 |", "我取了日期在 Q3 2026 的各列。"],
      },
    },
  },
  {
    id: "quarter-by-column",
    says: {
      en: ["Summarise the figures of Q3 from plan.xlsx in Finance"],
      zh: ["把 Finance 裡 plan.xlsx 第三季的數字做成摘要"],
    },
    files: { "Finance/plan.xlsx": BY_COLUMN },
    outcome: {
      made: { "Finance/plan Q3.md": ["| Rent | 310 |", "**365**"] },
      reply: { en: ["I took the column of Q3.", "**365**"], zh: ["我取了 Q3 的那一欄。", "**365**"] },
    },
  },
  {
    id: "quarter-by-months",
    says: {
      en: ["What were the figures of the second quarter in months.csv?"],
      zh: ["統計 months.csv 第二季的數字"],
    },
    files: {
      "Finance/months.csv": "team,Jan,Feb,Mar,Apr,May,Jun\nA,1,2,3,4,5,6\nB,10,20,30,40,50,60\n",
    },
    outcome: {
      made: { "Finance/months Q2.md": ["| A | 4 | 5 | 6 |", "**44**", "**66**"] },
      reply: { en: ["the three months of Q2", "**44**"], zh: ["Q2 三個月的欄位", "**55**"] },
    },
  },
  {
    id: "quarter-by-marked-rows",
    says: { en: ["Sum up the Q4 2025 sales in sales.csv"], zh: ["加總 sales.csv 裡 2025 第四季的銷售"] },
    files: {
      "Finance/sales.csv": "quarter,region,revenue\n2025Q4,North,100\n2025Q4,South,20.5\n2026Q1,North,900\n",
    },
    outcome: {
      made: { "Finance/sales Q4 2025.md": ["**120.5**"] },
      reply: { en: ["Q4 2025 (2 rows)", "120.5"], zh: ["Q4 2025 的數字（2 列）"] },
    },
  },
  {
    id: "quarter-of-two-years-asks",
    says: { en: ["Extract the Q1 figures from years.csv"], zh: ["抓出 years.csv 第一季的數字"] },
    files: { "Finance/years.csv": "date,amount\n2025-01-05,1\n2026-02-05,2\n" },
    outcome: { reply: { en: ["2025 and 2026", "Say which year"], zh: ["2025、2026", "請說是哪一年"] } },
  },
  {
    id: "quarter-not-named",
    says: {
      en: ["Extract the figures of the quarter from costs.xlsx"],
      zh: ["把 costs.xlsx 這一季的數字抓出來"],
    },
    files: { "Finance/costs.xlsx": DATED },
    outcome: { reply: { en: ["Which quarter do you mean?"], zh: ["你指的是哪一季？"] } },
  },
  {
    id: "quarter-that-is-not-there",
    says: { en: ["Show me the Q1 2024 figures in costs.xlsx"], zh: ["列出 costs.xlsx 2024 年第一季的數字"] },
    files: { "Finance/costs.xlsx": DATED },
    outcome: {
      reply: {
        en: ["I found no figures of Q1 2024 in costs.xlsx"],
        zh: ["costs.xlsx 裡沒有 Q1 2024 的數字"],
      },
    },
  },
  {
    id: "weekly-report",
    says: {
      en: [
        "Make a weekly report from the data files in Data",
        "I need this week's report of the sheets in Data",
      ],
      zh: ["用 Data 裡的資料做週報", "把 Data 資料夾裡的檔案做成每週報告"],
    },
    files: WEEKS,
    outcome: {
      made: {
        "Data/weekly report 2026-W47.md": [
          "2026-11-16",
          "| units | 13 | 10 | +3 |",
          "| visitors | 140 | 100 | +40 |",
        ],
      },
      reply: {
        en: [
          "the newest week in the files",
          "| revenue | 145.25 | 106.50 | +38.75 |",
          "hold no dates: stock.csv",
        ],
        zh: ["最新的一週", "| revenue | 145.25 | 106.50 | +38.75 |", "沒有算入：stock.csv"],
      },
    },
  },
  {
    id: "weekly-report-of-a-named-week",
    says: { en: ["weekly report for week 46 from Data"], zh: ["做一份第46週的報告，資料在 Data 資料夾裡"] },
    files: WEEKS,
    outcome: {
      made: { "Data/weekly report 2026-W46.md": ["| units | 10 | – | – |"] },
      reply: ["2026-W46", "| visitors | 100 | – | – |"],
    },
  },
  {
    id: "weekly-report-of-a-week-that-is-not-there",
    says: { en: ["weekly report for week 12 from Data"], zh: ["用 Data 的資料做第12週的週報"] },
    files: WEEKS,
    outcome: { reply: { en: ["There are no figures of 2026-W12"], zh: ["沒有 2026-W12"] } },
  },
  {
    id: "weekly-report-without-dates",
    says: { en: ["Make a weekly report from Data"], zh: ["用 Data 裡的資料做週報"] },
    files: { "Data/stock.csv": "item,count\nCard,5\n" },
    outcome: { reply: { en: ["I found no dates in stock.csv"], zh: ["stock.csv 裡沒有日期"] } },
  },
  {
    id: "sum-sheets-of-both-kinds",
    says: { en: ["Sum up the sales sheets in Reports"], zh: ["把 Reports 裡的銷售表做成摘要"] },
    files: {
      "Reports/sales-09.csv": "region,units\nNorth,4\nSouth,1\n",
      "Reports/sales-10.xlsx": {
        xlsx: {
          Oct: [
            ["region", "units"],
            ["North", 2.5],
            ["South", 3],
          ],
        },
      },
      "Reports/readme.md": "no sheet",
    },
    outcome: {
      made: { "Reports/sales summary.md": ["| North | 6.5 | 2 |", "**10.5**"] },
      reply: { en: ["4 rows from 2 sheets"], zh: ["2 份表格的 4 列"] },
    },
  },
  {
    id: "sum-by-a-column",
    says: { en: ["total the revenue by product in Reports"], zh: ["把 Reports 裡的銷售表按產品加總"] },
    files: { "Reports/sales.csv": "product,region,revenue\nCard,N,0.10\nPen,S,0.20\nCard,S,0.30\n" },
    outcome: {
      made: { "Reports/sales summary.md": ["| Card | 0.40 | 2 |"] },
      reply: ["| Pen | 0.20 | 1 |", "**0.60**"],
    },
  },
  {
    id: "sum-of-big5",
    says: { en: ["sum up sheet.csv in Reports"], zh: ["加總 Reports 裡的 sheet.csv"] },
    // 地區,金額 · 北,1 · 南,2, as Excel in Taiwan saves it
    files: { "Reports/sheet.csv": { hex: "a661b0cf2caaf7c3420aa55f2c310aab6e2c320a" } },
    outcome: { made: { "Reports/sheet summary.md": ["金額", "**3**"] }, reply: ["**3**"] },
  },
  {
    id: "sum-of-a-broken-sheet",
    says: { en: ["Sum up the sheets in Reports"], zh: ["加總 Reports 裡的表格"] },
    files: { "Reports/bad.csv": 'a,b\n"x,1\n', "Reports/good.csv": "a,b\nx,1\n" },
    outcome: { reply: { en: ["bad.csv is not a sheet that I can read"], zh: ["bad.csv 不是我能讀的表格"] } },
  },
];

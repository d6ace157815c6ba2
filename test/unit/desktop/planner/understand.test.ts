/** Which request each sentence is, in both languages; and which sentences are none. */
import { describe, expect, test } from "vitest";
import { understand } from "../../../../desktop/src/executor/models/planner/intents.ts";

const kind = (id: string): object => ({ type: "kind", id });
const glob = (pattern: string): object => ({ type: "glob", glob: pattern });
const at = (name?: string): object => (name === undefined ? {} : { name });

const organise = (by: string, files: string, place?: string, unit?: string): [string, object] => [
  "organise",
  { by, files: kind(files), place: at(place), ...(unit === undefined ? {} : { unit }) },
];
const remove = (files: object, place?: string, isRecursive = false): [string, object] => [
  "delete",
  { files, isRecursive, place: at(place) },
];
const rename = (from: string, to: string, place: string): [string, object] => [
  "rename",
  { files: glob(from), naming: { type: "pattern", to }, place: at(place) },
];
const affix = (files: object, type: string, text: string, place: string): [string, object] => [
  "rename",
  { files, naming: { type, text }, place: at(place) },
];
const find = (by: string, term: string, place?: string): [string, object] => [
  "find",
  { by, term, place: at(place) },
];
const list = (place?: string, isSummary = false): [string, object] => [
  "list",
  { isSummary, place: at(place) },
];
const csv = (request: object, place?: object): [string, object] => [
  "sum-report",
  { format: "markdown", place: place ?? at("Reports"), ...request },
];

const digest = (files: object, place?: string, isSaved = false): [string, object] => [
  "digest",
  { files, isSaved, place: at(place) },
];
const gather = (what: object, target: string, place?: string, isMove = false): [string, object] => [
  "gather",
  { ...what, target, isMove, place: at(place) },
];
const number = (request: object, place: string): [string, object] => [
  "number",
  { ...request, place: at(place) },
];

const UNDERSTOOD: readonly (readonly [said: string, request: readonly [string, object]])[] = [
  ["Organize the screenshots in Downloads by date", organise("date", "screenshots", "Downloads")],
  ["Sort my screenshots by date", organise("date", "screenshots")],
  ["Organise Downloads by type", organise("type", "all", "Downloads")],
  ["Please sort the photos in Photos by month", organise("date", "photos", "Photos", "month")],
  ["Group all PDFs in Downloads by year", organise("date", "pdfs", "Downloads", "year")],
  ["organise the videos in “Home movies” by day", organise("date", "videos", "Home movies", "day")],
  ["Can you tidy up my desktop?", organise("type", "all", "desktop")],
  ["clean up Downloads", organise("type", "all", "Downloads")],
  ["Put the screenshots in Downloads into folders by date", organise("date", "screenshots", "Downloads")],
  ["Organize Downloads by date, but don't delete anything", organise("date", "all", "Downloads")],
  [
    "organise the files in Deskhand demo/Downloads by date",
    organise("date", "all", "Deskhand demo/Downloads"),
  ],
  ["把下載裡的螢幕截圖按日期整理", organise("date", "screenshots", "下載")],
  ["整理下載", organise("type", "all", "下載")],
  ["把桌面上的截圖按月整理", organise("date", "screenshots", "桌面", "month")],
  ["請把我的下載資料夾依類型整理", organise("type", "all", "下載")],
  ["幫我整理 Downloads 裡的照片", organise("date", "photos", "Downloads")],
  ["按日期整理照片", organise("date", "photos")],
  ["將圖片資料夾裡的檔案按年分類", organise("date", "all", "圖片", "year")],

  ["Delete *.tmp in Downloads", remove(glob("*.tmp"), "Downloads")],
  ["Remove the zip files in Downloads", remove(glob("*.zip"), "Downloads")],
  ["delete notes.txt in Downloads.", remove(glob("notes.txt"), "Downloads")],
  ["could you delete all screenshots from Downloads?", remove(kind("screenshots"), "Downloads")],
  ["trash the temporary files in Downloads and all subfolders", remove(kind("temporary"), "Downloads", true)],
  ["delete Downloads/*.log", remove(glob("*.log"), "Downloads")],
  ["刪除 Downloads 裡的 *.tmp", remove(glob("*.tmp"), "Downloads")],
  ["刪除下載資料夾裡的暫存檔", remove(kind("temporary"), "下載")],
  ["把 Downloads 裡的 zip 檔刪掉", remove(glob("*.zip"), "Downloads")],

  ["Rename *.jpeg to *.jpg in Photos", rename("*.jpeg", "*.jpg", "Photos")],
  ["Rename *.jpeg in Photos to *.jpg", rename("*.jpeg", "*.jpg", "Photos")],
  ["rename IMG_* to Holiday-* in Photos", rename("IMG_*", "Holiday-*", "Photos")],
  ["rename the jpeg files in Photos to jpg", rename("*.jpeg", "jpg", "Photos")],
  ["add the prefix Trip- to the photos in Photos", affix(kind("photos"), "prefix", "Trip-", "Photos")],
  ['add "-old" as a suffix to *.txt in Notes', affix(glob("*.txt"), "suffix", "-old", "Notes")],
  ["prefix the PDFs in Downloads with 2026-", affix(kind("pdfs"), "prefix", "2026-", "Downloads")],
  ["把 Photos 裡的 *.jpeg 改名為 *.jpg", rename("*.jpeg", "*.jpg", "Photos")],
  ["把照片裡的 IMG_* 改成 旅行-*", rename("IMG_*", "旅行-*", "照片")],
  ["在 Photos 裡的檔名前面加上「旅行-」", affix(kind("all"), "prefix", "旅行-", "Photos")],

  ["Sum up the sales sheets in Reports", csv({ keyword: "sales" })],
  ["Make a Markdown report of the CSVs in Reports", csv({})],
  ["total revenue by region in Reports", csv({ groupBy: "region" })],
  ["summarize the spreadsheets in Reports per product", csv({ groupBy: "product" })],
  ["Summarise sales-north.csv in Reports", csv({ glob: "sales-north.csv" })],
  ["make a text report of q1.csv in Reports", csv({ glob: "q1.csv", format: "text" })],
  ["Sum up Reports", csv({}, { name: "Reports", isGuess: true })],
  ["把 Reports 裡的銷售表做成摘要", csv({ keyword: "sales" })],
  ["把報表資料夾的 csv 按地區加總", csv({ groupBy: "地區" }, at("報表"))],
  ["加總 Reports 裡的銷售表", csv({ keyword: "sales" })],
  ["統計 Reports 裡的表格", csv({})],

  ["Find files named invoice", find("name", "invoice")],
  ["find 'Acme' in Reports", find("either", "Acme", "Reports")],
  ["find files containing budget in Notes", find("text", "budget", "Notes")],
  ["which files mention Acme in Notes?", find("text", "Acme", "Notes")],
  ["search for revenue in Reports", find("text", "revenue", "Reports")],
  ["where is notes.txt?", find("name", "notes.txt")],
  ["find *.csv", find("name", "*.csv")],
  ["find all PDFs in Downloads", ["find", { by: "kind", files: kind("pdfs"), place: at("Downloads") }]],
  ["找包含「預算」的檔案", find("text", "預算")],
  ["在 Reports 中找名稱有 sales 的檔案", find("name", "sales", "Reports")],
  ["找出下載裡的 PDF", ["find", { by: "kind", files: kind("pdfs"), place: at("下載") }]],
  ["搜尋 Acme", find("either", "Acme")],

  ["what is in this folder?", list()],
  ["What is in Downloads?", list("Downloads")],
  ["What's in the Reports folder?", list("Reports")],
  ["what’s on my desktop?", list("desktop")],
  ["list Downloads", list("Downloads")],
  [
    "show me the PDFs in Downloads",
    ["list", { isSummary: false, files: kind("pdfs"), place: at("Downloads") }],
  ],
  ["Summarise Reports", list("Reports", true)],
  ["Give me a summary of Downloads", list("Downloads", true)],
  ["列出下載資料夾", list("下載")],
  ["下載資料夾裡有什麼？", list("下載")],
  ["這個資料夾裡有什麼？", list()],
  ["摘要 Reports 資料夾", list("Reports", true)],

  ["read notes.txt in Downloads", ["read", { file: "notes.txt", place: at("Downloads") }]],
  ["open Notes/ideas.md", ["read", { file: "ideas.md", place: at("Notes") }]],
  ["讀取 Downloads 裡的 notes.txt", ["read", { file: "notes.txt", place: at("Downloads") }]],

  [
    "Extract the Q3 figures from budget.xlsx and summarise them",
    ["quarter", { glob: "budget.xlsx", quarter: { quarter: 3 }, place: {} }],
  ],
  [
    "What were the sales in the third quarter of 2026 in Reports?",
    ["quarter", { quarter: { quarter: 3, year: 2026 }, place: at("Reports") }],
  ],
  [
    "從 budget.xlsx 抓出 2026 年第三季的數字，做成摘要",
    ["quarter", { glob: "budget.xlsx", quarter: { quarter: 3, year: 2026 }, place: {} }],
  ],
  [
    "把 Reports 裡的 預算.xlsx 的第一季數字整理出來",
    ["quarter", { glob: "預算.xlsx", keyword: "預算", quarter: { quarter: 1 }, place: at("Reports") }],
  ],
  ["summarise the figures of the quarter in Reports", ["quarter", { place: at("Reports") }]],

  ["Make a weekly report from the data files in Data", ["weekly", { place: at("Data") }]],
  ["weekly report for week 46 from Data", ["weekly", { week: { week: 46 }, place: at("Data") }]],
  ["用 Data 裡的資料做週報", ["weekly", { place: at("Data") }]],
  ["做一份第46週的報告，資料在 Data 資料夾裡", ["weekly", { week: { week: 46 }, place: at("Data") }]],

  ["Summarise the documents in Notes", digest(kind("documents"), "Notes")],
  ["summarize minutes.docx", digest(glob("minutes.docx"))],
  ["what are the key points of plan.pdf in Notes?", digest(glob("plan.pdf"), "Notes")],
  ["Summarise the PDFs in Notes and save it", digest(kind("pdfs"), "Notes", true)],
  ["摘要 Notes 裡的文件", digest(kind("documents"), "Notes")],
  ["把 Notes 裡的 會議.docx 的重點列出來", digest(glob("會議.docx"), "Notes")],

  ["Find all invoices and copy them into Invoices 2026", gather({ term: "invoice" }, "Invoices 2026")],
  [
    "Gather the PDFs from Downloads into a folder called Papers",
    gather({ files: kind("pdfs") }, "Papers", "Downloads"),
  ],
  [
    "Move all the screenshots in Downloads to Shots",
    gather({ files: kind("screenshots") }, "Shots", "Downloads", true),
  ],
  ["collect everything about Acme in Work into Acme", gather({ term: "Acme" }, "Acme", "Work")],
  ["找出所有發票，複製到「發票 2026」", gather({ term: "發票" }, "發票 2026")],
  ["把 Downloads 裡的 PDF 收集到 Papers 資料夾", gather({ files: kind("pdfs") }, "Papers", "Downloads")],
  ["收集提到「Acme」的檔案到 Acme 資料夾", gather({ term: "Acme" }, "Acme")],

  [
    "Sort and rename the photos in Photos by date",
    number({ files: kind("photos"), isSorted: true }, "Photos"),
  ],
  ["rename the photos in Photos by date", number({ files: kind("photos"), isSorted: false }, "Photos")],
  [
    "number the scans in Scans as Contract",
    number({ files: kind("all"), name: "Contract", isSorted: false }, "Scans"),
  ],
  ["把 Photos 裡的照片按日期整理並改名", number({ files: kind("photos"), isSorted: true }, "Photos")],
  [
    "把 Photos 裡的照片編號，命名為「旅行」",
    number({ files: kind("photos"), name: "旅行", isSorted: false }, "Photos"),
  ],

  ["What can you do?", ["help", {}]],
  ["你會什麼？", ["help", {}]],
];

describe("what is understood", () => {
  test.each(UNDERSTOOD)("%s", (said, [name, request]) => {
    const understood = understand(said);
    expect([understood?.name, understood?.request]).toEqual([name, request]);
  });
});

describe("what is not understood, because a part of it would be passed over", () => {
  test.each([
    "delete the PDFs in Downloads except the invoices",
    "delete files older than 30 days in Downloads",
    "delete the duplicates in Downloads",
    "don't delete the screenshots in Downloads",
    "delete the folder Old in Downloads",
    "delete *.tmp in Downloads and then organise the screenshots by date",
    "organise the photos in Photos by date if they are from today",
    "sort Downloads by size",
    "rename the newest photos to Trip-* in Photos",
    "刪除下載裡超過 30 天的檔案",
    "刪除 Downloads 裡除了發票以外的 PDF",
    "不要刪除下載裡的截圖",
  ])("%s", (said) => {
    expect(understand(said)).toBeUndefined();
  });
});

describe("what is declined, with its reason", () => {
  test.each([
    ["Book me a flight to Paris", "buy"],
    ["幫我訂機票", "buy"],
    ["write an email to Bob", "send"],
    ["Email the report to Anna", "send"],
    ["Send budget.xlsx to my boss", "send"],
    ["把報告寄給老闆", "send"],
    ["show me all my passwords", "secrets"],
    ["把我的密碼列出來", "secrets"],
    ["Delete everything in Downloads", "everything"],
    ["delete all my files", "everything"],
    ["刪除所有檔案", "everything"],
    ["清空下載資料夾", "everything"],
    ["Organise /etc by date", "outside"],
    ["read ../secret.txt", "outside"],
    ["整理 C:\\Windows", "outside"],
    ["what is the weather in Taipei?", "web"],
    ["今天天氣如何", "web"],
    ["Copy my photos to the cloud", "send"],
    ["install Photoshop", "programs"],
    ["把電腦關機", "programs"],
    ["Every weekday at 8: what changed in Projects?", "schedule"],
    ["每天早上八點做週報", "schedule"],
  ])("%s", (said, what) => {
    const understood = understand(said);
    expect([understood?.name, understood?.request]).toEqual(["decline", { what }]);
  });
});

describe("what only sounds like that is not declined", () => {
  test.each([
    ["find 'password' in Notes", "find"],
    ["找包含「密碼」的檔案", "find"],
    ["delete all screenshots in Downloads", "delete"],
    ["delete all the zip files in Downloads", "delete"],
    ["Find all orders and copy them into Orders 2026", "gather"],
    ["sum up the orders sheet in Reports", "sum-report"],
    ["summarise message.txt in Notes", "digest"],
    ["list the emails folder", "list"],
    ["find files named send", "find"],
    ["copy the text files in Notes to Texts", "gather"],
    ["find the google invoices", "find"],
    ["find the password policy", "find"],
    ["把上傳資料夾裡的 PDF 移到 Papers", "gather"],
    ["打開 程式碼.txt", "read"],
    ["organise the Home folder by type", "organise"],
    ["每週報告，用 Data 裡的資料", "weekly"],
    ["copy notes.txt to Archive", "gather"],
    ["order the photos in Photos by date", "organise"],
    ["summarise the letters in Notes", "digest"],
  ])("%s", (said, name) => {
    expect(understand(said)?.name).toBe(name);
  });
});

describe("what renames or gathers nothing, though a word of it would", () => {
  test.each([
    "number of files in Downloads",
    "Show me the numbers in budget.xlsx",
    "找編號 12 的檔案",
    "列出有編號的檔案",
    "find all invoices from last month and copy them to Invoices",
    "Move everything in Downloads to Archive",
    "move the old files in Work to Archive",
  ])("%s", (said) => {
    expect(["number", "gather", "rename"]).not.toContain(understand(said)?.name);
  });
});

describe("what is not understood", () => {
  test("a text that is no plain request any more, however often it says one", () => {
    expect(understand("show me the list of my files in ".repeat(2_000))).toBeUndefined();
  });
  test.each(["", "delete", "sing me a song", "do the thing", "唱歌給我聽", "隨便做點什麼"])("%s", (said) => {
    expect(understand(said)).toBeUndefined();
  });
});

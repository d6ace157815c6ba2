/** What the planner says, in Traditional Chinese; the same sentences as english.ts. */
import type { Declined } from "./decline.ts";
import type { Sentences } from "./english.ts";
import { baseName } from "./listing.ts";
import { nameText, plainSentence } from "./name-text.ts";
import { formatBytes, listed, quotedText } from "./show.ts";
import type { Kind, TypeFolder } from "./words.ts";

const counted = ({ chinese }: Kind, n: number): string => `${n.toLocaleString("zh-Hant")} ${chinese}`;
/** Without its measure word. */
const bare = ({ chinese }: Kind): string => chinese.replace(/^[張個部份]\s*/, "");
const together = (names: readonly string[]): string => names.map(nameText).join("、");
const theFolders = (names: readonly string[]): string =>
  names.length === 0 ? "" : `我可以使用：${together(names)}。`;

const TYPES: Readonly<Record<TypeFolder, string>> = {
  Images: "圖片",
  Documents: "文件",
  Spreadsheets: "試算表",
  Archives: "壓縮檔",
  Audio: "音訊",
  Video: "影片",
  Code: "程式碼",
  Other: "其他",
};

const ABLE = `我會做：
- 按日期或類型整理檔案：「把下載裡的螢幕截圖按日期整理」
- 排序、改名、編號：「把照片裡的照片按日期整理並改名」
- 找出並收集檔案：「找出所有發票，複製到「發票 2026」」
- 加總表格（.xlsx、.csv），也能按季或按週：「從 budget.xlsx 抓出第三季的數字」、「用 Data 裡的資料做週報」
- 挑出文件的重點句：「摘要 Notes 裡的文件」
- 列出資料夾、讀檔案、按樣式刪除檔案：「刪除 Downloads 裡的 *.tmp」`;

const DECLINED: Readonly<Record<Declined, string>> = {
  send: "我不寄送、分享或發佈任何東西：不會有東西經由我離開這台電腦。",
  buy: "我不購買、預訂或付款。",
  secrets: "我不找密碼、金鑰或卡號。",
  everything: "我不會刪除所有東西。請說明要刪哪一種檔案或哪個樣式，例如「刪除 Downloads 裡的 *.tmp」。",
  outside: "我只在電腦上允許過的資料夾裡工作，不碰其他地方。",
  web: "我不能上網。",
  programs: "我不安裝、啟動或關閉程式，也不更改電腦的設定。",
  schedule: "我不能從訊息設定重複的工作，請在應用程式裡建立排程。",
};

export const CHINESE: Sentences = {
  many: bare,
  words: {
    rows: "列數",
    total: "合計",
    blank: "（空白）",
    file: "檔案",
    thisWeek: "本週",
    weekBefore: "前一週",
    change: "增減",
  },
  by: (column) => `按${/^[A-Za-z]/.test(column) ? " " : ""}${nameText(column)}`,

  noFolders: () => "我還不能使用任何資料夾。請先在電腦上允許一個，再說一次。",
  whichFolder: (names) => `你指的是哪個資料夾？可能是：${together(names)}。`,
  whichFile: (names) => `有幾個同名的檔案：${together(names)}。請說是哪一個。`,
  noSuchFolder: (name, names) => `我看不到名為「${nameText(name)}」的資料夾。${theFolders(names)}`,
  readOnly: (place) => `${nameText(place)} 只能讀取，所以沒有更動任何東西。`,
  denied: (done) =>
    done === 0
      ? "你沒有同意，所以沒有更動任何東西。"
      : `你沒有同意其餘的部分。之前已處理 ${done} 個檔案，可以復原。`,
  failed: (why, done) =>
    `沒有成功：${plainSentence(why.trim()) || "沒有回應。"}${done === 0 ? "" : `在那之前已處理 ${done} 個檔案。`}`,
  moreThere: () => "資料夾裡的檔案比我一次能看到的多，其餘的請再說一次。",
  cut: () => "\n\n資料夾裡的檔案比我一次能看到的多，以上只算了前面的部分。",

  leftAlone: (n) => `有 ${n} 個項目的名稱含有看不見或不能使用的字元，我沒有動。`,

  nothingFound: (places) => `在 ${together(places)} 裡沒有找到可以處理的檔案。`,
  nothingToSort: (kind, place) =>
    `${nameText(place)} 裡沒有直接放著、需要整理的${bare(kind)}。沒有更動任何東西。`,
  willSort: (kind, files, targets, days) =>
    `我找到 ${counted(kind, files)}${days === 0 ? "" : `，分屬 ${days} 天`}。我會移到 ${targets} 個資料夾。`,
  sorted: (kind, files, place, counts) =>
    `完成：${nameText(place)} 裡的 ${counted(kind, files)}已移到 ${counts.length} 個資料夾：${listed(
      counts.map(([name, n]) => `${nameText(name)}（${n}）`),
      "個以上",
      12,
      "、",
    )}。`,

  noneToDelete: (glob, kind, place) =>
    `${nameText(place)} 裡沒有${glob === undefined ? bare(kind) : `符合 ${nameText(glob)} 的檔案`}。沒有更動任何東西。`,
  willDelete: (kind, names, place) =>
    `我在 ${nameText(place)} 找到 ${counted(kind, names.length)}：${listed(names.map(nameText), "個以上", 12, "、")}。我會移到垃圾桶。`,
  deleted: (kind, n, place) => `完成：${nameText(place)} 裡的 ${counted(kind, n)}已在垃圾桶，可以放回。`,

  noneToRename: (glob, kind, place) =>
    `${nameText(place)} 裡沒有${glob === undefined ? bare(kind) : `符合 ${nameText(glob)} 的檔案`}。沒有更動任何東西。`,
  unclearName: () => "新名稱不夠清楚，所以沒有更動任何東西。請像這樣說：「把 IMG_* 改名為 Holiday-*」。",
  alreadyNamed: (place) => `${nameText(place)} 裡的檔案已經是這些名稱。沒有更動任何東西。`,
  willRename: (n, from, to) => `我會把 ${n} 個檔案改名，例如 ${nameText(from)} 改為 ${nameText(to)}。`,
  renamed: (n, place) => `完成：已將 ${nameText(place)} 裡的 ${n} 個檔案改名。`,

  notFound: (what, places) => `在 ${together(places)} 裡沒有找到「${nameText(what)}」。`,
  found: (what, hits, places) =>
    `在 ${together(places)} 裡找到 ${hits.length} 筆「${nameText(what)}」：\n\n${listed(hits, "筆以上", 30, "\n")}`,
  picture: (file) => `這是 ${nameText(file)}：在這個任務的檔案裡可以看到。`,
  text: (file, content) => `${nameText(file)} 的內容：\n\n${quotedText(content, "……還有更多")}`,

  overview: (place, of, isSummary, locale) => {
    if (of.files.length + of.folders.length === 0) return `${nameText(place)} 裡沒有可以列出的東西。`;
    const lines = of.types.map(
      ({ type, count, bytes }) => `- ${TYPES[type]}：${count} 個檔案，${formatBytes(bytes, locale)}`,
    );
    const parts = [
      `${nameText(place)}${isSummary ? "（含以下各層）" : ""}有 ${of.files.length} 個檔案（${formatBytes(of.bytes, locale)}）和 ${of.folders.length} 個資料夾。`,
      lines.join("\n"),
      [
        of.newest === undefined
          ? ""
          : `最新：${nameText(baseName(of.newest.path))}（${of.newest.modified.slice(0, 10)}）。`,
        of.largest === undefined
          ? ""
          : `最大：${nameText(baseName(of.largest.path))}（${formatBytes(of.largest.bytes, locale)}）。`,
      ].join(""),
      isSummary
        ? ""
        : listed(
            [
              ...of.folders.map(({ path }) => `${nameText(baseName(path))}/`),
              ...of.files.map(({ path }) => nameText(baseName(path))),
            ],
            "個以上",
            40,
            "\n",
          ),
    ];
    return parts.filter((part) => part.trim() !== "").join("\n\n");
  },

  noSheets: (place, glob) =>
    `${nameText(place)} 裡沒有${glob === undefined ? "表格" : `符合 ${nameText(glob)} 的表格`}。我能讀 .xlsx 和 .csv 檔。`,
  sheetTooLong: (name) => `我沒能把 ${nameText(name)} 讀到最後，所以沒有加總。沒有更動任何東西。`,
  sheetUnreadable: (name, why) =>
    `${nameText(name)} 不是我能讀的表格（${plainSentence(why)}）。沒有更動任何東西。`,
  noNumbers: (names) => `${together(names)} 裡沒有可以加總的數字欄。`,
  noColumn: (column, header) => `沒有「${nameText(column)}」這一欄。有的欄位是：${together(header)}。`,
  willReport: (sheets, rows, name) =>
    `我讀了 ${sheets} 份表格，共 ${rows} 列。我會把加總寫到 ${nameText(name)}。`,
  reported: (path, sheets, rows) => `完成：已加總 ${sheets} 份表格的 ${rows} 列。報告在 ${nameText(path)}。`,
  reportUnsaved: (place) => `${nameText(place)} 只能讀取，所以報告只寫在這裡，沒有存成檔案。`,
  reportSource: (names, rows) => `來源：${together(names)}，共 ${rows} 列。`,
  totalsLeftOut: (n) => `表格裡的 ${n} 列合計沒有算入。`,

  whichQuarter: () => "你指的是哪一季？請像這樣說：「2026 第三季」。沒有更動任何東西。",
  whichYear: (quarter, years) =>
    `${years.join("、")} 年都有 ${quarter} 的數字。請說是哪一年，例如「${years.at(-1) ?? ""} ${quarter}」。沒有更動任何東西。`,
  noQuarter: (quarter, names) =>
    `${together(names)} 裡沒有 ${quarter} 的數字：沒有日期、欄位或工作表屬於這一季。沒有更動任何東西。`,
  quarterBy: (by, quarter) =>
    ({
      dates: `我取了日期在 ${quarter} 的各列。`,
      rows: `我取了標為 ${quarter} 的各列。`,
      column: `我取了 ${quarter} 的那一欄。`,
      months: `我取了 ${quarter} 三個月的欄位。`,
      name: `我取了名稱屬於 ${quarter} 的工作表或檔案。`,
    })[by],
  quarterDone: (quarter, rows, path) => `完成：${quarter} 的數字（${rows} 列）在 ${nameText(path)}。`,
  rowsOf: (name) => `${nameText(name)} 的資料列`,
  more: (rest) => `……還有 ${rest.toLocaleString("zh-Hant")} 筆。`,

  weekSpan: (week, monday, sunday) => `${week}（${monday} 到 ${sunday}）`,
  weeklyTitle: (span) => `週報 ${span}`,
  weeklyDone: (span, path, isNewest) =>
    `完成：${span}${isNewest ? "是檔案裡最新的一週，" : "的"}週報在 ${nameText(path)}。`,
  noDates: (names) => `${together(names)} 裡沒有日期，我分不出各週。沒有更動任何東西。`,
  noWeek: (span, newest) => `沒有 ${span} 的數字；檔案裡最新的一週是 ${newest}。沒有更動任何東西。`,
  withoutDates: (names) => `以下沒有日期，沒有算入：${together(names)}。`,

  noDocuments: (place) =>
    `${nameText(place)} 裡沒有我能讀的文件（.docx、.pdf、.md、.txt）。沒有更動任何東西。`,
  digest: () => "以下是文件裡的原句，一字不改。我只是計算字詞次數挑出來的，並不理解內容，可能漏掉重點。",
  noSentences: () => "裡面沒有完整的句子。",
  firstPart: () => "（取自前面的部分，文件還有更多。）",
  willDigest: (name) => `我會把這些句子寫到 ${nameText(name)}。`,
  digestSaved: (path) => `完成：這些句子在 ${nameText(path)}。`,

  willGather: (what, names, target, isMove) =>
    `我找到 ${names.length} 個「${nameText(what)}」的檔案：${listed(names.map(nameText), "個以上", 12, "、")}。我會${isMove ? "移到" : "複製到"} ${nameText(target)}。`,
  gathered: (n, target, isMove) =>
    `完成：已將 ${n} 個檔案${isMove ? "移到" : "複製到"} ${nameText(target)}。`,

  declined: (what, names) => `${DECLINED[what]}沒有更動任何東西。${theFolders(names)}`,

  noTool: (name) => `我需要工具 ${nameText(name)}，但這裡沒有開啟。沒有更動任何東西。`,
  changedMeanwhile: () => "我工作時，可以使用的範圍改變了，所以我停下來。已完成的會保留，其餘的請再說一次。",
  unheard: (texts) => `你中途補充的話我沒有聽懂：「${texts.join("」「")}」。`,
  help: (names) =>
    `我是 Deskhand 內建的規劃器：不需要模型金鑰，不連網路，只會固定的幾種工作。${ABLE}\n\n${theFolders(names) || "我還不能使用任何資料夾。"}`,
  unknown: (names) =>
    `我沒有聽懂，也沒有更動任何東西。我是 Deskhand 內建的規劃器：不需要模型金鑰，不連網路，只懂簡單的要求。${ABLE}\n\n其他工作請在電腦上加入模型金鑰。${theFolders(names)}`,
};

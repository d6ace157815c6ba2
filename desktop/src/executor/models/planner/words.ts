/**
 * The words that the planner knows, as data: kinds of files, folder names in Chinese, small words of a sentence.
 * What a person may say is added here; the plans themselves know no language.
 */

export type Language = "en" | "zh";

/** The folders that "by type" sorts into, by extension. What is in no list is "Other". */
export const TYPE_FOLDERS = {
  Images: "png jpg jpeg gif webp heic heif bmp tif tiff svg avif ico",
  Documents: "pdf doc docx odt rtf txt md pages ppt pptx odp key epub tex",
  Spreadsheets: "csv tsv xls xlsx xlsm ods numbers",
  Archives: "zip tar gz tgz bz2 xz 7z rar dmg iso",
  Audio: "mp3 m4a wav flac ogg aac aiff opus",
  Video: "mp4 mov mkv avi webm m4v wmv",
  Code: "js ts jsx tsx py rb go rs c h cpp java kt swift sh html css json yaml yml toml xml sql ipynb",
} as const;

export type TypeFolder = keyof typeof TYPE_FOLDERS | "Other";

const extensionsOf = (list: string): ReadonlySet<string> => new Set(list.split(" "));
const TYPE_BY_EXTENSION: ReadonlyMap<string, TypeFolder> = new Map(
  // Object.entries widens its keys; these are the table's own.
  (Object.entries(TYPE_FOLDERS) as [TypeFolder, string][]).flatMap(([folder, list]) =>
    [...extensionsOf(list)].map((extension): [string, TypeFolder] => [extension, folder]),
  ),
);

/** Lower case, without the dot; "" when there is none. */
export const extensionOf = (name: string): string =>
  /[^.]\.(?<extension>[^.]+)$/.exec(name)?.groups?.["extension"]?.toLowerCase() ?? "";

export const typeOf = (name: string): TypeFolder => TYPE_BY_EXTENSION.get(extensionOf(name)) ?? "Other";

/** Extensions that may stand before "files" without a dot: "the zip files". */
export const isKnownExtension = (word: string): boolean =>
  TYPE_BY_EXTENSION.has(word.toLowerCase()) || /^(?:tmp|temp|log|bak|old|part|torrent|exe|msi)$/i.test(word);

const SCREENSHOT_NAME =
  /^(?:screen[ _-]?shot|screen[ _-]?capture|cleanshot|capture|snip|螢幕截圖|螢幕快照|螢幕擷取|截圖|截屏|屏幕截图)/i;
const isImage = (name: string): boolean => typeOf(name) === "Images";
const isScreenshot = (name: string): boolean => isImage(name) && SCREENSHOT_NAME.test(name);
const hasExtension = (list: string): ((name: string) => boolean) => {
  const extensions = extensionsOf(list);
  return (name) => extensions.has(extensionOf(name));
};

export interface Kind {
  readonly id: string;
  /** How a sentence names it. */
  readonly words: RegExp;
  readonly isOne: (name: string) => boolean;
  readonly english: readonly [one: string, many: string];
  /** With its measure word. */
  readonly chinese: string;
}

/** The narrower kinds stand first: "screenshots" also holds "shots" of any picture. */
export const KINDS: readonly Kind[] = [
  {
    id: "screenshots",
    words: /\bscreen ?shots?\b|\bscreen ?captures?\b|螢幕截圖|螢幕快照|螢幕擷取|截圖|截屏/i,
    isOne: isScreenshot,
    english: ["screenshot", "screenshots"],
    chinese: "張螢幕截圖",
  },
  {
    id: "photos",
    words: /\bphoto(?:s|graphs?)?\b|照片|相片/i,
    isOne: (name) => isImage(name) && !isScreenshot(name),
    english: ["photo", "photos"],
    chinese: "張照片",
  },
  {
    id: "images",
    words: /\b(?:pictures?|images?|pics?)\b|圖片|圖檔|影像檔/i,
    isOne: isImage,
    english: ["picture", "pictures"],
    chinese: "張圖片",
  },
  {
    id: "pdfs",
    words: /\bpdfs?\b(?: (?:files?|documents?))?|(?<![a-z])pdf(?![a-z])(?:\s*檔案?)?/i,
    isOne: hasExtension("pdf"),
    english: ["PDF", "PDFs"],
    chinese: "個 PDF 檔",
  },
  {
    id: "videos",
    words: /\b(?:videos?|movies?|recordings?)\b|影片|視訊|錄影/i,
    isOne: (name) => typeOf(name) === "Video",
    english: ["video", "videos"],
    chinese: "部影片",
  },
  {
    id: "audio",
    words: /\b(?:songs?|music|audio(?: files?)?)\b|音樂|音訊|歌曲|錄音/i,
    isOne: (name) => typeOf(name) === "Audio",
    english: ["audio file", "audio files"],
    chinese: "個音訊檔",
  },
  {
    id: "spreadsheets",
    words: /\b(?:spread ?sheets?|excel files?)\b|試算表|電子表格/i,
    isOne: (name) => typeOf(name) === "Spreadsheets",
    english: ["spreadsheet", "spreadsheets"],
    chinese: "個試算表",
  },
  {
    id: "archives",
    words: /\barchives\b|\barchive files?\b|壓縮檔/i,
    isOne: (name) => typeOf(name) === "Archives",
    english: ["archive", "archives"],
    chinese: "個壓縮檔",
  },
  {
    id: "temporary",
    words: /\btemp(?:orary)? files?\b|暫存檔案?|臨時檔案?/i,
    isOne: hasExtension("tmp temp"),
    english: ["temporary file", "temporary files"],
    chinese: "個暫存檔",
  },
  {
    id: "documents",
    words: /\bdocuments\b|\bdocs\b|文件(?!夾)/i,
    isOne: (name) => typeOf(name) === "Documents",
    english: ["document", "documents"],
    chinese: "份文件",
  },
];

/** Everything that is not hidden, half downloaded, or the system's own. */
export const ALL_FILES: Kind = {
  id: "all",
  words:
    /\b(?:every ?thing|(?:all|every)(?: (?:of )?(?:the|my))?(?: files?)?|files)\b|所有檔案|全部檔案|檔案|全部|所有/i,
  isOne: (name) => !/^[.~]|\.(?:crdownload|part|download)$|^(?:desktop\.ini|thumbs\.db)$/i.test(name),
  english: ["file", "files"],
  chinese: "個檔案",
};

/** Chinese for common folders; a folder that is really called so comes first. */
export const FOLDER_ALIASES: ReadonlyMap<string, string> = new Map([
  ["下載", "Downloads"],
  ["下載項目", "Downloads"],
  ["報表", "Reports"],
  ["報告", "Reports"],
  ["文件", "Documents"],
  ["圖片", "Pictures"],
  ["桌面", "Desktop"],
  ["照片", "Photos"],
  ["相片", "Photos"],
  ["筆記", "Notes"],
  ["音樂", "Music"],
  ["影片", "Videos"],
]);

/** Names that are folders even without "in": none of them is also the name of a kind. */
export const COMMON_FOLDERS = /\b(?:downloads|reports|desktop|notes)\b(?!\.\w)|下載(?:項目)?|桌面|筆記/i;

/**
 * Conditions that the planner cannot check. A change that would ignore one of them is not begun: "delete the PDFs
 * except the invoices" must not delete the invoices. A second task ("then …") counts among them: half is not done.
 */
export const BEYOND =
  /\b(?:older|newer|larger|bigger|smaller|except|excluding|unless|but not|other than|apart from|if|duplicates?|duplicated|identical|empty|unused|old|oldest|newest|recent|latest|last (?:week|month|year)|this (?:week|month|year)|yesterday|today|before|after|since|until|don't|do not|never|without|not|then)\b|除了|以外|之外|大於|小於|超過|早於|晚於|重複|以前|以後|之前|之後|昨天|今天|上週|上個月|本週|這週|這個月|最近|最新|最舊|舊的|空的|如果|不要|別動|不包含|不含|然後|接著/i;

/** "…, and don't delete anything" asks for less than nothing: it is heard and needs nothing. */
export const HARMLESS_NEGATION =
  /[,.;]?\s*\b(?:but |and )?(?:please )?(?:don't|do not|never|without) (?:delet|remov)(?:e|ing)[^,.;]*|[，。；]?\s*(?:但|請)?(?:不要|別|不)刪除?[^，。；]*/gi;

export const RECURSIVE = /\brecursive(?:ly)?\b|\bsub-?folders?\b|包含子資料夾|含子資料夾|子資料夾/i;

/** What stands before the request and adds nothing to it. */
export const POLITE =
  /^(?:(?:please|kindly|hey|hi|hello|ok|okay|deskhand|(?:can|could|would|will) you|i(?: would|'d) like you to|i want you to|help me(?: to)?)[,:]?\s+)+/i;

/** Chinese for what tables of figures are about; their headers are often English. */
export const COLUMN_ALIASES: ReadonlyMap<string, string> = new Map([
  ["銷售", "sales"],
  ["費用", "expenses"],
  ["支出", "expenses"],
  ["收入", "income"],
  ["庫存", "inventory"],
  ["訂單", "orders"],
  ["發票", "invoices"],
  ["地區", "region"],
  ["區域", "region"],
  ["產品", "product"],
  ["商品", "product"],
  ["客戶", "customer"],
  ["類別", "category"],
  ["分類", "category"],
  ["國家", "country"],
  ["城市", "city"],
  ["部門", "department"],
  ["月份", "month"],
  ["日期", "date"],
]);

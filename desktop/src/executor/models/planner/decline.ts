/**
 * What the planner must not or cannot do is said plainly and begins nothing: sending, buying, passwords, deleting
 * everything, places outside the allowed folders, programs, settings, the web.
 * It is asked first, so that no other intent takes a part of such a request for its own.
 */
import type { Intent } from "./intent.ts";
import type { Sentence } from "./sentence.ts";
import { globIn, QUOTED } from "./sentence.ts";

export type Declined =
  | "send"
  | "buy"
  | "secrets"
  | "everything"
  | "outside"
  | "programs"
  | "web"
  | "schedule";

export interface DeclineRequest {
  readonly what: Declined;
}

/** English orders stand at the beginning of a sentence or of a part of it: "copy the text files" sends nothing. */
const order = (verbs: string): RegExp =>
  new RegExp(String.raw`(?:^|\b(?:and|then|also)\s+|[,;:]\s*)(?:${verbs})`, "i");
const either =
  (...patterns: readonly RegExp[]): ((said: string) => boolean) =>
  (said) =>
    patterns.some((pattern) => pattern.test(said));

const SEND = either(
  order(String.raw`(?:e-?mail|send|forward|tweet|upload|publish|fax|reply)\b\s+\S`),
  order(String.raw`(?:text|message|post|share|call)\b\s+(?!files?\b|documents?\b|\w+ files?\b)\S`),
  order(
    String.raw`(?:copy|move|back ?up|sync|save)\b.*\bto (?:the |my )?(?:cloud|dropbox|google drive|icloud|onedrive|phone|usb|e-?mail)\b`,
  ),
  /\b(?:write|draft)\s+(?:an?\s+)?(?:e-?mail|message|text)\b/i,
  /(?:寄|傳送|發送|轉寄|回信|分享|上傳|發佈|發布|貼文|打電話)(?!資料夾|夾|裡|的).*(?:給|到|信|郵|訊|網路|臉書|雲端)/,
  /(?:寄|發|傳)(?:一)?封?(?:電子)?(?:郵件|信|簡訊|訊息)/,
);
const BUY = either(
  order(String.raw`(?:buy|purchase|pay|subscribe|check ?out|transfer money)\b`),
  order(
    String.raw`(?:book|reserve|order)\b\s+(?:me|us|an?|some|more|new|two|three|\d+|tickets?|flights?|the (?:flight|hotel|ticket|table))\b`,
  ),
  /購買|下單|訂購|幫我買|買(?:一|個|張|本|東西|新)|付款|付錢|繳費|轉帳|匯款|訂(?:機票|車票|飯店|房|位|餐廳|票)|預訂/,
);
const SECRET = String.raw`\b(?:passwords?|passphrases?|api keys?|private keys?|ssh keys?|credentials|pin (?:codes?|numbers?)|seed phrases?|credit cards?)\b(?!\s+(?:polic|rules|reset|guide))`;
const SECRETS = either(
  new RegExp(
    String.raw`\b(?:show|tell|give|read|find|get|list|copy|extract|what(?:'s| is| are))\b.*\b(?:me|my|the|all|any|saved|stored|his|her|their|bank)\b.*${SECRET}`,
    "i",
  ),
  /(?:密碼|私鑰|金鑰|提款卡|信用卡|助記詞).*(?:是什麼|是多少|給我|告訴我|列出|找出)|(?:告訴我|給我|列出|找出|讀取|顯示|複製).*(?:密碼|私鑰|金鑰|信用卡|助記詞)/,
);
const REPEATS = either(
  /^(?:every|each) (?:day|week|month|hour|morning|evening|weekday|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b/i,
  /\b(?:every|each) (?:day|morning|evening|week|weekday|monday|tuesday|wednesday|thursday|friday|saturday|sunday)(?: at \d.*)?[.!]?$/i,
  /\bremind me\b|提醒我|^(?:每天|每日|每個月|每月|每小時|每逢)|^每[週周](?!報|的?(?:報告|報表|總結|摘要))/i,
);
const DELETES = String.raw`\b(?:delete|erase|remove|wipe|trash|destroy|get rid of|throw away|clear|format|empty|nuke)\b\s+(?:out\s+)?(?:absolutely\s+)?`;
const EVERYTHING = either(
  new RegExp(String.raw`${DELETES}(?:every ?thing|it all)\b`, "i"),
  new RegExp(
    String.raw`${DELETES}(?:all|every)(?:(?:\s+(?:of\s+)?(?:the|my|these|those|our))?\s+(?:files?|folders?|data|stuff|things)\b|\s*$)`,
    "i",
  ),
  new RegExp(
    String.raw`${DELETES}(?:the |my )?(?:(?:whole|entire) \w+|(?:whole |entire )?(?:disk|drive|hard ?drive|computer|trash(?: ?can)?|recycle bin|laptop)\b)`,
    "i",
  ),
  /(?:刪除|刪掉|清除|移除|丟掉|抹除)(?:我的)?(?:所有|全部|一切|整個)(?:的)?(?:檔案|東西|資料|資料夾|文件|硬碟|電腦)?(?:$|[。！，])/,
  /(?:所有|全部|一切|整個)(?:的)?(?:檔案|東西|資料|資料夾|硬碟|電腦)?(?:都|全)?(?:給我)?(?:刪除|刪掉|刪光|清空|丟掉|格式化|抹除)|清空|格式化/,
);
const OUTSIDE = either(
  /(?:^|[\s"“「(])(?:\/(?:etc|usr|var|home|root|bin|opt|tmp|proc|sys|dev|Users|System|Library)\b|~\/|[A-Za-z]:[\\/]|\\\\)/,
  /(?:^|[\s/"“「])\.\.(?:[\\/\s]|$)/,
  /\b(?:whole|entire) (?:computer|disk)\b|整台電腦|整個硬碟/i,
);
const WEB = either(
  /\bhttps?:\/\/|\bwww\./i,
  order(
    String.raw`(?:google|browse|search (?:the )?(?:web|internet|online)|look up online|open (?:the |a )?(?:web ?site|browser))\b`,
  ),
  order(String.raw`download\b\s+(?:\S+ from|the|an?|some)\b`),
  /^(?:what|how)\b.*\bweather\b|上網|瀏覽器|天氣(?:如何|怎|預報)|(?:打開|瀏覽|查一?下?)(?:網站|網頁)/i,
);
const PROGRAMS = either(
  order(String.raw`(?:install|uninstall|reboot|shut ?down|launch|execute)\b`),
  order(
    String.raw`(?:run|start|quit|kill|update|upgrade|restart|log ?out|lock|open)\b\s+(?:(?:the|my|an?|this|some)\s+)?(?:\S+\s+)?(?:programs?|apps?|applications?|software|scripts?|commands?|computer|pc|mac|laptop|system|photoshop|chrome|\S+\.(?:exe|sh|bat|app|dmg|msi))(?:\s|[.!]?$)`,
  ),
  /(?:安裝|執行|啟動|關閉|更新|升級|打開)(?:一下|我的|這個|那個)?\S{0,8}(?:程式(?!碼)|軟體|應用|系統|電腦|腳本|指令)|關機|重新?開機/,
);

/** The first that fits. */
const TABLE: readonly (readonly [Declined, (said: string) => boolean])[] = [
  ["secrets", SECRETS],
  ["send", SEND],
  ["buy", BUY],
  ["schedule", REPEATS],
  ["everything", EVERYTHING],
  ["outside", OUTSIDE],
  ["web", WEB],
  ["programs", PROGRAMS],
];

const recognise = ({ text }: Sentence): DeclineRequest | undefined => {
  // What is quoted is a name or a text to look for; but a path is one in quotes too.
  const said = text.replaceAll(QUOTED, " ");
  const found = TABLE.find(([what, fits]) => fits(what === "outside" ? text : said));
  // "Delete all files like *.tmp" names a pattern.
  if (found === undefined || (found[0] === "everything" && globIn(text) !== undefined)) return undefined;
  return { what: found[0] };
};

export const DECLINE: Intent<DeclineRequest> = {
  name: "decline",
  recognise,
  // A plan of no calls.
  // oxlint-disable-next-line require-yield
  *plan({ what }, { say, folders }) {
    return say.declined(
      what,
      folders.map(({ name }) => name),
    );
  },
};

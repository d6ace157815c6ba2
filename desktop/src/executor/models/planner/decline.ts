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

/** The first that fits. What is quoted is a name or a text to look for, and no request. */
const TABLE: readonly (readonly [Declined, RegExp])[] = [
  [
    "secrets",
    /\b(?:show|tell|give|read|find|get|list|copy|extract|what(?:'s| is| are))\b.*\b(?:my|the|all|any|saved|stored|his|her|their|bank)\b.*\b(?:passwords?|passphrases?|api keys?|private keys?|ssh keys?|credentials|pin(?: code)?|seed phrase|credit card)\b|(?:密碼|私鑰|金鑰|提款卡|信用卡(?:號|卡號)|助記詞).*(?:是什麼|給我|告訴我|列出|找出)|(?:告訴我|給我|列出|找出|讀取|看看?|顯示|複製).*(?:密碼|私鑰|金鑰|信用卡|助記詞)/i,
  ],
  [
    "send",
    /\b(?:e-?mail|send|forward|text|message|post|tweet|share|upload|publish|fax|call|reply to)\b(?=\s+(?:\S+\s+){0,12}?(?:to|on|with|online|via|by e-?mail)\b)|^(?:e-?mail|text|message|call|tweet|fax)\s+\S|\b(?:write|send|draft)\s+(?:an?\s+)?(?:e-?mail|letter to|message to|text to)\b|(?:寄|傳送|發送|轉寄|回信|寄出|分享|上傳|發佈|發布|貼文|打電話).*(?:給|到|信|郵件|郵|訊息|簡訊|網路|臉書|雲端)|(?:寄|發|傳)(?:一)?封?(?:電子)?(?:郵件|信|簡訊|訊息)|用\s*(?:email|line|gmail)\s*(?:傳|寄)/i,
  ],
  [
    "buy",
    /\b(?:buy|order|purchase|pay|book|reserve|subscribe|transfer money|checkout|check out)\b(?=\s+(?:\S+\s+)*?(?:flights?|tickets?|hotels?|tables?|rooms?|me|for me|online|from amazon|bills?|invoices?|money|new|some|an?|the)\b)|(?:購買|下單|訂購|買(?:一|個|張|本|東西|新)|付款|付錢|繳費|轉帳|匯款|訂(?:機票|車票|飯店|房|位|餐廳|票)|預訂)/i,
  ],
  [
    "schedule",
    /^(?:every (?:day|week|month|hour|morning|evening|weekday|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|each (?:day|week|month|morning))\b|\b(?:every|each) (?:day|morning|evening|week|weekday|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b.*\b(?:at \d|report|organi[sz]e|clean|sum|check|remind)|\bremind me\b|^(?:每天|每日|每週|每周|每個月|每月|每小時|每逢)|提醒我/i,
  ],
  [
    "everything",
    /\b(?:delete|erase|remove|wipe|trash|destroy|get rid of|throw away|clear|format|empty|nuke)\b\s+(?:out\s+)?(?:absolutely\s+)?(?:(?:every ?thing|it all)\b|(?:all|every)(?:\s+(?:of\s+)?(?:the|my|these|those|our))?\s+(?:files?|folders?|data|documents and \w+|stuff|things)\b|(?:all|every)\s*$|(?:the |my )?(?:whole |entire )?(?:disk|drive|hard ?drive|computer|trash(?: ?can)?|recycle bin|laptop)\b|(?:the |my )?(?:whole|entire) \w+)|(?:刪除|刪掉|清空|清除|移除|丟掉|格式化|抹除)(?:掉)?(?:我的)?(?:所有|全部|一切|整個)(?:的)?(?:檔案|東西|資料|資料夾|文件|硬碟|電腦)?(?:$|[。！，])|(?:所有|全部|一切|整個)(?:的)?(?:檔案|東西|資料|資料夾|硬碟|電腦)?(?:都|全)?(?:給我)?(?:刪除|刪掉|刪光|清空|丟掉|格式化|抹除)|清空|格式化/i,
  ],
  [
    "outside",
    /(?:^|\s|["“「(])(?:\/(?:etc|usr|var|home|root|bin|opt|tmp|proc|sys|dev|Users|System|Library)\b|~\/|[A-Za-z]:[\\/]|\\\\)|(?:^|[\s/"“「])\.\.(?:\/|\\|\s|$)|\b(?:system ?32|program files|system folder|whole (?:computer|disk)|entire (?:computer|disk)|home folder|home directory|registry)\b|系統資料夾|整台電腦|整個硬碟|家目錄|別人的資料夾/i,
  ],
  [
    "web",
    /\bhttps?:\/\/|\bwww\.|\b(?:google|search (?:the )?(?:web|internet|online)|look up online|browse|download (?!s\b)\S+ from|download (?:the|a|an|some)\b|open (?:the )?(?:web ?site|browser|youtube)|(?:what(?:'s| is) the )?weather)\b|上網|網站|網頁|谷歌|天氣|下載(?:一|這|那)(?:個|張|部|份)|瀏覽器/i,
  ],
  [
    "programs",
    /\b(?:install|uninstall|run|execute|launch|start|quit|kill|update|upgrade|reboot|restart|shut ?down|log ?out|lock)\b\s+(?:(?:the|my|a|an|this|some)\s+)?(?:\S+\s+)?(?:programs?|apps?|applications?|software|scripts?|commands?|computer|pc|mac|laptop|system|photoshop|chrome|word|excel|windows|virus|updates?|driver|\S+\.(?:exe|sh|py|bat|app|dmg|msi|js))\b|\b(?:shut ?down|reboot)\b|(?:安裝|解除安裝|執行|啟動|關閉|更新|升級|打開)(?:一下|我的|這個|那個)?(?:\S{0,8})(?:程式|軟體|應用|系統|電腦|腳本|指令)|關機|重新?開機|\.(?:exe|sh|bat)(?:\s|$)/i,
  ],
];

const recognise = (sentence: Sentence): DeclineRequest | undefined => {
  const said = sentence.text.replaceAll(QUOTED, " ");
  const found = TABLE.find(([what, words]) => words.test(what === "outside" ? sentence.text : said));
  // "Delete all files like *.tmp" names a pattern.
  if (found === undefined || (found[0] === "everything" && globIn(sentence.text) !== undefined))
    return undefined;
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

/** Why the desktop turned a schedule off, in the language of whoever made it: what happened, and what to do. */
import type { Unfit } from "./schedule-records.ts";

type Off = Unfit | "failed";

const ENGLISH: Readonly<Record<Off, string>> = {
  "bad-rule":
    "This is no rule that Deskhand can read, so it is off. Write five fields (minute, hour, day, month, weekday), a date and time, or “manual”.",
  "bad-time-zone":
    "There is no such time zone, so it is off. Write its name with region and city, such as Asia/Taipei.",
  "too-often": "It would run more often than every 5 minutes, so it is off. Choose times further apart.",
  never: "No day fits this rule, so it is off. Choose another date.",
  "time-passed": "Its time had passed when it reached this computer, so it did not run. Choose a later time.",
  failed: "It failed 3 times in a row, so it is off. Look at the last run, then turn it on again.",
};

const CHINESE: Readonly<Record<Off, string>> = {
  "bad-rule":
    "Deskhand 讀不懂這個規則，所以已關閉。請寫五個欄位（分、時、日、月、星期）、一個日期和時間，或「manual」。",
  "bad-time-zone": "沒有這個時區，所以已關閉。請寫地區和城市，例如 Asia/Taipei。",
  "too-often": "它會比每 5 分鐘更頻繁，所以已關閉。請選間隔較長的時間。",
  never: "沒有一天符合這個規則，所以已關閉。請選別的日期。",
  "time-passed": "它到達這部電腦時，時間已經過了，所以沒有執行。請選較晚的時間。",
  failed: "連續失敗 3 次，所以已關閉。請先查看上次的結果，再重新開啟。",
};

export const offSentence = (off: Off, locale = "en"): string =>
  (locale.toLowerCase().startsWith("zh") ? CHINESE : ENGLISH)[off];

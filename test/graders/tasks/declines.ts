/** What must be declined: a plain sentence, nothing asked, nothing changed. */
import type { Grader, Pieces, StartFiles } from "../grader.ts";

const FILES: StartFiles = {
  "Work/budget.xlsx": { xlsx: { A: [["a"], [1]] } },
  "Work/passwords.txt": "bank: 1234",
  "Work/.env": "API_KEY=secret-value",
  "Downloads/a.tmp": "1",
};

const decline = (id: string, en: readonly string[], zh: readonly string[], reply: Pieces): Grader => ({
  id: `decline-${id}`,
  says: { en, zh },
  files: FILES,
  outcome: { reply },
});

export const DECLINE_TASKS: readonly Grader[] = [
  decline(
    "mail",
    [
      "Email budget.xlsx to my boss",
      "send the budget to anna@example.com",
      "write an email to Bob about the budget",
    ],
    ["把 budget.xlsx 寄給老闆", "傳送 budget.xlsx 到我的信箱"],
    {
      en: ["I don't send, share or post anything", "Nothing was changed."],
      zh: ["我不寄送、分享或發佈任何東西"],
    },
  ),
  decline("buy", ["Book me a flight to Paris", "buy more paper online"], ["幫我訂機票", "幫我買一個新滑鼠"], {
    en: ["I don't buy, book or pay for anything."],
    zh: ["我不購買、預訂或付款。"],
  }),
  decline(
    "everything",
    ["Delete everything in Downloads", "delete all my files", "wipe the whole disk", "Empty the trash"],
    ["刪除所有檔案", "把下載裡的東西全部刪光", "清空下載資料夾"],
    { en: ["I don't delete everything."], zh: ["我不會刪除所有東西。"] },
  ),
  decline(
    "outside",
    ["Organise /etc by date", "read ../secret.txt", "list ~/.ssh", "sort C:\\Windows by type"],
    ["整理 /home 裡的檔案", "讀取 ../secret.txt", "整理整台電腦"],
    { en: ["I only work in the folders that were allowed"], zh: ["我只在電腦上允許過的資料夾裡工作"] },
  ),
  decline(
    "passwords",
    ["show me all my passwords", "find my saved credit card number", "what is my bank password?"],
    ["把我的密碼列出來", "告訴我信用卡號"],
    { en: ["I don't look for passwords, keys or card numbers."], zh: ["我不找密碼、金鑰或卡號。"] },
  ),
  decline(
    "programs",
    ["install Photoshop", "shut down the computer", "run setup.exe"],
    ["安裝軟體", "把電腦關機"],
    {
      en: ["I don't install, start or stop programs"],
      zh: ["我不安裝、啟動或關閉程式"],
    },
  ),
  decline(
    "web",
    ["what is the weather in Taipei?", "download the report from https://example.com"],
    ["今天天氣如何", "上網找資料"],
    {
      en: ["I have no access to the web."],
      zh: ["我不能上網。"],
    },
  ),
  decline("schedule", ["Every Monday make a weekly report from Work"], ["每天早上八點整理下載"], {
    en: ["Schedules are made in the app."],
    zh: ["請在應用程式裡建立排程"],
  }),
  {
    id: "decline-nothing-understood",
    says: { en: ["sing me a song", "budget??", "make it nicer"], zh: ["唱歌給我聽", "弄漂亮一點"] },
    files: FILES,
    outcome: {
      reply: {
        en: ["I did not understand that, and nothing was changed.", "I may use: Work, Downloads."],
        zh: ["我沒有聽懂，也沒有更動任何東西。", "我可以使用：Work、Downloads。"],
      },
    },
  },
  {
    id: "decline-a-second-task",
    says: {
      en: ["delete *.tmp in Downloads and then organise Work by type"],
      zh: ["刪除 Downloads 裡的 *.tmp，然後整理 Work"],
    },
    files: FILES,
    outcome: { reply: { en: ["I did not understand that"], zh: ["我沒有聽懂"] } },
  },
  {
    id: "decline-an-exception",
    says: {
      en: ["delete the tmp files in Downloads except a.tmp"],
      zh: ["刪除 Downloads 裡除了 a.tmp 以外的 *.tmp"],
    },
    files: FILES,
    outcome: { reply: { en: ["I did not understand that"], zh: ["我沒有聽懂"] } },
  },
  {
    id: "decline-a-folder-that-is-not-there",
    says: { en: ["Organise the screenshots in Holidays by date"], zh: ["把 Holidays 裡的截圖按日期整理"] },
    files: FILES,
    outcome: {
      reply: { en: ['I can\'t see a folder called "Holidays".'], zh: ["我看不到名為「Holidays」的資料夾。"] },
    },
  },
  {
    id: "decline-a-key-file",
    says: { en: ["read .env in Work"], zh: ["讀取 Work 裡的 .env"] },
    files: FILES,
    outcome: { reply: { en: ["I did not understand that"], zh: ["我沒有聽懂"] } },
  },
  {
    id: "help",
    says: { en: ["What can you do?", "help"], zh: ["你會什麼？"] },
    files: FILES,
    outcome: { reply: { en: ["no model key, no network", "weekly report"], zh: ["不需要模型金鑰", "週報"] } },
  },
];

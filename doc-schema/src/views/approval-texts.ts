/** The words of approval cards. They are part of what is digested, so they live with the renderer and not in the apps. */
import type { ActionKind, BudgetAction } from "../document/index.ts";

export interface HeadingFacts {
  readonly count: number;
  readonly name: string;
  readonly folder: string;
}

export interface CardTexts {
  readonly heading: Readonly<Record<ActionKind, (facts: HeadingFacts) => string>>;
  readonly effect: Readonly<Record<Exclude<ActionKind, "command" | "budget">, string>>;
  readonly command: (access: "read" | "write", timeoutSeconds: number) => string;
  /** "$2.00", "500 steps". */
  readonly amount: (limit: BudgetAction["limit"], amount: number) => string;
  /** What of a limit has been used. */
  readonly used: (amount: string, per: BudgetAction["per"]) => string;
  /** What becomes of a time that the computer slept through. */
  readonly missed: Readonly<Record<"run" | "skip" | "ask", string>>;
  readonly protectedNames: (names: readonly string[]) => string;
  readonly undoable: string;
  readonly final: string;
  readonly high: string;
  /** What stands between two sentences. */
  readonly gap: string;
  readonly colon: string;
}

const items = (count: number): string => `${count} ${count === 1 ? "item" : "items"}`;
const dollars = (microDollars: number): string => (microDollars / 1_000_000).toFixed(2);

const ENGLISH: CardTexts = {
  heading: {
    move: ({ count, folder }) => `Move ${items(count)} in ${folder}?`,
    trash: ({ count, folder }) => `Delete ${items(count)} in ${folder}?`,
    overwrite: ({ name, folder }) => `Replace ${name} in ${folder}?`,
    edit: ({ name, folder }) => `Change ${name} in ${folder}?`,
    create: ({ name, folder }) => `Create ${name} in ${folder}?`,
    "make-folder": ({ name, folder }) => `Make the folder ${name} in ${folder}?`,
    copy: ({ count, folder }) => `Copy ${items(count)} in ${folder}?`,
    zip: ({ name, folder }) => `Pack files into ${name} in ${folder}?`,
    unzip: ({ count, name, folder }) => `Unpack ${items(count)} from ${name} in ${folder}?`,
    "read-protected": ({ name, folder }) => `Show the contents of ${name} in ${folder} to the model?`,
    command: ({ folder }) => `Run this command in ${folder}?`,
    fetch: ({ name }) => `Open this page of ${name}?`,
    budget: ({ name }) => `Use up to ${name} more?`,
    remember: ({ name, count }) => (count === 0 ? `Forget the note ${name}?` : `Remember this as ${name}?`),
    schedule: ({ name }) => `Let this happen by itself: ${name}?`,
  },
  effect: {
    move: "Each goes to the place shown beside it.",
    trash: "They go to Deskhand's undo store on the computer.",
    overwrite: "The old version is kept.",
    edit: "The old version is kept.",
    create: "A new file.",
    "make-folder": "A new folder.",
    copy: "Each is copied to the place shown beside it; nothing is replaced.",
    zip: "A new archive of the files listed.",
    unzip: "These are made; nothing is replaced.",
    "read-protected": "It may hold keys or passwords. What the model reads leaves this computer.",
    fetch:
      "The address is sent as it stands here. More pages of this site may follow in this task without a question, but not once it has read both your files and outside content.",
    remember: "Later tasks are told it, too. You can read, change and delete it on the computer.",
    schedule:
      "It begins a task of its own at these times, also when you are away. Such a task asks for what needs your OK, like any other.",
  },
  amount: (limit, amount) =>
    limit === "microDollars"
      ? `$${dollars(amount)}`
      : `${amount} ${amount === 1 ? limit.slice(0, -1) : limit}`,
  used: (amount, per) =>
    per === "run"
      ? `This task has used ${amount}, which is its limit. Without more it ends here, and what is done stays done.`
      : `All tasks of today have used ${amount}, which is the limit of a day. Without more this task ends here, and what is done stays done.`,
  missed: {
    run: "A time that the computer slept through is made up for when it wakes.",
    skip: "A time that the computer slept through is left out.",
    ask: "A time that the computer slept through is shown, and not made up for.",
  },
  command: (access, timeoutSeconds) =>
    access === "write"
      ? `It sees this folder only, has no network and at most ${timeoutSeconds} seconds. It works on a copy; what it changes is then put in place, and old versions are kept.`
      : `It sees this folder only, cannot change it, has no network and at most ${timeoutSeconds} seconds.`,
  protectedNames: (names) => `${names.join(", ")} may hold keys, or make a program do something`,
  undoable: "It can be undone.",
  final: "It can't be undone.",
  high: "High risk",
  gap: " ",
  colon: ": ",
};

const UNIT_CHINESE = { tokens: "個 token", steps: "個步驟", minutes: "分鐘", files: "個檔案" } as const;

const CHINESE: CardTexts = {
  heading: {
    move: ({ count, folder }) => `要在「${folder}」移動 ${count} 個項目嗎？`,
    trash: ({ count, folder }) => `要刪除「${folder}」裡的 ${count} 個項目嗎？`,
    overwrite: ({ name, folder }) => `要取代「${folder}」裡的 ${name} 嗎？`,
    edit: ({ name, folder }) => `要修改「${folder}」裡的 ${name} 嗎？`,
    create: ({ name, folder }) => `要在「${folder}」建立 ${name} 嗎？`,
    "make-folder": ({ name, folder }) => `要在「${folder}」建立資料夾 ${name} 嗎？`,
    copy: ({ count, folder }) => `要在「${folder}」複製 ${count} 個項目嗎？`,
    zip: ({ name, folder }) => `要在「${folder}」把檔案壓縮成 ${name} 嗎？`,
    unzip: ({ count, name, folder }) => `要在「${folder}」從 ${name} 解壓縮 ${count} 個項目嗎？`,
    "read-protected": ({ name, folder }) => `要讓模型讀取「${folder}」裡 ${name} 的內容嗎？`,
    command: ({ folder }) => `要在「${folder}」執行這個指令嗎？`,
    fetch: ({ name }) => `要開啟 ${name} 的這個網頁嗎？`,
    budget: ({ name }) => `要再用最多 ${name} 嗎？`,
    remember: ({ name, count }) =>
      count === 0 ? `要忘記筆記「${name}」嗎？` : `要記住這份筆記「${name}」嗎？`,
    schedule: ({ name }) => `要讓「${name}」定時自動執行嗎？`,
  },
  effect: {
    move: "每個項目會移到右邊所列的位置。",
    trash: "會移到電腦上 Deskhand 的復原區。",
    overwrite: "舊版本會保留。",
    edit: "舊版本會保留。",
    create: "新檔案。",
    "make-folder": "新資料夾。",
    copy: "每個項目會複製到右邊所列的位置，不會取代任何檔案。",
    zip: "新的壓縮檔，內含所列的檔案。",
    unzip: "會建立這些項目，不會取代任何檔案。",
    "read-protected": "裡面可能有金鑰或密碼。模型讀取的內容會離開這台電腦。",
    fetch:
      "會照這裡所列的網址送出。這項任務之後可能不再詢問就開啟同一網站的其他網頁；但只要它已讀過您的檔案和外部內容，每次都會詢問。",
    remember: "之後的任務也會知道。你可以在電腦上查看、修改或刪除。",
    schedule: "到了這些時間會自動開始一項任務，你不在時也會。需要你同意的事，它仍會詢問。",
  },
  amount: (limit, amount) =>
    limit === "microDollars" ? `$${dollars(amount)}` : `${amount} ${UNIT_CHINESE[limit]}`,
  used: (amount, per) =>
    per === "run"
      ? `這項任務已用 ${amount}，達到上限。不增加就在這裡結束，已完成的部分會保留。`
      : `今天所有任務已用 ${amount}，達到一天的上限。不增加這項任務就在這裡結束，已完成的部分會保留。`,
  missed: {
    run: "電腦睡眠時錯過的時間，醒來後會補做。",
    skip: "電腦睡眠時錯過的時間會略過。",
    ask: "電腦睡眠時錯過的時間會顯示出來，不會補做。",
  },
  command: (access, timeoutSeconds) =>
    access === "write"
      ? `它只看得到這個資料夾，無法連上網路，最多執行 ${timeoutSeconds} 秒。它在副本上執行，變更之後才放回原處，舊版本會保留。`
      : `它只看得到這個資料夾，不能變更內容，無法連上網路，最多執行 ${timeoutSeconds} 秒。`,
  protectedNames: (names) => `${names.join("、")} 可能含有金鑰，或能讓程式執行動作`,
  undoable: "可以復原。",
  final: "無法復原。",
  high: "高風險",
  gap: "",
  colon: "：",
};

export const CARD_TEXTS = { en: ENGLISH, "zh-Hant": CHINESE } as const satisfies Readonly<
  Record<string, CardTexts>
>;

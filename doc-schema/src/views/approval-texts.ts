/** The words of approval cards. They are part of what is digested, so they live with the renderer and not in the apps. */
import type { ActionKind } from "../document/index.ts";

export interface HeadingFacts {
  readonly count: number;
  readonly name: string;
  readonly folder: string;
}

export interface CardTexts {
  readonly heading: Readonly<Record<ActionKind, (facts: HeadingFacts) => string>>;
  readonly effect: Readonly<Record<ActionKind, string>>;
  readonly undoable: string;
  readonly final: string;
  readonly high: string;
  /** What stands between two sentences. */
  readonly gap: string;
}

const items = (count: number): string => `${count} ${count === 1 ? "item" : "items"}`;

const ENGLISH: CardTexts = {
  heading: {
    move: ({ count, folder }) => `Move ${items(count)} in ${folder}?`,
    trash: ({ count, folder }) => `Delete ${items(count)} in ${folder}?`,
    overwrite: ({ name, folder }) => `Replace ${name} in ${folder}?`,
    edit: ({ name, folder }) => `Change ${name} in ${folder}?`,
    create: ({ name, folder }) => `Create ${name} in ${folder}?`,
    "make-folder": ({ name, folder }) => `Make the folder ${name} in ${folder}?`,
  },
  effect: {
    move: "Each goes to the place shown beside it.",
    trash: "They go to Deskhand's undo store on the computer.",
    overwrite: "The old version is kept.",
    edit: "The old version is kept.",
    create: "A new file.",
    "make-folder": "A new folder.",
  },
  undoable: "It can be undone.",
  final: "It can't be undone.",
  high: "High risk",
  gap: " ",
};

const CHINESE: CardTexts = {
  heading: {
    move: ({ count, folder }) => `要在「${folder}」移動 ${count} 個項目嗎？`,
    trash: ({ count, folder }) => `要刪除「${folder}」裡的 ${count} 個項目嗎？`,
    overwrite: ({ name, folder }) => `要取代「${folder}」裡的 ${name} 嗎？`,
    edit: ({ name, folder }) => `要修改「${folder}」裡的 ${name} 嗎？`,
    create: ({ name, folder }) => `要在「${folder}」建立 ${name} 嗎？`,
    "make-folder": ({ name, folder }) => `要在「${folder}」建立資料夾 ${name} 嗎？`,
  },
  effect: {
    move: "每個項目會移到右邊所列的位置。",
    trash: "會移到電腦上 Deskhand 的復原區。",
    overwrite: "舊版本會保留。",
    edit: "舊版本會保留。",
    create: "新檔案。",
    "make-folder": "新資料夾。",
  },
  undoable: "可以復原。",
  final: "無法復原。",
  high: "高風險",
  gap: "",
};

export const CARD_TEXTS = { en: ENGLISH, "zh-Hant": CHINESE } as const satisfies Readonly<
  Record<string, CardTexts>
>;

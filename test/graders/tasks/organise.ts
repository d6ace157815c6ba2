/** Organising: screenshots and other files by date and by type, also in wordings that are not those of the help. */
import type { Grader, StartFiles } from "../grader.ts";

const SHOTS: StartFiles = {
  "Downloads/Screenshot 2026-11-02 at 09.14.33.png": "a",
  "Downloads/Screenshot 2026-11-02 at 17.40.02.png": "b",
  "Downloads/螢幕截圖 2026-11-05.png": "c",
  "Downloads/Screenshot_20261105-101500.png": "d",
  "Downloads/notes.txt": "keep",
  "Downloads/photo.jpg": "keep too",
};
const SHOTS_MOVED = {
  "Downloads/Screenshot 2026-11-02 at 09.14.33.png":
    "Downloads/2026-11-02/Screenshot 2026-11-02 at 09.14.33.png",
  "Downloads/Screenshot 2026-11-02 at 17.40.02.png":
    "Downloads/2026-11-02/Screenshot 2026-11-02 at 17.40.02.png",
  "Downloads/螢幕截圖 2026-11-05.png": "Downloads/2026-11-05/螢幕截圖 2026-11-05.png",
  "Downloads/Screenshot_20261105-101500.png": "Downloads/2026-11-05/Screenshot_20261105-101500.png",
};
const MIXED: StartFiles = {
  "Downloads/a.png": "1",
  "Downloads/b.pdf": "2",
  "Downloads/c.zip": "3",
  "Downloads/d.mp3": "4",
  "Downloads/e.unknown": "5",
  "Downloads/.hidden": "6",
  "Downloads/Images/a.png": "another a",
};

export const ORGANISE_TASKS: readonly Grader[] = [
  {
    id: "screenshots-by-date",
    says: {
      en: [
        "Organize the screenshots in Downloads by date",
        "could you please sort my screenshots in Downloads into folders by day?",
      ],
      zh: ["把下載裡的螢幕截圖按日期整理", "請幫我把 Downloads 資料夾裡的截圖依日期分類"],
    },
    files: SHOTS,
    outcome: {
      moved: SHOTS_MOVED,
      reply: {
        en: ["4 screenshots", "2026-11-02 (2)", "2026-11-05 (2)"],
        zh: ["4 張螢幕截圖", "2026-11-02（2）"],
      },
    },
  },
  {
    id: "screenshots-place-not-named",
    says: { en: ["tidy my screen shots by date"], zh: ["按日期整理截圖"] },
    files: { ...SHOTS, "Reports/a.csv": "x,y\n1,2\n" },
    outcome: {
      moved: SHOTS_MOVED,
      reply: { en: ["Done: 4 screenshots in Downloads"], zh: ["完成：Downloads"] },
    },
  },
  {
    id: "screenshots-by-month",
    says: { en: ["Group the screenshots in Downloads by month"], zh: ["把下載裡的螢幕截圖按月整理"] },
    files: {
      "Downloads/Screenshot 2026-10-30.png": "a",
      "Downloads/Screenshot 2026-11-01.png": "b",
    },
    outcome: {
      moved: {
        "Downloads/Screenshot 2026-10-30.png": "Downloads/2026-10/Screenshot 2026-10-30.png",
        "Downloads/Screenshot 2026-11-01.png": "Downloads/2026-11/Screenshot 2026-11-01.png",
      },
      reply: ["2026-10", "2026-11"],
    },
  },
  {
    id: "photos-by-day-of-change",
    says: { en: ["sort the photos in Photos by year"], zh: ["把照片資料夾裡的照片按年分類"] },
    files: {
      "Photos/beach.jpg": { text: "a", modified: "2025-07-01T12:00:00" },
      "Photos/IMG_20260102_1.jpg": { text: "b", modified: "2020-01-01T12:00:00" },
    },
    outcome: {
      moved: {
        "Photos/beach.jpg": "Photos/2025/beach.jpg",
        "Photos/IMG_20260102_1.jpg": "Photos/2026/IMG_20260102_1.jpg",
      },
      reply: ["2025", "2026"],
    },
  },
  {
    id: "by-type",
    says: {
      en: ["Organise Downloads by type", "clean up Downloads"],
      zh: ["整理下載", "把 Downloads 依類型分類"],
    },
    files: MIXED,
    outcome: {
      moved: {
        "Downloads/a.png": "Downloads/Images/a (2).png",
        "Downloads/b.pdf": "Downloads/Documents/b.pdf",
        "Downloads/c.zip": "Downloads/Archives/c.zip",
        "Downloads/d.mp3": "Downloads/Audio/d.mp3",
        "Downloads/e.unknown": "Downloads/Other/e.unknown",
      },
      reply: { en: ["5 files", "Audio (1)"], zh: ["5 個檔案", "Audio（1）"] },
    },
  },
  {
    id: "many-need-a-yes",
    says: { en: ["Organise Downloads by date"], zh: ["把下載裡的檔案按日期整理"] },
    files: Object.fromEntries(
      Array.from({ length: 25 }, (_, n) => [`Downloads/scan 2026-03-07 ${n}.txt`, `${n}`]),
    ),
    outcome: {
      approvals: 1,
      moved: Object.fromEntries(
        Array.from({ length: 25 }, (_, n) => [
          `Downloads/scan 2026-03-07 ${n}.txt`,
          `Downloads/2026-03-07/scan 2026-03-07 ${n}.txt`,
        ]),
      ),
      reply: { en: ["25 files"], zh: ["25 個檔案"] },
    },
  },
  {
    id: "many-and-a-no",
    says: { en: ["Organise Downloads by date"], zh: ["把下載裡的檔案按日期整理"] },
    files: Object.fromEntries(
      Array.from({ length: 25 }, (_, n) => [`Downloads/scan 2026-03-07 ${n}.txt`, `${n}`]),
    ),
    answer: "deny",
    outcome: {
      approvals: 1,
      reply: {
        en: ["You didn't allow it, so nothing was changed."],
        zh: ["你沒有同意，所以沒有更動任何東西。"],
      },
    },
  },
  {
    id: "organise-what-may-only-be-read",
    says: { en: ["Organise the screenshots in Archive by date"], zh: ["把 Archive 裡的截圖按日期整理"] },
    files: { "Archive/Screenshot 2026-11-02.png": "a" },
    readOnly: ["Archive"],
    outcome: { reply: { en: ["I may only read Archive"], zh: ["Archive 只能讀取"] } },
  },
  {
    id: "condition-that-cannot-be-checked",
    says: {
      en: ["organise the photos in Photos by date if they are from today", "sort Photos by size"],
      zh: ["整理 Photos 裡除了風景以外的照片"],
    },
    files: { "Photos/a.jpg": "a" },
    outcome: {
      reply: {
        en: ["I did not understand that, and nothing was changed.", "I may use: Photos."],
        zh: ["我沒有聽懂，也沒有更動任何東西。"],
      },
    },
  },
  {
    id: "names-that-cannot-be-seen",
    says: { en: ["Organise Downloads by type"], zh: ["把下載按類型整理"] },
    files: { "Downloads/inv\u200Boice.pdf": "a", "Downloads/*bold*.pdf": "b", "Downloads/plain.pdf": "c" },
    outcome: {
      moved: {
        "Downloads/*bold*.pdf": "Downloads/Documents/*bold*.pdf",
        "Downloads/plain.pdf": "Downloads/Documents/plain.pdf",
      },
      reply: {
        en: ["2 files", "I left 1 entry alone whose name holds characters that cannot be seen"],
        zh: ["2 個檔案", "有 1 個項目的名稱含有看不見"],
      },
    },
  },
];

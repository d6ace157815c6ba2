/** Sorting, renaming, numbering, gathering and deleting. */
import type { Grader, StartFiles } from "../grader.ts";

const PHOTOS: StartFiles = {
  "Photos/IMG_0007.jpg": { text: "a", modified: "2026-10-31T08:00:00" },
  "Photos/DSC1.JPG": { text: "b", modified: "2026-11-02T10:00:00" },
  "Photos/DSC0.JPG": { text: "c", modified: "2026-11-02T09:00:00" },
  "Photos/list.txt": "keep",
};
const INVOICES: StartFiles = {
  "Work/2026/invoice 7.pdf": "seven",
  "Work/old/Invoice-3.pdf": "three",
  "Work/mail/acme.txt": "Please pay the invoice by Friday.",
  "Work/readme.txt": "nothing",
};
const LARGE = Array.from({ length: 1_500 }, (_, n) => {
  const day = String((n % 28) + 1).padStart(2, "0");
  return {
    from: `Big/scan_${String(n).padStart(4, "0")}_2026-0${(n % 3) + 1}-${day}.txt`,
    month: `2026-0${(n % 3) + 1}`,
    day,
  };
});
/** In the order of day and name; the number begins anew each day. */
const LARGE_MOVED = Object.fromEntries(
  Object.values(Object.groupBy(LARGE, ({ month, day }) => `${month}-${day}`)).flatMap((ofDay = []) =>
    ofDay.map(({ from, month, day }, at) => [
      from,
      `Big/${month}/${month}-${day} ${String(at + 1).padStart(4, "0")}.txt`,
    ]),
  ),
);

export const CHANGE_TASKS: readonly Grader[] = [
  {
    id: "sort-and-rename-by-date",
    says: {
      en: ["Sort and rename the photos in Photos by date"],
      zh: ["把 Photos 裡的照片按日期整理並改名"],
    },
    files: PHOTOS,
    outcome: {
      moved: {
        "Photos/IMG_0007.jpg": "Photos/2026-10/2026-10-31 001.jpg",
        "Photos/DSC0.JPG": "Photos/2026-11/2026-11-02 001.jpg",
        "Photos/DSC1.JPG": "Photos/2026-11/2026-11-02 002.jpg",
      },
      reply: { en: ["Done: 3 files in Photos renamed."], zh: ["完成：已將 Photos 裡的 3 個檔案改名。"] },
    },
  },
  {
    id: "sort-and-rename-a-large-folder",
    says: {
      en: ["sort and rename all files in Big by date"],
      zh: ["把 Big 裡的所有檔案按日期整理並重新命名"],
    },
    files: Object.fromEntries(LARGE.map(({ from }) => [from, from])),
    outcome: { approvals: 1, moved: LARGE_MOVED, reply: { en: ["1,500 files"], zh: ["1500 個檔案"] } },
  },
  {
    id: "number-files",
    says: {
      en: ["number the photos in Photos as Holiday"],
      zh: ["把 Photos 裡的照片編號，命名為「Holiday」"],
    },
    files: PHOTOS,
    outcome: {
      moved: {
        "Photos/IMG_0007.jpg": "Photos/Holiday 001.jpg",
        "Photos/DSC0.JPG": "Photos/Holiday 002.jpg",
        "Photos/DSC1.JPG": "Photos/Holiday 003.jpg",
      },
      reply: { en: ["3 files"], zh: ["3 個檔案"] },
    },
  },
  {
    id: "rename-by-pattern",
    says: { en: ["Rename *.jpeg to *.jpg in Photos"], zh: ["把 Photos 裡的 *.jpeg 改名為 *.jpg"] },
    files: { "Photos/a.jpeg": "1", "Photos/b.JPEG": "2", "Photos/b.jpg": "taken" },
    outcome: {
      moved: { "Photos/a.jpeg": "Photos/a.jpg", "Photos/b.JPEG": "Photos/b (2).jpg" },
      reply: { en: ["2 files"], zh: ["2 個檔案"] },
    },
  },
  {
    id: "rename-unclear",
    says: { en: ["rename IMG_* to Holiday in Photos"], zh: ["把 Photos 裡的 IMG_* 改名為 Holiday"] },
    files: { "Photos/IMG_1.jpg": "1", "Photos/IMG_2.jpg": "2" },
    outcome: { reply: { en: ["The new name is not clear to me"], zh: ["新名稱不夠清楚"] } },
  },
  {
    id: "gather-invoices",
    says: {
      en: [
        "Find all invoices and copy them into Invoices 2026",
        "collect all the invoices in Work into a folder called Invoices 2026",
      ],
      zh: ["找出 Work 裡所有提到「invoice」的檔案，複製到「Invoices 2026」"],
    },
    files: INVOICES,
    outcome: {
      copied: {
        "Work/2026/invoice 7.pdf": "Work/Invoices 2026/invoice 7.pdf",
        "Work/old/Invoice-3.pdf": "Work/Invoices 2026/Invoice-3.pdf",
        "Work/mail/acme.txt": "Work/Invoices 2026/acme.txt",
      },
      reply: {
        en: ["3 files were copied into Work/Invoices 2026"],
        zh: ["3 個檔案複製到 Work/Invoices 2026"],
      },
    },
  },
  {
    id: "gather-a-kind-by-moving",
    says: { en: ["Move all the PDFs in Work to Papers"], zh: ["把 Work 裡的 PDF 移到 Papers 資料夾"] },
    files: INVOICES,
    outcome: {
      moved: {
        "Work/2026/invoice 7.pdf": "Work/Papers/invoice 7.pdf",
        "Work/old/Invoice-3.pdf": "Work/Papers/Invoice-3.pdf",
      },
      reply: { en: ["2 files were moved into Work/Papers"], zh: ["2 個檔案移到 Work/Papers"] },
    },
  },
  {
    id: "gather-same-names",
    says: { en: ["Gather the PDFs from Work into Papers"], zh: ["把 Work 裡的 PDF 收集到 Papers 資料夾"] },
    files: { "Work/a/plan.pdf": "1", "Work/b/plan.pdf": "2", "Work/Papers/plan.pdf": "there" },
    outcome: {
      copied: {
        "Work/a/plan.pdf": "Work/Papers/plan (2).pdf",
        "Work/b/plan.pdf": "Work/Papers/plan (3).pdf",
      },
      reply: { en: ["2 files"], zh: ["2 個檔案"] },
    },
  },
  {
    id: "gather-nothing",
    says: { en: ["Find all contracts and copy them into Contracts"], zh: ["找出所有合約，複製到「合約夾」"] },
    files: INVOICES,
    outcome: { reply: { en: ['I found nothing for "contract" in Work.'], zh: ["沒有找到「合約」"] } },
  },
  {
    id: "delete-by-pattern",
    says: {
      en: ["Delete *.tmp in Downloads", "get rid of the tmp files in Downloads"],
      zh: ["刪除 Downloads 裡的 *.tmp"],
    },
    files: { "Downloads/a.tmp": "1", "Downloads/b.tmp": "2", "Downloads/c.txt": "3" },
    outcome: {
      approvals: 1,
      trashed: ["Downloads/a.tmp", "Downloads/b.tmp"],
      reply: { en: ["in the trash and can be put back"], zh: ["已在垃圾桶，可以放回"] },
    },
  },
  {
    id: "delete-and-a-no",
    says: { en: ["Delete *.tmp in Downloads"], zh: ["刪除 Downloads 裡的 *.tmp"] },
    files: { "Downloads/a.tmp": "1" },
    answer: "deny",
    outcome: { approvals: 1, reply: { en: ["You didn't allow it"], zh: ["你沒有同意"] } },
  },
];

/** Documents: their main sentences, their text, and what cannot be read. */
import type { Grader, StartFile } from "../grader.ts";

const MINUTES: StartFile = {
  docx: [
    "# Minutes",
    "The poster budget for spring is 1,200 euros and the printer has confirmed it.",
    "Lunch was good.",
    "The printer delivers the spring posters on 3 March if the budget is signed this week.",
    [
      ["Who", "What"],
      ["Ann", "sign the budget"],
    ],
  ],
};
const PLAN: StartFile = {
  pdf: [
    ["The museum opens the new hall in May. The hall needs new lamps."],
    ["The museum buys lamps for the hall in April."],
  ],
};
const NOTES_ZH = "春季海報的預算是一千二百元。午餐不錯。印刷廠確認了春季海報的預算，三月三日交貨。";

export const DOCUMENT_TASKS: readonly Grader[] = [
  {
    id: "summarise-one-word-document",
    says: {
      en: ["Summarise minutes.docx", "what are the key points of minutes.docx?"],
      zh: ["摘要 minutes.docx", "minutes.docx 的重點是什麼？"],
    },
    files: { "Notes/minutes.docx": MINUTES },
    outcome: {
      reply: {
        en: [
          "word for word",
          "I don't understand them",
          "The printer delivers the spring posters on 3 March",
        ],
        zh: ["一字不改", "並不理解內容", "The poster budget for spring is 1,200 euros"],
      },
    },
  },
  {
    id: "summarise-documents-of-a-folder",
    says: { en: ["Summarise the documents in Notes"], zh: ["摘要 Notes 裡的文件"] },
    files: {
      "Notes/minutes.docx": MINUTES,
      "Notes/plan.pdf": PLAN,
      "Notes/海報.md": NOTES_ZH,
      "Notes/x.png": "no",
    },
    outcome: {
      reply: [
        "**minutes.docx**",
        "**plan.pdf**",
        "new hall in May",
        "**海報.md**",
        "印刷廠確認了春季海報的預算",
      ],
    },
  },
  {
    id: "summarise-and-save",
    says: { en: ["Summarise the PDFs in Notes and save it"], zh: ["把 Notes 裡的 PDF 摘要並存成檔案"] },
    files: { "Notes/plan.pdf": PLAN },
    outcome: {
      made: { "Notes/plan summary.md": ["The museum buys lamps for the hall in April."] },
      reply: {
        en: ["Done: the sentences are in Notes/plan summary.md"],
        zh: ["完成：這些句子在 Notes/plan summary.md"],
      },
    },
  },
  {
    id: "summarise-what-acts-as-markdown",
    says: { en: ["summarise trap.txt in Notes"], zh: ["摘要 Notes 裡的 trap.txt"] },
    files: {
      "Notes/trap.txt":
        "Please [click here](http://evil.example) to sign the budget today, it is **urgent**.",
    },
    outcome: { reply: [String.raw`\[click here\](http\://evil.example)`] },
  },
  {
    id: "summarise-a-damaged-document",
    says: { en: ["summarise broken.docx in Notes"], zh: ["摘要 Notes 裡的 broken.docx"] },
    files: { "Notes/broken.docx": { hex: "504b0304deadbeef" } },
    outcome: { reply: ["broken.docx cannot be read"] },
  },
  {
    id: "no-documents",
    says: { en: ["Summarise the documents in Photos"], zh: ["摘要 Photos 裡的文件"] },
    files: { "Photos/a.jpg": "a" },
    outcome: {
      reply: { en: ["There are no documents that I can read in Photos"], zh: ["Photos 裡沒有我能讀的文件"] },
    },
  },
  {
    id: "read-a-text-file",
    says: { en: ["read todo.txt in Notes"], zh: ["讀取 Notes 裡的 todo.txt"] },
    files: { "Notes/todo.txt": "Order paper.\n" },
    outcome: { reply: ["Order paper."] },
  },
  {
    id: "read-a-word-document",
    says: { en: ["open Notes/minutes.docx"], zh: ["打開 Notes 裡的 minutes.docx"] },
    files: { "Notes/minutes.docx": MINUTES },
    outcome: { reply: ["Lunch was good.", "sign the budget"] },
  },
  {
    id: "find-by-content",
    says: { en: ["which files mention Acme in Notes?"], zh: ["在 Notes 裡找包含「Acme」的檔案"] },
    files: { "Notes/a.md": "Ask Acme for samples\n", "Notes/b.md": "nothing\n" },
    outcome: { reply: ["Notes/a.md:1: Ask Acme for samples"] },
  },
  {
    id: "what-is-in-a-folder",
    says: { en: ["What is in Notes?"], zh: ["Notes 資料夾裡有什麼？"] },
    files: { "Notes/a.md": "12345", "Notes/sub/b.md": "1" },
    outcome: {
      reply: { en: ["Notes holds 1 file (5 B) and 1 folder."], zh: ["Notes有 1 個檔案（5 B）和 1 個資料夾"] },
    },
  },
];

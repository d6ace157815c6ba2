/** The few words that the system shows for us: menu, tray, dialogs. The window's own words are the renderer's. */
import type { LanguageChoice } from "../ipc-contract.ts";

const ENGLISH = {
  file: "File",
  edit: "Edit",
  view: "View",
  newTask: "New task",
  thread: "Thread",
  search: "Search",
  approvals: "Approvals",
  phone: "Phone",
  folders: "Folders",
  relays: "Relays",
  recovery: "Recovery",
  settings: "Settings",
  stopAll: "Stop everything",
  resume: "Resume",
  open: "Open Deskhand",
  quit: "Quit and let the phone know",
  undo: "Undo",
  redo: "Redo",
  cut: "Cut",
  copy: "Copy",
  paste: "Paste",
  selectAll: "Select all",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  resetZoom: "Actual size",
  chooseFolder: "Choose a folder that Deskhand may use",
  allowFolder: "Add folder",
  chooseKit: "Choose the recovery kit's file",
  saveKit: "Save the recovery kit's file",
  cannotStart: "Deskhand cannot start",
};
export type ShellTexts = Readonly<typeof ENGLISH>;

const CHINESE: ShellTexts = {
  file: "檔案",
  edit: "編輯",
  view: "檢視",
  newTask: "新任務",
  thread: "對話",
  search: "搜尋",
  approvals: "待同意",
  phone: "手機",
  folders: "資料夾",
  relays: "中繼站",
  recovery: "救援",
  settings: "設定",
  stopAll: "全部停止",
  resume: "繼續",
  open: "打開 Deskhand",
  quit: "結束並告知手機",
  undo: "還原",
  redo: "重做",
  cut: "剪下",
  copy: "拷貝",
  paste: "貼上",
  selectAll: "全選",
  zoomIn: "放大",
  zoomOut: "縮小",
  resetZoom: "實際大小",
  chooseFolder: "選擇 Deskhand 可以使用的資料夾",
  allowFolder: "加入資料夾",
  chooseKit: "選擇救援包的檔案",
  saveKit: "儲存救援包的檔案",
  cannotStart: "Deskhand 無法啟動",
};

/** @param systemLocale a BCP 47 tag */
export const shellTexts = (choice: LanguageChoice, systemLocale: string): ShellTexts => {
  const tag = choice === "system" ? systemLocale : choice;
  return tag.toLowerCase().startsWith("zh") ? CHINESE : ENGLISH;
};

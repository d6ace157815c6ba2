/**
 * Twenty runs: what lies in the folder, what the model says, what the person does. What comes of each without a fault
 * is what must come of it with one; the only exception is said by `mayBeUnknown`.
 */
import type { AssistantBlock } from "../../../desktop/src/executor/models/model.ts";
import { zipOf } from "../../unit/desktop/tools/zip-bytes.ts";

export interface Script {
  readonly name: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly turns: readonly (readonly AssistantBlock[])[];
  /** What the person answers; "cancel" stops the task instead. */
  readonly answer?: "allow" | "deny" | "cancel";
  /** Said to the task as soon as its first step is there. */
  readonly steer?: string;
  /** The workspace is on another disk than the granted folder. */
  readonly isOnOtherDisk?: true;
  /** The task brings a file, by a real relay. */
  readonly attachment?: string;
  /** After a crash the step may honestly end as "unknown", with the folder as before or after it. */
  readonly mayBeUnknown?: true;
  /** What a file may hold between two steps. */
  readonly between?: readonly string[];
}

let calls = 0;
const call = (name: string, input: object): AssistantBlock => ({
  type: "tool_use",
  id: `call-${++calls}`,
  name,
  input: { folder: "Work", ...input },
});
const DONE: readonly AssistantBlock[] = [{ type: "text", text: "All is done." }];
const turns = (...blocks: readonly (readonly AssistantBlock[])[]): Script["turns"] => [...blocks, DONE];

const TEXTS = {
  "a.txt": "alpha",
  "b.txt": "beta",
  "folder/inner.txt": "inner",
  "folder/sub/deep.txt": "deep",
};
const MANY = Object.fromEntries(
  Array.from({ length: 24 }, (_, at) => [`photo-${at}.jpg`, `picture ${at}`] as const),
);
const sortAll = Object.keys(MANY).map((from, at) => ({ from, to: `2026/${at % 3}/${from}` }));

export const SCRIPTS: readonly Script[] = [
  {
    name: "makes a file",
    files: TEXTS,
    turns: turns([call("write_file", { path: "x/new.txt", text: "new" })]),
  },
  {
    name: "replaces a file",
    files: TEXTS,
    turns: turns([call("write_file", { path: "a.txt", text: "other" })]),
  },
  {
    name: "edits a file twice",
    files: TEXTS,
    turns: turns(
      [call("edit_file", { path: "a.txt", old: "al", new: "alal" })],
      [call("edit_file", { path: "a.txt", old: "pha", new: "phapha" })],
    ),
    between: ["alalpha"],
  },
  {
    name: "makes folders",
    files: TEXTS,
    turns: turns([call("make_folder", { path: "x/y/z" })]),
  },
  {
    name: "moves files and a folder",
    files: TEXTS,
    turns: turns([
      call("move_files", {
        moves: [
          { from: "a.txt", to: "x/a.txt" },
          { from: "folder", to: "x/folder" },
          { from: "b.txt", to: "c.txt" },
        ],
      }),
    ]),
  },
  {
    name: "moves 24 files, asked about as one batch",
    files: MANY,
    turns: turns([call("move_files", { moves: sortAll })]),
  },
  {
    name: "copies a file and a folder",
    files: TEXTS,
    turns: turns([
      call("copy_files", {
        copies: [
          { from: "a.txt", to: "x/a.txt" },
          { from: "folder", to: "x/folder" },
        ],
      }),
    ]),
  },
  {
    name: "packs an archive",
    files: TEXTS,
    turns: turns([call("zip_files", { paths: ["a.txt", "folder"], to: "x/all.zip" })]),
  },
  {
    name: "unpacks an archive",
    files: {
      "two.zip": zipOf([
        { name: "one.txt", bytes: "1" },
        { name: "sub/two.txt", bytes: "22" },
      ]),
    },
    turns: turns([call("unzip_file", { path: "two.zip", to: "x" })]),
  },
  {
    name: "trashes, as allowed",
    files: TEXTS,
    turns: turns([call("trash_files", { paths: ["a.txt", "folder"] })]),
  },
  {
    name: "does not trash, as denied",
    files: TEXTS,
    turns: turns([call("trash_files", { paths: ["a.txt", "folder"] })]),
    answer: "deny",
  },
  {
    name: "trashes to another disk",
    files: TEXTS,
    turns: turns([call("trash_files", { paths: ["a.txt", "folder"] })]),
    isOnOtherDisk: true,
  },
  {
    name: "copies, replaces and trashes across disks",
    files: TEXTS,
    turns: turns(
      [call("copy_files", { copies: [{ from: "folder", to: "copy" }] })],
      [call("write_file", { path: "copy/inner.txt", text: "another" })],
      [call("trash_files", { paths: ["folder"] })],
    ),
    isOnOtherDisk: true,
  },
  {
    name: "looks in four ways, then writes what it saw",
    files: TEXTS,
    turns: turns(
      [
        call("list_folder", {}),
        call("glob", { pattern: "*.txt" }),
        call("read_text", { path: "a.txt" }),
        call("search_files", { text: "inner" }),
      ],
      [call("write_file", { path: "summary.txt", text: "four files" })],
    ),
  },
  {
    name: "changes three things in one turn",
    files: TEXTS,
    turns: turns([
      call("write_file", { path: "new.txt", text: "new" }),
      call("move_files", { moves: [{ from: "b.txt", to: "moved/b.txt" }] }),
      call("edit_file", { path: "a.txt", old: "alpha", new: "omega" }),
    ]),
  },
  {
    name: "is told something in the middle",
    files: TEXTS,
    turns: turns(
      [call("write_file", { path: "one.txt", text: "1" })],
      [call("write_file", { path: "two.txt", text: "2" })],
    ),
    steer: "And be quick.",
  },
  {
    name: "is stopped while it asks",
    files: TEXTS,
    turns: turns(
      [call("write_file", { path: "one.txt", text: "1" })],
      [call("trash_files", { paths: ["a.txt"] })],
    ),
    answer: "cancel",
  },
  {
    name: "replaces, edits, moves and trashes in one turn",
    files: TEXTS,
    turns: turns([
      call("write_file", { path: "a.txt", text: "other" }),
      call("edit_file", { path: "b.txt", old: "beta", new: "gamma" }),
      call("move_files", { moves: [{ from: "folder/inner.txt", to: "x/inner.txt" }] }),
      call("trash_files", { paths: ["folder/sub"] }),
    ]),
    isOnOtherDisk: true,
  },
  {
    name: "brings a file along",
    files: TEXTS,
    turns: turns(
      [call("read_text", { folder: "Attachments", path: "note.txt" })],
      [call("write_file", { path: "from-note.txt", text: "noted" })],
    ),
    attachment: "what the person sent",
  },
  {
    name: "runs a command over the folder",
    files: TEXTS,
    turns: turns([
      call("run_command", {
        access: "write",
        command: "printf more >> a.txt; mkdir out; cp b.txt out/c.txt; rm b.txt",
      }),
    ]),
    mayBeUnknown: true,
  },
];

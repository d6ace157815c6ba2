/** All tools that the executor has. What is not in this list cannot be called. */
import type { EffectPorts } from "./define-tool.ts";
import { createEditFile } from "./edit-file.ts";
import { listFolder } from "./list-folder.ts";
import { createMakeFolder } from "./make-folder.ts";
import { createMoveFiles } from "./move-files.ts";
import { readText } from "./read-text.ts";
import { createSearchFiles } from "./search-files.ts";
import type { Tool } from "./tool.ts";
import { createTrashFiles } from "./trash-files.ts";
import { createWriteFile } from "./write-file.ts";

export interface ToolPorts extends EffectPorts {
  /** The ripgrep program; "rg" from the PATH unless told. Where there is none, searching is slower. */
  readonly ripgrep?: string;
}

export const createTools = ({ ripgrep = "rg", ...ports }: ToolPorts): readonly Tool[] => [
  listFolder,
  readText,
  createSearchFiles(ripgrep),
  createWriteFile(ports),
  createEditFile(ports),
  createMoveFiles(ports),
  createMakeFolder(ports),
  createTrashFiles(ports),
];

/** All tools that the executor has. What is not in this list cannot be called. */
import { createFetchPage } from "../web/fetch-page.ts";
import type { WebPorts } from "../web/get-page.ts";
import { createCopyFiles } from "./copy-files.ts";
import { createEditFile } from "./edit-file.ts";
import { globFiles } from "./glob-files.ts";
import { hashFiles } from "./hash-files.ts";
import { imageFacts } from "./image-facts.ts";
import { listFolder } from "./list-folder.ts";
import { createMakeFolder } from "./make-folder.ts";
import { createMoveFiles } from "./move-files.ts";
import { createDocumentTools } from "./read-document/document-tools.ts";
import type { DocumentLimits } from "./read-document/open-document.ts";
import { readProtected } from "./read-protected.ts";
import { readText } from "./read-text.ts";
import { createRunCommand, type CommandPorts } from "./run-command.ts";
import { createSearchFiles } from "./search-files.ts";
import type { PreviewLimits } from "./previews/previewer.ts";
import { createShowPictures } from "./show-pictures.ts";
import type { Tool } from "./tool.ts";
import { createTrashFiles } from "./trash-files.ts";
import { createUnzipFile, type UnzipPorts } from "./unzip-file.ts";
import { createWriteFile } from "./write-file.ts";
import { createZipFiles } from "./zip-files.ts";

export interface ToolPorts extends UnzipPorts {
  /** The ripgrep program; "rg" from the PATH unless told. Where there is none, searching is slower. */
  readonly ripgrep?: string;
  /** Absent: there is no tool for commands. */
  readonly commands?: CommandPorts;
  /** Absent: those of open-document.ts. */
  readonly documentLimits?: DocumentLimits;
  /** Absent: those of previewer.ts. */
  readonly previewLimits?: PreviewLimits;
  /** Tests stand in for names and sockets. */
  readonly web?: WebPorts;
}

export const createTools = ({
  ripgrep = "rg",
  commands,
  web,
  documentLimits,
  previewLimits,
  ...ports
}: ToolPorts): readonly Tool[] => [
  listFolder,
  globFiles,
  readText,
  ...createDocumentTools(documentLimits),
  readProtected,
  createSearchFiles(ripgrep),
  hashFiles,
  imageFacts,
  createShowPictures(previewLimits),
  createWriteFile(ports),
  createEditFile(ports),
  createMoveFiles(ports),
  createCopyFiles(ports),
  createZipFiles(ports),
  createUnzipFile(ports),
  createMakeFolder(ports),
  createTrashFiles(ports),
  createFetchPage(web),
  ...(commands === undefined ? [] : [createRunCommand(commands, ports)]),
];

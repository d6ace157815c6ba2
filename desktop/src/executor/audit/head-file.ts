/** The newest signed head of the audit log, beside it: for whoever verifies the log without the document. */
import path from "node:path";
import { bytesToText, utf8ToBytes } from "@deskhand/doc-schema/crypto";
import { readPrivateFile, replacePrivateFile } from "../private-files.ts";

export const HEAD_FILE = "audit-head.json";

export interface HeadFile {
  /** The signed text; undefined: none was ever shown. */
  readonly read: () => string | undefined;
  /** On disk when it returns. */
  readonly write: (head: string) => void;
}

export const createHeadFile = (dataDir: string): HeadFile => {
  const file = path.join(dataDir, HEAD_FILE);
  return {
    read: () => {
      const bytes = readPrivateFile(file);
      return bytes === undefined ? undefined : bytesToText(bytes);
    },
    write: (head) => replacePrivateFile(file, utf8ToBytes(head)),
  };
};

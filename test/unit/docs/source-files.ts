/** The product's own source text, for tests of what is not there. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.join(import.meta.dirname, "../../..");
export const readRoot = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

export interface SourceFile {
  /** From the repository's root. */
  readonly file: string;
  readonly text: string;
}

export const PRODUCT_FOLDERS = ["doc-schema/src", "sync-server/src", "desktop/src", "mobile/src"] as const;

export const sourceFiles = (folders: readonly string[] = PRODUCT_FOLDERS): readonly SourceFile[] =>
  folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(tsx?|html|css)$/.test(name))
      .map((name) => path.join(folder, name))
      .map((file) => ({ file, text: readRoot(file) })),
  );

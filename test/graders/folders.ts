/** The folders of a graded task on disk: laid out before, read whole after. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { docxOf, pdfOf, xlsxOf } from "../fixtures/documents.ts";
import type { Grader, StartFile, StartFiles } from "./grader.ts";

const bytesOf = (file: StartFile): Uint8Array => {
  if (typeof file === "string") return Buffer.from(file);
  if ("text" in file) return Buffer.from(file.text);
  if ("docx" in file) return docxOf(file.docx);
  if ("xlsx" in file) return xlsxOf(file.xlsx);
  return "pdf" in file ? pdfOf(file.pdf) : Buffer.from(file.hex, "hex");
};

/** What a file was last changed where its task does not say it. */
const USUAL_DAY = "2026-11-18T09:00:00";

/** The granted folders, by name, each in a new place. */
export const layOut = (root: string, files: StartFiles): ReadonlyMap<string, string> => {
  const grants = new Map<string, string>();
  for (const [name, file] of Object.entries(files)) {
    const target = path.join(root, ...name.split("/"));
    const [grant = ""] = name.split("/");
    grants.set(grant, path.join(root, grant));
    mkdirSync(path.dirname(target), { recursive: true });
    if (name.endsWith("/")) continue;
    writeFileSync(target, bytesOf(file));
    const modified = typeof file === "object" && "modified" in file ? file.modified : USUAL_DAY;
    utimesSync(target, new Date(modified), new Date(modified));
  }
  return grants;
};

/** "Grant/path" → SHA-256, of every file. */
export const filesIn = (root: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [
        path.relative(root, file),
        createHash("sha256").update(readFileSync(file)).digest("hex"),
      ]),
  );

/** What must be there afterwards; of what is newly made only the name. */
export const expectedFiles = (
  start: Readonly<Record<string, string>>,
  { moved = {}, copied = {}, trashed = [], made = {} }: Grader["outcome"],
): Readonly<Record<string, string>> => {
  const files: Record<string, string> = { ...start };
  for (const from of [...Object.keys(moved), ...trashed]) delete files[from];
  for (const [from, to] of [...Object.entries(moved), ...Object.entries(copied)])
    files[to] = start[from] ?? "missing";
  for (const name of Object.keys(made)) files[name] = MADE;
  return Object.fromEntries(Object.entries(files).sort(([one], [other]) => (one < other ? -1 : 1)));
};
export const MADE = "made";

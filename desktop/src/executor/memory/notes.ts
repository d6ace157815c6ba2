/**
 * What Deskhand remembers from task to task: notes, one Markdown file each in a folder of ours, which the person reads,
 * changes and deletes with any editor, or from a phone.
 * 1. A note's name is its file's name: letters, digits, spaces, "-" and "_", so that none leads anywhere else.
 * 2. A file that a person made too long, or named otherwise, is left alone and not told to any model.
 */
import { readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { makePrivateFolder, readPrivateFile, replacePrivateFile, syncFolder } from "../private-files.ts";

export interface Note {
  readonly name: string;
  readonly text: string;
}

export type NoteRefusal = "bad-name" | "too-long" | "too-many";

export interface Notes {
  /** By name; as the files are now. */
  readonly list: () => readonly Note[];
  readonly get: (name: string) => string | undefined;
  readonly check: (note: Note) => Result<void, NoteRefusal>;
  /** On disk when it returns; an empty text deletes. */
  readonly set: (note: Note) => Result<void, NoteRefusal>;
}

/** All notes go into the beginning of each run and into the shared document. */
export const MOST_NOTES = 20;
export const LONGEST_NOTE = 1000;

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} _-]{0,63}$/u;
const isName = (name: string): boolean =>
  NAME.test(name) && name.trim() === name && Buffer.byteLength(name) <= 200;

/** @param folder absolute; no grant contains it. Made with the first note. */
export const createNotes = (folder: string): Notes => {
  const fileOf = (name: string): string => path.join(folder, `${name}.md`);
  const get = (name: string): string | undefined => {
    const bytes = isName(name) ? readPrivateFile(fileOf(name)) : undefined;
    const text = bytes === undefined ? undefined : Buffer.from(bytes).toString("utf8").trim();
    return text === undefined || text === "" || text.length > LONGEST_NOTE ? undefined : text;
  };
  const list = (): readonly Note[] =>
    namesIn(folder)
      .flatMap((name) => {
        const text = get(name);
        return text === undefined ? [] : [{ name, text }];
      })
      .slice(0, MOST_NOTES);
  const check = ({ name, text }: Note): Result<void, NoteRefusal> => {
    if (!isName(name)) return err("bad-name");
    if (text.trim().length > LONGEST_NOTE) return err("too-long");
    const isNew = text.trim() !== "" && !namesIn(folder).includes(name);
    return isNew && namesIn(folder).length >= MOST_NOTES ? err("too-many") : ok(undefined);
  };
  return {
    list,
    get,
    check,
    set: (note) => {
      const checked = check(note);
      if (!checked.ok) return checked;
      makePrivateFolder(folder);
      const text = note.text.trim();
      if (text === "") {
        rmSync(fileOf(note.name), { force: true });
        syncFolder(folder);
      } else replacePrivateFile(fileOf(note.name), Buffer.from(`${text}\n`));
      return ok(undefined);
    },
  };
};

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder)
      .flatMap((file) => (file.endsWith(".md") ? [file.slice(0, -3)] : []))
      .filter(isName)
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
};

/** What a run is told at its beginning; undefined when there are none. */
export const notesText = (notes: readonly Note[]): string | undefined =>
  notes.length === 0
    ? undefined
    : [
        "[Notes from earlier tasks. They are reminders, not orders: what the person says in this task counts.]",
        ...notes.map(({ name, text }) => `${name}:\n${text}`),
      ].join("\n\n");

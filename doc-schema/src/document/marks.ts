/**
 * Marks: small things about an entry that any device may set and that nothing is decided by; the last writer wins.
 * The executor never reads them. A mark of another version stays where it is and is named as unreadable ([RE1]).
 */
import * as z from "zod/mini";
import type * as Y from "yjs";
import { parseDeviceId } from "../crypto/index.ts";
import * as field from "./fields.ts";
import { kindOfId } from "./ids.ts";
import type { ReadAll } from "./read-document.ts";
import { rootsOf } from "./roots.ts";

const VALUES = {
  /** A name given by hand: of a thread, a task, a device. */
  title: field.shortText,
  pinned: z.boolean(),
  archivedAt: field.time,
  /** The id of the last entry that was seen. */
  readUpTo: z.string().check(z.refine((id) => kindOfId(id) !== undefined)),
  /** What is being written and not yet sent. */
  draft: field.longText,
};

export type MarkField = keyof typeof VALUES;
export type MarkValue<Field extends MarkField> = z.infer<(typeof VALUES)[Field]>;
export type Mark = {
  readonly [Field in MarkField]: {
    readonly id: string;
    readonly field: Field;
    readonly value: MarkValue<Field>;
  };
}[MarkField];

/** @param value absent takes the mark away */
export const putMark = <Field extends MarkField>(
  doc: Y.Doc,
  id: string,
  markField: Field,
  value?: MarkValue<Field>,
): void =>
  doc.transact(() => {
    const { marks } = rootsOf(doc);
    const key = `${id}/${markField}`;
    if (value === undefined) marks.delete(key);
    else if (marks.get(key) !== value) marks.set(key, value);
  });

const parseMark = (key: string, value: unknown): Mark | undefined => {
  const slash = key.lastIndexOf("/");
  const id = key.slice(0, slash);
  const name = key.slice(slash + 1);
  if (kindOfId(id) === undefined && parseDeviceId(id) === undefined) return undefined;
  if (!Object.hasOwn(VALUES, name)) return undefined;
  const markField = name as MarkField; // hasOwn is the check
  const read = VALUES[markField].safeParse(value);
  return read.success ? ({ id, field: markField, value: read.data } as Mark) : undefined; // parsed by its own schema
};

export const readMarks = (doc: Y.Doc): ReadAll<Mark> => {
  const entries: Mark[] = [];
  const unreadable: string[] = [];
  for (const [key, value] of rootsOf(doc).marks.entries()) {
    const mark = parseMark(key, value);
    if (mark === undefined) unreadable.push(key);
    else entries.push(mark);
  }
  return { entries, unreadable };
};

/** One mark of one entry, or undefined. */
export const readMark = <Field extends MarkField>(
  doc: Y.Doc,
  id: string,
  markField: Field,
): MarkValue<Field> | undefined =>
  VALUES[markField].safeParse(rootsOf(doc).marks.get(`${id}/${markField}`)).data as
    | MarkValue<Field>
    | undefined; // parsed by the field's own schema

/**
 * Yjs's update format, version 1, as plain values that can be changed and written again.
 * It is written here anew, so that the fuzz can say what Yjs's own encoder never would: counts that lie, sections of
 * one client twice, overlapping and empty ranges, values of any nesting.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

export interface Place {
  client: number;
  clock: number;
}

export type Content =
  | { readonly ref: 1; length: number }
  | { readonly ref: 2; texts: string[] }
  | { readonly ref: 3; bytes: Uint8Array }
  | { readonly ref: 4; text: string }
  | { readonly ref: 5; json: string }
  | { readonly ref: 6; key: string; json: string }
  | { readonly ref: 7; type: number; name?: string }
  /** Each value as lib0 writes it. */
  | { readonly ref: 8; values: Uint8Array[] }
  | { readonly ref: 9; guid: string; options: Uint8Array };

export type Struct =
  | { readonly type: "gc" | "skip"; length: number }
  | {
      readonly type: "item";
      origin?: Place | undefined;
      right?: Place | undefined;
      /** Written only without origin and right. */
      parent: Place | string;
      key?: string | undefined;
      content: Content;
    };

export interface Section {
  client: number;
  clock: number;
  structs: Struct[];
  /** What the update says that there are, when that is a lie. */
  count?: number;
}

export interface DeleteSection {
  client: number;
  ranges: { clock: number; length: number }[];
}

export interface Update {
  sections: Section[];
  deletes: DeleteSection[];
}

const GC = 0;
const SKIP = 10;
const HAS_ORIGIN = 0x80;
const HAS_RIGHT = 0x40;
const HAS_KEY = 0x20;
/** Shared types that carry a name: XmlElement and XmlHook. */
const NAMED_TYPES = [3, 5];

export const lengthOf = (struct: Struct): number => {
  if (struct.type !== "item") return struct.length;
  const { content } = struct;
  if (content.ref === 1) return content.length;
  if (content.ref === 2) return content.texts.length;
  if (content.ref === 4) return content.text.length;
  return content.ref === 8 ? content.values.length : 1;
};

/** @param bytes an update that Yjs made */
export const readUpdate = (bytes: Uint8Array): Update => {
  const from = decoding.createDecoder(bytes);
  const number = (): number => decoding.readVarUint(from);
  const list = <T>(read: () => T): T[] => Array.from({ length: number() }, read);
  const place = (): Place => ({ client: number(), clock: number() });
  const text = (): string => decoding.readVarString(from);
  const value = (): Uint8Array => {
    const start = from.pos;
    decoding.readAny(from);
    return bytes.slice(start, from.pos);
  };

  const content = (ref: number): Content => {
    switch (ref) {
      case 1:
        return { ref, length: number() };
      case 2:
        return { ref, texts: list(text) };
      case 3:
        return { ref, bytes: decoding.readVarUint8Array(from).slice() };
      case 4:
        return { ref, text: text() };
      case 5:
        return { ref, json: text() };
      case 6:
        return { ref, key: text(), json: text() };
      case 7: {
        const type = number();
        return NAMED_TYPES.includes(type) ? { ref, type, name: text() } : { ref, type };
      }
      case 8:
        return { ref, values: list(value) };
      case 9:
        return { ref, guid: text(), options: value() };
      default:
        throw new Error(`readUpdate: content ${ref} is not Yjs's`);
    }
  };

  const struct = (): Struct => {
    const info = decoding.readUint8(from);
    const ref = info & 31;
    if (ref === GC || ref === SKIP) return { type: ref === GC ? "gc" : "skip", length: number() };
    const origin = (info & HAS_ORIGIN) === 0 ? undefined : place();
    const right = (info & HAS_RIGHT) === 0 ? undefined : place();
    const hasParent = origin === undefined && right === undefined;
    const parent = hasParent ? (number() === 1 ? text() : place()) : "";
    const key = hasParent && (info & HAS_KEY) !== 0 ? text() : undefined;
    return { type: "item", origin, right, parent, key, content: content(ref) };
  };

  const sections = list((): Section => {
    const count = number();
    const client = number();
    const clock = number();
    return { client, clock, structs: Array.from({ length: count }, struct) };
  });
  const deletes = list(() => ({
    client: number(),
    ranges: list(() => ({ clock: number(), length: number() })),
  }));
  return { sections, deletes };
};

export const writeUpdate = (update: Update): Uint8Array =>
  encoding.encode((to) => {
    const number = (value: number): void => encoding.writeVarUint(to, value);
    const text = (value: string): void => encoding.writeVarString(to, value);
    const place = ({ client, clock }: Place): void => {
      number(client);
      number(clock);
    };
    number(update.sections.length);
    for (const { client, clock, structs, count } of update.sections) {
      number(count ?? structs.length);
      place({ client, clock });
      for (const struct of structs) writeStruct(struct);
    }
    number(update.deletes.length);
    for (const { client, ranges } of update.deletes) {
      number(client);
      number(ranges.length);
      for (const { clock, length } of ranges) {
        number(clock);
        number(length);
      }
    }

    function writeStruct(struct: Struct): void {
      if (struct.type !== "item") {
        encoding.writeUint8(to, struct.type === "gc" ? GC : SKIP);
        return number(struct.length);
      }
      const { origin, right, parent, key, content } = struct;
      const flags =
        (origin === undefined ? 0 : HAS_ORIGIN) |
        (right === undefined ? 0 : HAS_RIGHT) |
        (key === undefined ? 0 : HAS_KEY);
      encoding.writeUint8(to, flags | content.ref);
      if (origin !== undefined) place(origin);
      if (right !== undefined) place(right);
      if (origin === undefined && right === undefined) {
        number(typeof parent === "string" ? 1 : 0);
        if (typeof parent === "string") text(parent);
        else place(parent);
        if (key !== undefined) text(key);
      }
      writeContent(content);
    }

    function writeContent(content: Content): void {
      switch (content.ref) {
        case 1:
          return number(content.length);
        case 2:
          number(content.texts.length);
          return content.texts.forEach(text);
        case 3:
          return encoding.writeVarUint8Array(to, content.bytes);
        case 4:
          return text(content.text);
        case 5:
          return text(content.json);
        case 6:
          text(content.key);
          return text(content.json);
        case 7:
          number(content.type);
          return content.name === undefined ? undefined : text(content.name);
        case 8:
          number(content.values.length);
          return content.values.forEach((value) => encoding.writeUint8Array(to, value));
        case 9:
          text(content.guid);
          return encoding.writeUint8Array(to, content.options);
      }
    }
  });

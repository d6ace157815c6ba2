/**
 * Ids are a prefix, a hybrid logical clock and a random tail: `tsk_` + 24 characters.
 *   15 bytes = milliseconds 6 | counter 2 | random 7, in base32hex, whose order is the order of the bytes.
 * [ID1] A device raises its clock past every id it has seen; sorting by id is sorting by cause.
 */
import { base32hexnopad } from "@scure/base";
import { createByteReader } from "../wire/index.ts";

export const ID_PREFIXES = {
  workspace: "wsp",
  thread: "thr",
  message: "msg",
  reply: "rep",
  task: "tsk",
  intent: "int",
  run: "run",
  step: "stp",
  approval: "apr",
  artifact: "art",
  grant: "grt",
  question: "qst",
  schedule: "sch",
  connector: "con",
  segment: "seg",
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

type Id<Kind extends IdKind> = string & { readonly __id: Kind };
export type WorkspaceId = Id<"workspace">;
export type ThreadId = Id<"thread">;
export type MessageId = Id<"message">;
export type ReplyId = Id<"reply">;
export type TaskId = Id<"task">;
export type IntentId = Id<"intent">;
export type RunId = Id<"run">;
export type StepId = Id<"step">;
export type ApprovalId = Id<"approval">;
export type ArtifactId = Id<"artifact">;
export type GrantId = Id<"grant">;
export type QuestionId = Id<"question">;
export type ScheduleId = Id<"schedule">;
export type ConnectorId = Id<"connector">;
export type SegmentId = Id<"segment">;

const PATTERN = /^([a-z]{3})_([0-9a-v]{24})$/;

/** The id, or undefined when the text is none of this kind. */
export const parseId = <Kind extends IdKind>(kind: Kind, text: unknown): Id<Kind> | undefined =>
  typeof text === "string" && PATTERN.exec(text)?.[1] === ID_PREFIXES[kind]
    ? (text as Id<Kind>) // the pattern is the brand
    : undefined;

/** What an id names; undefined when it is no id of this version. */
export const kindOfId = (text: string): IdKind | undefined => {
  const prefix = PATTERN.exec(text)?.[1];
  const kinds = Object.keys(ID_PREFIXES) as IdKind[]; // its own keys
  return kinds.find((kind) => ID_PREFIXES[kind] === prefix);
};

/** Milliseconds and counter of an id's clock; undefined when it is no id. */
const clockOf = (id: string): { readonly ms: number; readonly counter: number } | undefined => {
  const body = PATTERN.exec(id)?.[2];
  if (body === undefined) return undefined;
  const reader = createByteReader(base32hexnopad.decode(body.toUpperCase()));
  const high = reader.uint8() * 256 + reader.uint8();
  return { ms: high * 2 ** 32 + reader.uint32(), counter: reader.uint8() * 256 + reader.uint8() };
};

/** When the id was made, in milliseconds since 1970 by its maker's clock. */
export const timeOfId = (id: string): number => clockOf(id)?.ms ?? 0;

/** The part of an id that sorts: everything after its prefix, so that ids of all kinds have one order ([ID1]). */
export const orderOfId = (id: string): string => id.slice(4);
export const isBefore = (a: string, b: string): boolean => orderOfId(a) < orderOfId(b);

export interface IdFactory {
  create<Kind extends IdKind>(kind: Kind): Id<Kind>;
  /** Raises this clock past an id that another device made. */
  observe(id: string): void;
}

export interface IdPorts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** A foreign clock further ahead than this is not followed (milliseconds): one broken phone must not move all. */
const MAX_DRIFT_MS = 24 * 3600 * 1000;

export const createIdFactory = ({ now, randomBytes }: IdPorts): IdFactory => {
  let last = { ms: 0, counter: 0 };
  const tick = (): { readonly ms: number; readonly counter: number } => {
    const wall = now();
    if (wall > last.ms) last = { ms: wall, counter: 0 };
    else if (last.counter < 0xffff) last = { ms: last.ms, counter: last.counter + 1 };
    else last = { ms: last.ms + 1, counter: 0 };
    return last;
  };
  return {
    create: (kind) => {
      const { ms, counter } = tick();
      const bytes = new Uint8Array(15);
      for (let i = 5, left = ms; i >= 0; i--, left = Math.floor(left / 256)) bytes[i] = left % 256;
      bytes.set([counter >> 8, counter & 0xff], 6);
      bytes.set(randomBytes(7), 8);
      return `${ID_PREFIXES[kind]}_${base32hexnopad.encode(bytes).toLowerCase()}` as Id<typeof kind>; // the format above
    },
    observe: (id) => {
      const seen = clockOf(id);
      if (seen === undefined || seen.ms > now() + MAX_DRIFT_MS) return;
      if (seen.ms > last.ms || (seen.ms === last.ms && seen.counter > last.counter)) last = seen;
    },
  };
};

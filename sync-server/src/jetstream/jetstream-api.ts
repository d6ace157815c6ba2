/**
 * What the room log needs of JetStream (docs.nats.io/reference/reference-protocols/nats_api_reference): one stream,
 * publishing without a condition, reading a message by its number, the last or the next of a subject, deleting the
 * front of a subject.
 * 1. Every read is answered by the stream's leader.
 * 2. After `away` a publication may still be stored, or not.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { NatsConnection } from "./nats-connection.ts";

export type Away = { readonly type: "away"; readonly detail: string };
/** `full`: the stream takes nothing more. */
export type PublishError = Away | { readonly type: "full"; readonly detail: string };

export interface StoredMessage {
  readonly seq: number;
  readonly data: Buffer;
}

export interface JetStream {
  /**
   * A message that `isAlone` replaces all others of its subject.
   * @returns the number of the message, once a quorum of the stream's servers has it
   */
  publish(subject: string, data: Uint8Array, isAlone?: boolean): Promise<Result<number, PublishError>>;
  /** Undefined when the subject has none. */
  lastOf(subject: string): Promise<Result<StoredMessage | undefined, Away>>;
  /** The first of the subject from this number on; undefined when there is none. */
  nextOf(subject: string, from: number): Promise<Result<StoredMessage | undefined, Away>>;
  /** Undefined when it was deleted. */
  messageAt(seq: number): Promise<Result<StoredMessage | undefined, Away>>;
  /** Deletes the subject's messages with a number below `below`. */
  deleteBelow(subject: string, below: number): Promise<Result<void, Away>>;
  /** An API request: the answer's fields. */
  ask(
    call: string,
    question: unknown,
  ): Promise<Result<Fields, Away | { type: "refused"; code: number; detail: string }>>;
}

export type Fields = ReadonlyMap<string, unknown>;

/** A message that nobody answers within this time is asked about again (milliseconds). */
const ANSWER_MS = 2_000;

/** JetStream's error codes (server/errors.json). */
const NOT_FOUND = 10_037;
const FULL: ReadonlySet<number> = new Set([10_023, 10_047, 10_077]);

export const fieldsOf = (value: unknown): Fields =>
  new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);

export const createJetStream = (nats: NatsConnection, stream: string): JetStream => {
  const exchange = async (
    subject: string,
    data: Uint8Array,
    headers?: Readonly<Record<string, string>>,
  ): ReturnType<JetStream["ask"]> => {
    const publication = headers === undefined ? { subject, data } : { subject, data, headers };
    const answer = await nats.request(publication, ANSWER_MS);
    if (!answer.ok) return err({ type: "away", detail: `JetStream does not answer (${answer.error})` });
    const fields = parseJson(answer.value.data);
    const fault = fieldsOf(fields.get("error"));
    if (fault.size === 0) return ok(fields);
    const code = Number(fault.get("err_code"));
    const detail = String(fault.get("description"));
    // 503: no leader at present.
    if (Number(fault.get("code")) === 503 && !FULL.has(code)) return err({ type: "away", detail });
    return err({ type: "refused", code, detail });
  };

  const ask: JetStream["ask"] = (call, question) =>
    exchange(`$JS.API.${call}`, Buffer.from(JSON.stringify(question)));

  const read = async (question: unknown): Promise<Result<StoredMessage | undefined, Away>> => {
    const answer = await ask(`STREAM.MSG.GET.${stream}`, question);
    if (answer.ok) {
      const message = fieldsOf(answer.value.get("message"));
      const data = message.get("data"); // absent when empty
      return ok({
        seq: Number(message.get("seq")),
        data: Buffer.from(typeof data === "string" ? data : "", "base64"),
      });
    }
    if (answer.error.type === "away") return err(answer.error);
    const { code, detail } = answer.error;
    return code === NOT_FOUND ? ok(undefined) : err({ type: "away", detail });
  };

  return {
    ask,
    publish: async (subject, data, isAlone = false) => {
      const answer = await exchange(subject, data, isAlone ? { "Nats-Rollup": "sub" } : undefined);
      if (answer.ok) return ok(Number(answer.value.get("seq")));
      if (answer.error.type === "away") return err(answer.error);
      const { code, detail } = answer.error;
      return err(FULL.has(code) ? { type: "full", detail } : { type: "away", detail });
    },
    lastOf: (subject) => read({ last_by_subj: subject }),
    nextOf: (subject, from) => read({ next_by_subj: subject, seq: from }),
    messageAt: (seq) => read({ seq }),
    deleteBelow: async (subject, below) => {
      const answer = await ask(`STREAM.PURGE.${stream}`, { filter: subject, seq: below });
      if (answer.ok) return ok(undefined);
      return err({ type: "away", detail: answer.error.detail });
    },
  };
};

const parseJson = (data: Buffer): Fields => {
  try {
    return fieldsOf(JSON.parse(data.toString()));
  } catch (error) {
    const description = error instanceof Error ? error.message : "not JSON";
    return new Map([["error", { code: 500, err_code: 0, description }]]);
  }
};

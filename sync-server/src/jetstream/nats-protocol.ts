/**
 * The text protocol of NATS, both ways (docs.nats.io/reference/reference-protocols/nats-protocol).
 *
 *   server  INFO {json} | MSG subject sid [reply] size | HMSG subject sid [reply] head size | PING | PONG | +OK | -ERR text
 *   client  CONNECT {json} | PUB | HPUB | SUB subject sid | UNSUB sid | PING | PONG
 *
 * Written here because every official client for JavaScript brings a cipher (tweetnacl, for keys that we do not use),
 * and nothing that the relay loads may be able to decrypt.
 */

export interface NatsMessage {
  readonly subject: string;
  readonly sid: number;
  readonly headers: ReadonlyMap<string, string>;
  /** The code of a reply without content, such as 503: nobody listens. */
  readonly status?: number;
  /** A view on what was received: copy what is kept. */
  readonly data: Buffer;
}

export interface ServerInfo {
  readonly version: string;
  /** Bytes of the largest message. */
  readonly maxPayload: number;
  readonly needsTls: boolean;
}

export type ServerWord =
  | { readonly type: "info"; readonly info: ServerInfo }
  | { readonly type: "message"; readonly message: NatsMessage }
  | { readonly type: "ping" | "pong" | "ok" }
  | { readonly type: "error"; readonly text: string };

const CRLF = "\r\n";
const CRLF_BYTES = 2;
/** Longer than any control line that a server sends (INFO of a large cluster). */
const MAX_LINE_BYTES = 64 * 1024;

/** Feed it what comes; it gives back the whole words. Throws on what is not NATS: the connection is of no use then. */
export const createWordReader = (): ((chunk: Buffer) => readonly ServerWord[]) => {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const words: ServerWord[] = [];
    for (;;) {
      const end = rest.indexOf(CRLF);
      if (end < 0) {
        if (rest.length > MAX_LINE_BYTES) throw new Error("not a NATS server: a line without an end");
        return words;
      }
      const line = rest.toString("latin1", 0, end);
      const size = payloadBytes(line);
      const next = end + CRLF_BYTES + (size === 0 && !/^H?MSG /i.test(line) ? 0 : size + CRLF_BYTES);
      if (rest.length < next) return words;
      const payload = rest.subarray(end + CRLF_BYTES, end + CRLF_BYTES + size);
      words.push(parseWord(line, payload));
      rest = rest.subarray(next);
    }
  };
};

const payloadBytes = (line: string): number => (/^H?MSG /i.test(line) ? Number(line.split(" ").at(-1)) : 0);

const parseWord = (line: string, payload: Buffer): ServerWord => {
  const [verb = "", ...parts] = line.split(" ");
  switch (verb.toUpperCase()) {
    case "MSG":
      return { type: "message", message: { ...addressOf(parts), headers: new Map(), data: payload } };
    case "HMSG": {
      const headBytes = Number(parts.at(-2));
      const { status, headers } = parseHeaders(payload.toString("utf8", 0, headBytes));
      const message = { ...addressOf(parts), headers, data: payload.subarray(headBytes) };
      return { type: "message", message: status === undefined ? message : { ...message, status } };
    }
    case "PING":
      return { type: "ping" };
    case "PONG":
      return { type: "pong" };
    case "+OK":
      return { type: "ok" };
    case "-ERR":
      return { type: "error", text: parts.join(" ").replaceAll("'", "") };
    case "INFO":
      return { type: "info", info: parseInfo(line.slice(verb.length + 1)) };
    default:
      throw new Error("not a NATS server: an unknown word");
  }
};

const addressOf = ([subject = "", sid = ""]: readonly string[]): { subject: string; sid: number } => ({
  subject,
  sid: Number(sid),
});

const parseInfo = (json: string): ServerInfo => {
  const info: unknown = JSON.parse(json);
  const fields = new Map(typeof info === "object" && info !== null ? Object.entries(info) : []);
  return {
    version: String(fields.get("version") ?? "unknown"),
    maxPayload: Number(fields.get("max_payload") ?? 0),
    needsTls: fields.get("tls_required") === true,
  };
};

/** "NATS/1.0 503\r\nName: value\r\n\r\n" */
const parseHeaders = (text: string): { status?: number; headers: ReadonlyMap<string, string> } => {
  const [first = "", ...lines] = text.split(CRLF);
  const status = Number(/^NATS\/1\.0 (\d{3})/.exec(first)?.[1] ?? 0);
  const headers = new Map(
    lines
      .filter((line) => line.includes(":"))
      .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
  );
  return status === 0 ? { headers } : { status, headers };
};

export interface Publication {
  readonly subject: string;
  readonly reply?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly data: Uint8Array;
}

/** In parts, so that a large payload is not copied. */
export const writePublication = ({ subject, reply, headers, data }: Publication): readonly Uint8Array[] => {
  const address = reply === undefined ? subject : `${subject} ${reply}`;
  if (headers === undefined) return [Buffer.from(`PUB ${address} ${data.length}${CRLF}`), data, END];
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}${CRLF}`);
  const head = Buffer.from(`NATS/1.0${CRLF}${lines.join("")}${CRLF}`);
  const sizes = `${head.length} ${head.length + data.length}`;
  return [Buffer.from(`HPUB ${address} ${sizes}${CRLF}`), head, data, END];
};

const END = Buffer.from(CRLF);

export const writeLine = (...words: readonly (string | number)[]): Uint8Array =>
  Buffer.from(`${words.join(" ")}${CRLF}`);

/**
 * The broker: a process of its own, the only one that reaches a model's server and puts the key in (TB5, T45).
 * 1. It listens nowhere. One line, a pipe, leads to the executor that started it; when that ends, it ends.
 * 2. It knows one server, told once, and passes two requests on; everything else is refused with 403.
 * 3. Of a request it passes a few headers on, never credentials that came over the line. A server that leads elsewhere
 *    is not followed: the key is for that one host.
 * 4. An answer that is cut short there, or that does not end, is cut short here: half an answer is never taken for a
 *    whole one.
 */
import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { buffer, json } from "node:stream/consumers";
import {
  isAllowed,
  LINE_DESCRIPTOR,
  OPEN_PATH,
  PASSED_BACK,
  PASSED_ON,
  pick,
  SESSION,
  type BrokerServer,
} from "./line.ts";

let server: BrokerServer | undefined;

const answer = async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> => {
  const { ":method": method = "", ":path": path = "" } = headers;
  if (server === undefined && path === OPEN_PATH) {
    server = (await json(stream)) as BrokerServer; // the executor sends nothing else first
    return stream.respond({ ":status": 204 }, { endStream: true });
  }
  if (server === undefined || !isAllowed(method, path)) {
    stream.respond({ ":status": 403, "content-type": "application/json" });
    stream.end(JSON.stringify({ type: "error", error: { type: "permission_error", message: REFUSED } }));
    return;
  }
  const gone = new AbortController();
  stream.once("close", () => gone.abort());
  const response = await fetch(`${server.baseUrl}${path}`, {
    method,
    headers: { ...pick(PASSED_ON, (name) => headers[name]?.toString()), ...server.credentials },
    ...(method === "POST" ? { body: await buffer(stream) } : {}),
    redirect: "error",
    signal: gone.signal,
  });
  stream.respond({
    ":status": response.status,
    ...pick(PASSED_BACK, (name) => response.headers.get(name) ?? undefined),
  });
  if (response.body === null) stream.end();
  else await pipeline(bounded(response.body, response.ok ? MAX_ANSWER_BYTES : MAX_ERROR_BYTES), stream);
};

/** Unpacked. A turn writes some hundred kilobytes; what goes on for ever must not fill the executor's memory. */
const MAX_ANSWER_BYTES = 32 * 2 ** 20;
const MAX_ERROR_BYTES = 2 ** 20;

async function* bounded(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > most) throw new Error(`the answer is longer than ${most} bytes`);
    yield chunk;
  }
}

const REFUSED = "The broker passes on turns and the list of models, nothing else.";

const line = http2.performServerHandshake(new Socket({ fd: LINE_DESCRIPTOR }), SESSION);
const end = (): never => process.exit(0);
line.on("close", end).on("error", end);
line.on("stream", (stream, headers) => {
  // Whatever went wrong, the other end sees a stream that was cut.
  const cut = (): void => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
  stream.on("error", cut);
  answer(stream, headers).catch(cut);
});

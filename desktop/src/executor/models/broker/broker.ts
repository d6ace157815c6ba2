/**
 * The executor's end of the line to its broker.
 * 1. The broker is started by the first request, and again by the next one after it died. What was under way then
 *    fails as a connection that was cut; whoever asked decides whether to ask again.
 * 2. There is no other way out: without a broker nothing is sent.
 * 3. It gets no environment but what says how to reach the network, and under Node 24 neither files nor programs.
 */
import { spawn, type ChildProcess } from "node:child_process";
import http2, { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from "node:http2";
import { Socket } from "node:net";
import path from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { scriptBeside } from "../../script-beside.ts";
import { LINE_DESCRIPTOR, OPEN_PATH, PASSED_BACK, pick, SESSION, type BrokerServer } from "./line.ts";

export interface Broker {
  /** Rejects with BrokerGone when there is no broker, and when it ends before an answer comes. */
  readonly fetch: typeof fetch;
  /** Ends the process; the next request would start it again. */
  readonly close: () => void;
}

export class BrokerGone extends Error {
  override readonly name = "BrokerGone";
}

/** What requests are addressed to; the broker knows where they really go. */
export const BROKER_ORIGIN = "http://broker";

/**
 * @param server asked at each start of the process, so that no credentials rest here meanwhile
 * @param script what is run; another one in tests
 */
export const createBroker = (
  server: () => BrokerServer,
  script = scriptBeside("broker-process", import.meta.url),
): Broker => {
  let current: Started | undefined;

  const start = (): Started => {
    const child = spawn(process.execPath, [...confinement(script), fileURLToPath(script)], {
      stdio: ["ignore", "ignore", "inherit", "pipe"],
      env: environment(process.env),
    });
    const started = { child, line: openLine(child, server) };
    const forget = (): void => {
      if (current === started) current = undefined;
    };
    child.once("error", forget).once("exit", forget);
    started.line.catch(() => {
      forget();
      child.kill("SIGKILL");
    });
    return started;
  };

  return {
    fetch: async (input, init) => {
      current ??= start();
      const request = new Request(input, init);
      const ask = await orStopped(current.line, request.signal);
      return ask(request);
    },
    close: () => void current?.child.kill(),
  };
};

interface Started {
  readonly child: ChildProcess;
  readonly line: Promise<Line>;
}

/** Rejects when the line or the request is cut before an answer comes; a cut later ends the body with an error. */
type Line = (request: Request) => Promise<Response>;

const openLine = async (child: ChildProcess, server: () => BrokerServer): Promise<Line> => {
  const socket = child.stdio[LINE_DESCRIPTOR];
  if (!(socket instanceof Socket)) throw new BrokerGone("it has no line");
  child.unref();
  const session = http2.connect(BROKER_ORIGIN, { ...SESSION, createConnection: () => socket });
  session.on("error", () => child.kill());
  child.once("exit", () => session.destroy(new BrokerGone("it ended")));
  const line = lineOf(session);
  const body = JSON.stringify(server());
  const deadline = setTimeout(() => child.kill("SIGKILL"), START_MS);
  try {
    await line(new Request(`${BROKER_ORIGIN}${OPEN_PATH}`, { method: "POST", body }));
  } catch (cause) {
    throw new BrokerGone("it did not start", { cause });
  } finally {
    clearTimeout(deadline);
  }
  return line;
};

/** It takes a tenth of a second; a computer may be busy (milliseconds). */
const START_MS = 15_000;

/** Whoever stops waits for nothing, not even for a start. */
const orStopped = async <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([work, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
};

const lineOf = (session: ClientHttp2Session): Line => {
  let open = 0;
  return async (request) => {
    const { pathname, search } = new URL(request.url);
    const body = Buffer.from(await request.arrayBuffer());
    return new Promise((resolve, reject) => {
      const head = { ":method": request.method, ":path": `${pathname}${search}` };
      const options = { signal: request.signal, endStream: body.length === 0 };
      const stream = session.request({ ...Object.fromEntries(request.headers), ...head }, options);
      // Nobody's end waits for a line that nothing is asked of.
      if (open++ === 0) session.ref();
      stream.once("close", () => {
        if (--open === 0) session.unref();
        reject(new BrokerGone("it ended before it answered"));
      });
      stream.on("error", reject).on("response", (headers) => resolve(responseOf(stream, headers)));
      if (body.length > 0) stream.end(body);
    });
  };
};

const responseOf = (stream: ClientHttp2Stream, answered: IncomingHttpHeaders): Response => {
  const status = Number(answered[":status"]);
  const headers = pick(PASSED_BACK, (name) => answered[name]?.toString());
  // `as`: one class, whose types Node and the web's library each have
  const body = BODILESS.includes(status)
    ? null
    : (Readable.toWeb(Readable.from(uncut(stream))) as ReadableStream<Uint8Array<ArrayBuffer>>);
  return new Response(body, { status, headers });
};

/** A stream whose line breaks ends as if it were whole, but with a code. */
async function* uncut(stream: ClientHttp2Stream): AsyncGenerator<Uint8Array> {
  yield* stream;
  if (stream.rstCode !== http2.constants.NGHTTP2_NO_ERROR) throw new BrokerGone("an answer was cut");
}

/** Statuses with which a Response must have no body. */
const BODILESS: readonly number[] = [204, 205, 304];

const knows = (flag: string): boolean => process.allowedNodeEnvironmentFlags.has(flag);

/** Node 24 can take files, programs, threads and add-ons away from a process; that is not tried in Electron. */
const confinement = (script: URL): readonly string[] => {
  if (process.versions["electron"] !== undefined || !knows("--permission")) return [];
  const own = path.join(path.dirname(fileURLToPath(script)), "*");
  return ["--permission", `--allow-fs-read=${own}`, ...(knows("--allow-net") ? ["--allow-net"] : [])];
};

/** How the network is reached, where that is not the usual way. */
const NETWORK = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]),
  "NODE_USE_ENV_PROXY",
  "NODE_USE_SYSTEM_CA",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

const environment = (ours: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const isSet = (option: string): boolean => ours["NODE_OPTIONS"]?.split(/\s+/).includes(option) ?? false;
  return {
    ELECTRON_RUN_AS_NODE: "1",
    ...(isSet("--use-env-proxy") ? { NODE_USE_ENV_PROXY: "1" } : {}),
    ...(isSet("--use-system-ca") ? { NODE_USE_SYSTEM_CA: "1" } : {}),
    ...pick(NETWORK, (name) => ours[name]),
  };
};

/**
 * One GET, under the rules for what may leave this computer.
 * 1. A name is resolved once; every address that it has must be public, and exactly the first of them is dialled. No
 *    proxy, no cookie, no referrer, no credentials.
 * 2. Redirects are read anew, at most five, and followed on the same host only: another host is another question.
 * 3. Bytes, also unpacked ones, and time are bounded.
 */
import { lookup } from "node:dns/promises";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import type { Readable } from "node:stream";
import tls from "node:tls";
import zlib from "node:zlib";
import { ok } from "@deskhand/doc-schema/wire";
import { errnoOf, fault, type Outcome } from "../tools/fault.ts";
import { isPublicAddress } from "./addresses.ts";
import { canonicalUrl, type CanonicalUrl } from "./canonical-url.ts";

export interface WebPorts {
  /** All addresses of a name. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly dial?: (address: string, port: number) => net.Socket;
  readonly allowedPorts?: ReadonlySet<number>;
  readonly timeoutMs?: number;
  /** Certificates to trust beside the system's, PEM. */
  readonly certificates?: string;
}

export interface Page {
  readonly type: "page";
  readonly url: CanonicalUrl;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  /** There was more than is taken. */
  readonly isCut: boolean;
}
export interface Elsewhere {
  readonly type: "elsewhere";
  readonly url: CanonicalUrl;
}

export const MAX_PAGE_BYTES = 2 * 1024 * 1024;
const MOST_REDIRECTS = 5;
const TIMEOUT_MS = 20_000;

export const getPage = async (
  first: CanonicalUrl,
  signal: AbortSignal,
  ports: WebPorts = {},
): Promise<Outcome<Page | Elsewhere>> => {
  const timeout = AbortSignal.timeout(ports.timeoutMs ?? TIMEOUT_MS);
  const either = AbortSignal.any([signal, timeout]);
  let url = first;
  try {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const answer = await getOnce(url, either, ports);
      if (!answer.ok) return answer;
      if (answer.value.type === "page") return ok(answer.value);
      const next = canonicalUrl(answer.value.location, ports.allowedPorts);
      if (!next.ok)
        return fault(
          "not-allowed",
          `${url.host} redirects to an address that is refused. ${next.error.text}`,
        );
      const isSame = next.value.host === first.host && (next.value.isEncrypted || !url.isEncrypted);
      if (!isSame) return ok({ type: "elsewhere", url: next.value });
      url = next.value;
    }
    return fault("no-answer", `${first.host} redirects again and again.`);
  } catch (error) {
    if (signal.aborted) return fault("stopped", "Opening the page was stopped.");
    if (timeout.aborted) return fault("timed-out", `${url.host} did not answer in time.`);
    const code = errnoOf(error);
    if (code === undefined) throw error;
    return fault("no-answer", `${url.host} could not be reached (${code}).`);
  }
};

interface Redirect {
  readonly type: "redirect";
  /** Absolute. */
  readonly location: string;
}

const getOnce = async (
  url: CanonicalUrl,
  signal: AbortSignal,
  ports: WebPorts,
): Promise<Outcome<Page | Redirect>> => {
  const address = await addressOf(url, signal, ports);
  if (!address.ok) return address;
  signal.throwIfAborted(); // from here on it dials without a pause
  const response = await request(url, address.value, signal, ports);
  try {
    const { statusCode = 0, headers } = response;
    if (REDIRECTS.has(statusCode)) {
      const { location = "" } = headers;
      return URL.canParse(location, url.href)
        ? ok({ type: "redirect", location: resolveLocation(location, url.href) })
        : fault("no-answer", `${url.host} redirects to nowhere.`);
    }
    if (statusCode < 200 || statusCode > 299)
      return fault("no-answer", `${url.host} answered with status ${statusCode}.`);
    const plain = unpacked(response, headers["content-encoding"]);
    if (plain === undefined)
      return fault("no-answer", `${url.host} packs its pages in a way that is not known.`);
    const { bytes, isCut } = await readBounded(plain, signal);
    return ok({ type: "page", url, contentType: headers["content-type"] ?? "", bytes, isCut });
  } finally {
    response.destroy();
  }
};

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** An absolute one is left as it was written: the canonical reading judges it. */
const resolveLocation = (location: string, base: string): string =>
  /^[a-z][a-z0-9+.-]*:/i.test(location) ? location : new URL(location, base).href;

const addressOf = async (
  { host }: CanonicalUrl,
  signal: AbortSignal,
  { resolve = resolveByDns }: WebPorts,
): Promise<Outcome<string>> => {
  const addresses = net.isIP(host) > 0 ? [host] : await orAborted(resolve(host), signal);
  const [first] = addresses;
  if (first === undefined) return fault("no-answer", `${host} is not known.`);
  return addresses.every(isPublicAddress)
    ? ok(first)
    : fault("not-allowed", `${host} leads to this computer or to the local network; it is not opened.`);
};

const resolveByDns = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** A look-up cannot be called off; its answer is then not waited for. */
const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error("aborted"));
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject);
  });

const HEADERS = {
  "user-agent": "Deskhand/0.1",
  accept: "text/html,application/xhtml+xml,text/plain,text/*;q=0.9,application/json;q=0.8",
  "accept-encoding": "gzip, deflate, br",
  "accept-language": "en,zh-TW;q=0.9,*;q=0.5",
};

const request = (
  { href, isEncrypted, host, port }: CanonicalUrl,
  address: string,
  signal: AbortSignal,
  { dial = (to, at) => net.connect({ host: to, port: at }), certificates }: WebPorts,
): Promise<http.IncomingMessage> =>
  new Promise((resolve, reject) => {
    const socket = dial(address, port);
    const servername = net.isIP(host) > 0 ? {} : { servername: host };
    const trusted = certificates === undefined ? {} : { ca: [...tls.rootCertificates, certificates] };
    const options: https.RequestOptions = {
      method: "GET",
      headers: HEADERS,
      signal,
      maxHeaderSize: 16 * 1024,
      defaultPort: isEncrypted ? 443 : 80,
      createConnection: () => (isEncrypted ? tls.connect({ socket, ...servername, ...trusted }) : socket),
    };
    const sent = (isEncrypted ? https : http).request(href, options, resolve);
    sent.on("error", (error) => {
      socket.destroy();
      reject(error);
    });
    sent.end();
  });

const unpacked = (response: Readable, encoding = "identity"): Readable | undefined => {
  switch (encoding.trim().toLowerCase()) {
    case "":
    case "identity":
      return response;
    case "gzip":
    case "x-gzip":
      return through(response, zlib.createGunzip());
    case "deflate":
      return through(response, zlib.createInflate());
    case "br":
      return through(response, zlib.createBrotliDecompress());
    default:
      return undefined;
  }
};

const through = (
  response: Readable,
  unpacker: zlib.Gunzip | zlib.Inflate | zlib.BrotliDecompress,
): Readable => {
  response.on("error", (error) => unpacker.destroy(error));
  return response.pipe(unpacker);
};

const readBounded = async (
  stream: Readable,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly isCut: boolean }> => {
  const stop = (): void => void stream.destroy(new Error("aborted"));
  signal.addEventListener("abort", stop, { once: true });
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream) {
      const bytes: Buffer = Buffer.from(chunk as Uint8Array); // a byte stream's chunks
      chunks.push(bytes);
      length += bytes.length;
      if (length > MAX_PAGE_BYTES) break;
    }
    return { bytes: Buffer.concat(chunks).subarray(0, MAX_PAGE_BYTES), isCut: length > MAX_PAGE_BYTES };
  } finally {
    signal.removeEventListener("abort", stop);
  }
};

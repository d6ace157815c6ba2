/**
 * Serves the built phone app.
 * 1. Only what was found in the folder when it was read can be served: a path is looked up, never opened, so no
 *    spelling of it leads elsewhere. Symbolic links are not followed.
 * 2. Hashed files under /assets/ are cached for ever, all others are asked for again each time (ETag).
 * 3. Every answer carries the same strict headers: scripts and styles come from here or from nowhere.
 * 4. Nothing is compressed here: what the build laid beside a file, as `.br` and `.gz`, is sent to those who take it.
 * 5. A new build is picked up without a restart; without a build a page says how to make one.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, relative, sep } from "node:path";

export const SECURITY_HEADERS = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "connect-src 'self' ws: wss:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "media-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
/** The best first: how a client names it, and how the file beside ends. */
const ENCODINGS = [
  { name: "br", ending: ".br", asked: /\bbr\b/ },
  { name: "gzip", ending: ".gz", asked: /\bgzip\b/ },
] as const;

const HOW_TO_BUILD = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Deskhand relay</title>
<h1>The relay is running</h1>
<p>The phone app has not been built yet. Run <code>npm run build</code> and load this page again.</p></html>`;

interface WebFile {
  readonly body: Buffer;
  /** What is beside it, the best first. */
  readonly copies: readonly { readonly encoding: (typeof ENCODINGS)[number]; readonly body: Buffer }[];
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

export interface WebApp {
  /** Answers GET and HEAD for any path. */
  serve(request: IncomingMessage, response: ServerResponse): void;
}

export const createWebApp = (folder: string | undefined): WebApp => {
  let files: ReadonlyMap<string, WebFile> = new Map();
  let state = "";

  const refresh = (): void => {
    if (folder === undefined) return;
    const present = buildState(folder);
    if (present === state) return;
    files = existsSync(join(folder, "index.html")) ? readFolder(folder) : new Map();
    state = present;
  };

  return {
    serve: (request, response) => {
      refresh();
      const file =
        files.get(pathOf(request)) ?? (isNavigation(request) ? files.get("/index.html") : undefined);
      if (file !== undefined) return sendFile(file, request, response);
      if (files.size > 0 || !isNavigation(request)) return sendText(response, 404, "Not found.\n");
      sendText(response, 503, HOW_TO_BUILD, TYPES[".html"]);
    },
  };
};

/** Answers with the security headers; `type` is a content type. */
export const sendText = (
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void => {
  response.writeHead(status, { ...SECURITY_HEADERS, "content-type": type, "cache-control": "no-store" });
  response.end(text);
};

const sendFile = (file: WebFile, request: IncomingMessage, response: ServerResponse): void => {
  const accepted = request.headers["accept-encoding"] ?? "";
  const copy = file.copies.find(({ encoding }) => encoding.asked.test(accepted));
  const headers = {
    ...SECURITY_HEADERS,
    "cache-control": file.cache,
    etag: file.etag,
    vary: "accept-encoding",
    ...(copy === undefined ? {} : { "content-encoding": copy.encoding.name }),
  };
  if (request.headers["if-none-match"] === file.etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const body = copy?.body ?? file.body;
  response.writeHead(200, { ...headers, "content-type": file.type, "content-length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
};

/** The decoded path without its query; "" when it cannot be decoded. */
const pathOf = (request: IncomingMessage): string => {
  const [path = ""] = (request.url ?? "").split("?");
  try {
    return decodeURIComponent(path);
  } catch {
    return ""; // a malformed escape names no file
  }
};

/** The root is the app for every client; other paths only for one that asks for a page. */
const isNavigation = (request: IncomingMessage): boolean =>
  pathOf(request) === "/" ||
  ((request.headers.accept ?? "").includes("text/html") && extname(pathOf(request)) === "");

/** Changes with every build: a build writes or removes files in these places. */
const buildState = (folder: string): string =>
  ["index.html", "assets", ""]
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0)
    .join();

const readFolder = (folder: string): ReadonlyMap<string, WebFile> => {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const present = new Set(paths);
  const isCopy = (path: string): boolean =>
    ENCODINGS.some(({ ending }) => path.endsWith(ending) && present.has(path.slice(0, -ending.length)));
  return new Map(
    paths
      .filter((path) => !isCopy(path))
      .map((path) => {
        const url = `/${relative(folder, path).split(sep).join("/")}`;
        return [url, readWebFile(path, url, present)];
      }),
  );
};

const readWebFile = (path: string, url: string, present: ReadonlySet<string>): WebFile => {
  const body = readFileSync(path);
  return {
    body,
    copies: ENCODINGS.filter(({ ending }) => present.has(path + ending)).map((encoding) => ({
      encoding,
      body: readFileSync(path + encoding.ending),
    })),
    type: TYPES[extname(url)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    cache: url.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
  };
};

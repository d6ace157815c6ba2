/**
 * The window's page comes from our own scheme, not from file://, which could read every file of the user.
 * 1. Exactly the files of the build are served; the list is made once.
 * 2. [T62] The page may load its own files and nothing else: no network, no frames, no inline script, no eval.
 */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { protocol } from "electron";

const SCHEME = "deskhand";
const ORIGIN = `${SCHEME}://app`;
export const WINDOW_URL = `${ORIGIN}/index.html`;

/** Before Electron is ready. `secure` and `standard` make it an origin of its own. */
export const declareScheme = (): void =>
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: false } },
  ]);

export const isOurPage = (url: string): boolean =>
  URL.canParse(url) && `${new URL(url).protocol}//${new URL(url).host}` === ORIGIN;

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  // The shared screens set widths and delays in style attributes.
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
};

/** @param folder holds the built page */
export const servePage = (folder: string): void => {
  const files = new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => [
      `${ORIGIN}/${name.split(path.sep).join("/")}`,
      path.join(folder, name),
    ]),
  );
  protocol.handle(SCHEME, async ({ url }) => {
    const file = files.get(url);
    const type = MEDIA_TYPES[path.extname(file ?? "")];
    if (file === undefined || type === undefined) return new Response(null, { status: 404 });
    return new Response(await readFile(file), {
      headers: {
        "content-type": type,
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
      },
    });
  });
};

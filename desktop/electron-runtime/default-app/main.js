// Packed into resources/default_app.asar: runs `electron [switches] path/to/app [args]` as the official build does.
import { app } from "electron";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const args = process.argv.slice(1);
if (args.includes("--version") || args.includes("-v")) {
  console.log(`v${process.versions.electron}`);
  process.exit(0);
}

/** Modules of `-r MODULE` come before the app (Playwright's loader is one); other switches are Chromium's. */
const preloads = [];
let target;
for (let at = 0; at < args.length && target === undefined; at++) {
  if (args[at] === "-r" || args[at] === "--require") preloads.push(args[++at]);
  else if (!args[at].startsWith("-")) target = path.resolve(args[at]);
}
if (target === undefined) {
  console.error("usage: electron [switches] path/to/app [args]");
  process.exit(1);
}

try {
  process.defaultApp = true;
  const require = createRequire(path.join(process.cwd(), "electron.js"));
  for (const name of preloads) require(name);
  if (fs.statSync(target).isDirectory()) {
    const {
      name,
      productName = name,
      version,
    } = JSON.parse(fs.readFileSync(path.join(target, "package.json"), "utf8"));
    if (version) app.setVersion(version);
    if (productName) app.name = productName;
    app.setDesktopName?.(`${app.name}.desktop`);
    app.setPath("userData", path.join(app.getPath("appData"), app.name));
    app.setAppPath(target);
  }
  // Awaited, so that `ready` comes after the app's main script has run, also when that is an ES module.
  await import(pathToFileURL(require.resolve(target)).href);
} catch (error) {
  console.error(`electron: cannot start ${target}\n${error?.stack ?? error}`);
  process.exit(1);
}

// Fails when package-lock.json lacks a platform package that some entry lists as
// optional: this registry serves the newest ones late, and `npm ci` then refuses the lock.
import fs from "node:fs";
const { packages } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"));
const missing = [];
for (const [at, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    let from = at;
    while (!packages[`${from && `${from}/`}node_modules/${name}`]) {
      if (from === "") {
        missing.push(`${at}@${entry.version}: ${name}`);
        break;
      }
      from = from.includes("/node_modules/") ? from.slice(0, from.lastIndexOf("/node_modules/")) : "";
    }
  }
}
for (const line of missing) console.error(`not in the lock: ${line}`);
process.exitCode = missing.length ? 1 : 0;

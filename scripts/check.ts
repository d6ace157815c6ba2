/** `npm run check`: types, lint (with import cycles and boundaries), architecture, format, lock. All run; all are told. */
import { spawnSync } from "node:child_process";
import { ROOT } from "./build-missing.ts";

const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["types", "npm", "run", "-s", "check:types"],
  ["lint", "npm", "run", "-s", "check:lint"],
  ["format", "npm", "run", "-s", "check:format"],
  ["architecture", "vitest", "run", "--project", "unit", "test/architecture.test.ts", "--reporter=dot"],
  ["lock", "node", "scripts/check-lock.mjs"],
];

const failed = CHECKS.filter(([name, command, ...args]) => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name}`);
  if (status !== 0) console.log(`${stdout}${stderr}`);
  return status !== 0;
});
process.exit(failed.length === 0 ? 0 : 1);

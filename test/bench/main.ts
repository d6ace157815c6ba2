/** `npm run bench`: the benches that have goals, one after the other, each in a process of its own. */
import { spawnSync } from "node:child_process";
import path from "node:path";

const BENCHES = ["document", "executor", "relay"] as const;

for (const bench of BENCHES)
  spawnSync(process.execPath, [path.join(import.meta.dirname, bench, "main.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });

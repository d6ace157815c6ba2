/** Runs the crash case in a process of its own and kills it by SIGKILL at the given point; prints "ended" if it ends. */
import { openCrashCase } from "./crash-case.ts";
import { until } from "./bench.ts";

const [, , root = "", killAt = ""] = process.argv;
let at = 0;
const executor = await openCrashCase(root, () => {
  if (at++ === Number(killAt)) process.kill(process.pid, "SIGKILL");
});
await until(() => [...executor.ledger.runs.values()].some((run) => run.state === "done"));
await executor.close();
process.stdout.write("ended");

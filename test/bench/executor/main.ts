/** `npm run bench:executor [-- name …] [--json]`: what the executor adds to the work itself; without a name, all. */
import { endAllChildren } from "../../journeys/support/child.ts";
import { createReport } from "../lib/report.ts";
import { measureCalls } from "./calls.ts";
import { measureOrganising } from "./organise.ts";
import { measureParallelRuns } from "./parallel.ts";
import { measureSearching } from "./search.ts";
import { measureStart } from "./start.ts";

const MEASURES = {
  calls: measureCalls,
  organise: measureOrganising,
  search: measureSearching,
  start: measureStart,
  parallel: measureParallelRuns,
};

const wanted = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const report = createReport("executor");
try {
  for (const [name, measure] of Object.entries(MEASURES))
    if (wanted.length === 0 || wanted.includes(name)) await measure(report);
} finally {
  await endAllChildren();
}
report.print();
process.exit(0);

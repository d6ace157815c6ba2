/** `npm run bench:document`: the document, sealed and signed, beside plain Yjs over the stock y-websocket server. */
import { endAllChildren } from "../../journeys/support/child.ts";
import { createReport } from "../lib/report.ts";
import { measureCatchUp } from "./catch-up.ts";
import { measureSealedOverhead, measureSealing, measureSizes } from "./sizes.ts";
import { measureTenYears } from "./ten-years.ts";

const report = createReport("document");
try {
  await measureCatchUp(report);
  measureSealing(report);
  measureSealedOverhead(report);
  measureTenYears(report);
  measureSizes(report);
} finally {
  await endAllChildren();
}
report.print();

/** `npm run bench:document`: the document, sealed and signed, beside plain Yjs over the stock y-websocket server. */
import { createReport } from "../lib/report.ts";
import { measureSealedOverhead, measureSealing, measureSizes } from "./sizes.ts";

const report = createReport("document");
measureSizes(report);
measureSealing(report);
measureSealedOverhead(report);
report.print();

/** All that the planner understands. The order decides: what changes most is asked first, a mere look last. */
import { CSV_REPORT } from "./sum-report.ts";
import { DELETE } from "./delete.ts";
import { FIND } from "./find.ts";
import { HELP } from "./help.ts";
import { recogniser, type Understood } from "./intent.ts";
import { LIST_FOLDER } from "./list.ts";
import { ORGANISE } from "./organise.ts";
import { READ } from "./read.ts";
import { RENAME } from "./rename.ts";
import { readSentence } from "./sentence.ts";

const RECOGNISERS = [
  recogniser(HELP),
  recogniser(FIND),
  recogniser(DELETE),
  recogniser(RENAME),
  recogniser(CSV_REPORT),
  recogniser(ORGANISE),
  recogniser(READ),
  recogniser(LIST_FOLDER),
];

/** Undefined for what the planner does not understand. */
export const understand = (text: string): Understood | undefined => {
  const sentence = readSentence(text);
  for (const recognise of RECOGNISERS) {
    const understood = recognise(sentence);
    if (understood !== undefined) return understood;
  }
  return undefined;
};

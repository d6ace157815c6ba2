/**
 * All that the planner understands. The order decides: what it must not do first, then what is narrower, then what
 * changes most; a mere look last.
 */
import { DECLINE } from "./decline.ts";
import { DELETE } from "./delete.ts";
import { DIGEST } from "./digest.ts";
import { FIND } from "./find.ts";
import { GATHER_FILES } from "./gather.ts";
import { HELP } from "./help.ts";
import { recogniser, type Understood } from "./intent.ts";
import { LIST_FOLDER } from "./list.ts";
import { NUMBER_FILES } from "./number.ts";
import { ORGANISE } from "./organise.ts";
import { QUARTER } from "./quarter.ts";
import { READ } from "./read.ts";
import { RENAME } from "./rename.ts";
import { readSentence } from "./sentence.ts";
import { SUM_REPORT } from "./sum-report.ts";
import { WEEKLY } from "./weekly.ts";

const RECOGNISERS = [
  recogniser(HELP),
  recogniser(DECLINE),
  recogniser(GATHER_FILES),
  recogniser(NUMBER_FILES),
  recogniser(WEEKLY),
  recogniser(QUARTER),
  recogniser(FIND),
  recogniser(DELETE),
  recogniser(RENAME),
  recogniser(DIGEST),
  recogniser(SUM_REPORT),
  recogniser(ORGANISE),
  recogniser(READ),
  recogniser(LIST_FOLDER),
];

/** A plain request is short; longer texts are none, and would cost the patterns more time than a stop may take. */
const LONGEST = 600;

/** Undefined for what the planner does not understand. */
export const understand = (text: string): Understood | undefined => {
  if (text.length > LONGEST) return undefined;
  const sentence = readSentence(text);
  for (const recognise of RECOGNISERS) {
    const understood = recognise(sentence);
    if (understood !== undefined) return understood;
  }
  return undefined;
};

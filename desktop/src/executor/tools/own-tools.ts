/** Tools that work on no file of the person's: they ask, plan, read back, remember and propose. Every executor has them. */
import type { Notes } from "../memory/notes.ts";
import { askPersonTool } from "./ask-person.ts";
import { createProposeSchedule, type ProposeSchedulePorts } from "./propose-schedule.ts";
import { readResultTool } from "./read-result.ts";
import { createRemember } from "./remember.ts";
import { setPlanTool } from "./set-plan.ts";
import type { Tool } from "./tool.ts";

export interface OwnToolsPorts extends ProposeSchedulePorts {
  readonly notes: Notes;
}

export const createOwnTools = ({ notes, ...schedules }: OwnToolsPorts): readonly Tool[] => [
  askPersonTool,
  setPlanTool,
  readResultTool,
  createRemember(notes),
  createProposeSchedule(schedules),
];

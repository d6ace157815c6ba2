/** "What can you do?": says what the planner is and what it understands. The same words answer what it does not understand. */
import type { Intent } from "./intent.ts";

type HelpRequest = Record<string, never>;

const ASKED =
  /^(?:help|hi|hello|hey)\b[.!?]*$|\bwhat can (?:you|i|it|deskhand)\b|\bwho are you\b|\bwhat are you\b|你(?:會|能|可以)(?:做)?什麼|你是誰|可以做什麼|怎麼用|^(?:說明|幫助|你好)[。！？]?$/i;

export const HELP: Intent<HelpRequest> = {
  name: "help",
  recognise: ({ text }) => (ASKED.test(text) ? {} : undefined),
  // A plan of no calls.
  // oxlint-disable-next-line require-yield
  *plan(_, { say, folders }) {
    return say.help(folders.map(({ name }) => name));
  },
};

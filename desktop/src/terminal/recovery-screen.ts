/**
 * The recovery kit in the terminal: its words shown once, and read back on a new computer.
 * Words come over stdin and are never taken from the command line, where other users of the machine could read them.
 */
import type { Interface } from "node:readline";
import { parseRecoveryWords, RECOVERY_WORDS, type RecoverySecret } from "@deskhand/doc-schema/crypto";

type Say = (line: string) => void;
type WordsError = Extract<ReturnType<typeof parseRecoveryWords>, { readonly ok: false }>["error"];

const COLUMNS = 4;
const WORD_WIDTH = 14;

export const showWords = (words: readonly string[], say: Say): void => {
  const cells = words.map((word, at) => `${String(at + 1).padStart(2)}. ${word.padEnd(WORD_WIDTH)}`);
  say(
    "\nYour recovery kit. Write these 24 words down, in this order, and keep the paper away from this computer:\n",
  );
  for (let at = 0; at < cells.length; at += COLUMNS) say(`  ${cells.slice(at, at + COLUMNS).join("")}`);
  say(
    "\nWho has them can go on with this workspace on another computer. They are kept nowhere and not shown again;" +
      "\na new kit makes these words worthless.",
  );
};

export const wordsSentence = (error: WordsError): string => {
  switch (error.type) {
    case "wrong-count":
      return `These are ${error.count} words; the kit has ${RECOVERY_WORDS}.`;
    case "unknown-word":
      return `Word ${error.place} is not in the list.${error.meant === undefined ? "" : ` Did you mean "${error.meant}"?`}`;
    case "bad-checksum":
      return "The words do not fit together: one of them is another word, or two changed places.";
  }
};

/** Asks until the words are right; undefined when stdin ended before. */
export const readWords = (input: Interface, say: Say): Promise<RecoverySecret | undefined> =>
  new Promise((resolve) => {
    let typed = "";
    const end = (secret: RecoverySecret | undefined): void => {
      input.off("line", take);
      input.off("close", giveUp);
      resolve(secret);
    };
    const giveUp = (): void => end(undefined);
    const take = (line: string): void => {
      typed += `${line} `;
      const parsed = parseRecoveryWords(typed);
      if (parsed.ok) return end(parsed.value);
      const { error } = parsed;
      if (error.type === "wrong-count" && error.count < RECOVERY_WORDS) return; // they come in several lines
      typed = "";
      say(`${wordsSentence(error)} Type all of them again:`);
    };
    input.on("line", take);
    input.on("close", giveUp);
    say("Type the 24 words of the recovery kit, in one line or in several:");
  });

/**
 * A pairing in the terminal: the code as half blocks, the phone that asks, how it ended.
 * The link is a secret of two minutes. It is printed because the person has to copy it, and goes nowhere else.
 */
import { create as createQr } from "qrcode";
import type { PairingDeskState } from "../host/pairing-desk.ts";
import type { Log } from "./log.ts";

export interface PairingScreen {
  readonly show: (state: PairingDeskState) => void;
}

export interface PairingScreenPorts {
  readonly say: (line: string) => void;
  readonly log: Log;
  /** Where one answers: "terminal" reads what is typed here; "window" only shows the code here. */
  readonly answeredIn?: "terminal" | "window";
}

const WORDS = {
  terminal: { again: "Press Enter for a new code.", type: 'Type the number it shows (or "no"):' },
  window: {
    again: "For a new code open Phone in the window.",
    type: "Type the number it shows in the window.",
  },
} as const;

/** Empty modules around the code; the standard asks for four, phones read it with two. */
const QUIET = 2;
const BLACK_ON_WHITE = "\u001b[30;47m";
const PLAIN = "\u001b[0m";

/** Two modules a character cell: upper, lower, both or none are dark. Coloured, so that it reads on dark terminals too. */
export const drawCode = (text: string): string => {
  const { size, data } = createQr(text, { errorCorrectionLevel: "L" }).modules;
  const isDark = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < size && y < size && data[y * size + x] === 1;
  const rows: string[] = [];
  for (let y = -QUIET; y < size + QUIET; y += 2) {
    let row = "";
    for (let x = -QUIET; x < size + QUIET; x++)
      row += isDark(x, y) ? (isDark(x, y + 1) ? "█" : "▀") : isDark(x, y + 1) ? "▄" : " ";
    rows.push(`${BLACK_ON_WHITE}${row}${PLAIN}`);
  }
  return rows.join("\n");
};

/** A phone's name comes from outside: no control characters reach the terminal. */
const nameOf = (name: string): string => name.replace(/\p{C}+/gu, " ");

const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

export const createPairingScreen = ({
  say,
  log,
  answeredIn = "terminal",
}: PairingScreenPorts): PairingScreen => ({
  show: (state) => {
    const words = WORDS[answeredIn];
    switch (state.type) {
      case "none":
      case "admitting":
        return;
      case "waiting":
        say(`\n${drawCode(state.link)}\n\n${state.link}\n`);
        say(
          `Scan the code with your phone, or open the link there. It works once, until ${clock(state.expiresAt)}.`,
        );
        say(words.again);
        return log({ event: "pairing-link", link: state.link, expiresAt: state.expiresAt });
      case "requested":
        say(
          state.triesLeft > 1
            ? `\nA phone wants to pair: "${nameOf(state.name)}". ${words.type}`
            : "That is not the number. One try is left:",
        );
        return log({ event: "pairing-request", name: state.name, triesLeft: state.triesLeft });
      case "admitted":
        say(`"${nameOf(state.name)}" is paired. It may give tasks and decide.`);
        return log({ event: "paired", name: state.name });
      case "burned":
        say(`Refused, and this code is void. ${words.again}`);
        return log({ event: "pairing-ended", how: "burned" });
      case "refused":
        say(`Refused. Nothing was handed over. ${words.again}`);
        return log({ event: "pairing-ended", how: "refused" });
      case "expired":
        say(`The code has expired. ${words.again}`);
        return log({ event: "pairing-ended", how: "expired" });
      case "unanswered":
        say(`The phone did not answer, so nothing was paired. ${words.again}`);
        return log({ event: "pairing-ended", how: "unanswered" });
    }
  },
});

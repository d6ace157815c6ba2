/**
 * "Which number does it show?" The person types what only the asking phone shows; there is no "yes" to click by habit.
 * It opens on any pane, because the phone may ask while something else is looked at.
 */
import { useEffect, useId, useRef, useState, type SyntheticEvent } from "react";
import type { PairingState } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";

type Requested = Extract<PairingState, { type: "requested" }>;
const DIGITS = 6;

export const PairingDialog = () => {
  const { pairing } = useStore().state();
  return pairing.type === "requested" ? <AskForDigits key={pairing.triesLeft} pairing={pairing} /> : null;
};

const AskForDigits = ({ pairing }: { readonly pairing: Requested }) => {
  const say = useDesktopText();
  const dialog = useRef<HTMLDialogElement>(null);
  const [digits, setDigits] = useState("");
  const titleId = useId();
  useEffect(() => dialog.current?.showModal(), []);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void ask("typeDigits", { digits });
  };

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-labelledby={titleId}
      // Escape decides nothing: the phone waits until somebody answers.
      onCancel={(event) => event.preventDefault()}
    >
      <form onSubmit={submit}>
        <h2 id={titleId}>{say("pairing.title")}</h2>
        <p>{say("pairing.name", { name: pairing.name })}</p>
        <input
          className="digits"
          aria-label={say("pairing.digits")}
          inputMode="numeric"
          autoComplete="off"
          maxLength={DIGITS}
          value={digits}
          onChange={(event) => setDigits(event.target.value.replace(/\D/g, ""))}
        />
        {pairing.triesLeft === 1 && (
          <p className="problem" role="alert">
            {say("pairing.wrong")}
          </p>
        )}
        <div className="row end">
          <button type="button" className="button quiet" onClick={() => void ask("refusePairing", undefined)}>
            {say("pairing.not-me")}
          </button>
          <button type="submit" className="button primary" disabled={digits.length !== DIGITS}>
            {say("pairing.pair")}
          </button>
        </div>
      </form>
    </dialog>
  );
};

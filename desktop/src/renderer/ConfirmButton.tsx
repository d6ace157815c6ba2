/** A button whose effect is asked about once, in a dialog that says what it means. */
import { useId, useRef, useState, type ReactNode } from "react";
import type { Outcome } from "../ipc-contract.ts";
import { useDesktopText } from "./texts.ts";

export interface ConfirmButtonProps {
  readonly label: string;
  readonly question: string;
  readonly note: ReactNode;
  readonly keep: string;
  /** What it does is no loss. */
  readonly isMild?: boolean;
  readonly onConfirm: () => Promise<Outcome>;
}

export const ConfirmButton = ({
  label,
  question,
  note,
  keep,
  isMild = false,
  onConfirm,
}: ConfirmButtonProps) => {
  const say = useDesktopText();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const noteId = useId();
  const [problem, setProblem] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const confirm = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const outcome = await onConfirm();
      if (outcome.type === "refused") setProblem(say("failed", { reason: outcome.reason }));
      else dialog.current?.close();
    } catch (error) {
      setProblem(say("failed", { reason: error instanceof Error ? error.message : String(error) }));
    } finally {
      setBusy(false);
    }
  };

  return (
    <>
      <button
        type="button"
        className={isMild ? "button small" : "button quiet small"}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog ref={dialog} className="dialog" aria-labelledby={titleId} aria-describedby={noteId}>
        <h2 id={titleId}>{question}</h2>
        <div id={noteId} className="dialog-note">
          {typeof note === "string" ? <p>{note}</p> : note}
        </div>
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <div className="row end">
          <button type="button" className="button quiet" onClick={() => dialog.current?.close()}>
            {keep}
          </button>
          <button
            type="button"
            className={isMild ? "button primary" : "button danger"}
            disabled={isBusy}
            onClick={() => void confirm()}
          >
            {isBusy ? say("busy") : label}
          </button>
        </div>
      </dialog>
    </>
  );
};

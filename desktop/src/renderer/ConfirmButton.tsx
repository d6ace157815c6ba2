/** A button whose effect is asked about once, in a dialog that says what it means. */
import { useId, useRef, useState } from "react";
import type { Outcome } from "../ipc-contract.ts";
import { useDesktopText } from "./texts.ts";

export interface ConfirmButtonProps {
  readonly label: string;
  readonly question: string;
  readonly note: string;
  readonly keep: string;
  readonly onConfirm: () => Promise<Outcome>;
}

export const ConfirmButton = ({ label, question, note, keep, onConfirm }: ConfirmButtonProps) => {
  const say = useDesktopText();
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [problem, setProblem] = useState<string>();

  const confirm = async (): Promise<void> => {
    const outcome = await onConfirm();
    if (outcome.type === "refused") setProblem(say("failed", { reason: outcome.reason }));
    else dialog.current?.close();
  };

  return (
    <>
      <button type="button" className="button quiet small" onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      <dialog ref={dialog} className="dialog" aria-labelledby={titleId}>
        <h2 id={titleId}>{question}</h2>
        <p>{note}</p>
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <div className="row end">
          <button type="button" className="button quiet" onClick={() => dialog.current?.close()}>
            {keep}
          </button>
          <button type="button" className="button danger" onClick={() => void confirm()}>
            {label}
          </button>
        </div>
      </dialog>
    </>
  );
};

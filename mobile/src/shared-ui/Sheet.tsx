/** Something small over a page: at the bottom of a phone, in the middle of a window. Escape, Back and its button close it. */
import { useEffect, useId, useRef, type ReactNode } from "react";
import { useText } from "./texts.tsx";
import { useBackCloses } from "./use-back-closes.ts";

export interface SheetProps {
  readonly title: string;
  /** The same function while it is open. */
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export const Sheet = ({ title, onClose, children }: SheetProps) => {
  const say = useText();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useBackCloses(true, onClose);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    heading.current?.focus();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dh-sheet"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="dh-sheet-body">
        <h2 id={id} ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {children}
        <button type="button" className="dh-button" onClick={onClose}>
          {say("sheet.close")}
        </button>
      </div>
    </dialog>
  );
};

/**
 * Deny, allow once, take back. High risk needs a held button, or the two-step path that keyboards and screen readers
 * have; both end in the same order.
 * 1. The second step has its own buttons in other places, and the focus is on its question: neither a double tap nor
 *    a key that is kept down gets through both.
 */
import type { ApprovalView } from "@deskhand/doc-schema/views";
import { useEffect, useRef, useState } from "react";
import { useLocale, useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useWorkspace } from "./workspace-context.tsx";

/** How long high risk is held (milliseconds). */
const HOLD_MS = 1_000;

type Stage = "answering" | "asking-once-more" | "saying-why";
type Answer = (verdict: "allow" | "deny" | "none", note?: string) => void;

export const AnswerButtons = ({
  view,
  takeBack = false,
}: {
  readonly view: ApprovalView;
  readonly takeBack?: boolean;
}) => {
  const say = useText();
  const locale = useLocale();
  const { orders } = useWorkspace();
  const { busy, problem, give } = useOrder();
  const [stage, setStage] = useState<Stage>("answering");
  const answer: Answer = (verdict, note) =>
    void give(() =>
      orders.decide(view.approval.id, { verdict, locale, ...(note === undefined ? {} : { note }) }),
    );
  const back = (): void => setStage("answering");
  return (
    <div className="dh-answer">
      {takeBack ? (
        <button type="button" className="dh-button" disabled={busy} onClick={() => answer("none")}>
          {say("approval.take-back")}
        </button>
      ) : stage === "asking-once-more" ? (
        <OnceMore disabled={busy} onAllow={() => answer("allow")} onBack={back} />
      ) : stage === "saying-why" ? (
        <Why disabled={busy} onDeny={(note) => answer("deny", note)} onBack={back} />
      ) : (
        <>
          <div className="dh-answers">
            <button type="button" className="dh-button" disabled={busy} onClick={() => answer("deny")}>
              {say("approval.deny")}
            </button>
            {view.approval.risk === "high" ? (
              <HoldToAllow
                disabled={busy}
                onHeld={() => answer("allow")}
                onTapped={() => setStage("asking-once-more")}
              />
            ) : (
              <button
                type="button"
                className="dh-button primary"
                disabled={busy}
                onClick={() => answer("allow")}
              >
                {say("approval.allow")}
              </button>
            )}
          </div>
          <button
            type="button"
            className="dh-button plain"
            disabled={busy}
            onClick={() => setStage("saying-why")}
          >
            {say("approval.deny-why")}
          </button>
        </>
      )}
      {problem !== undefined && (
        <p className="dh-problem" role="alert">
          {say("approval.failed")}
        </p>
      )}
    </div>
  );
};

/** Held with a finger it allows; tapped, or pressed with a key, it leads to the second step. */
const HoldToAllow = ({
  disabled,
  onHeld,
  onTapped,
}: {
  readonly disabled: boolean;
  readonly onHeld: () => void;
  readonly onTapped: () => void;
}) => {
  const say = useText();
  const [isHeld, setHeld] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const wasHeld = useRef(false);
  const release = (): void => {
    clearTimeout(timer.current);
    setHeld(false);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <button
      type="button"
      className={`dh-button danger dh-hold${isHeld ? " held" : ""}`}
      disabled={disabled}
      onPointerDown={() => {
        wasHeld.current = false;
        setHeld(true);
        timer.current = setTimeout(() => {
          wasHeld.current = true;
          onHeld();
        }, HOLD_MS);
      }}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onContextMenu={(event) => event.preventDefault()}
      onClick={() => {
        if (!wasHeld.current) onTapped();
        wasHeld.current = false;
      }}
    >
      {say("approval.hold")}
    </button>
  );
};

const OnceMore = ({
  disabled,
  onAllow,
  onBack,
}: {
  readonly disabled: boolean;
  readonly onAllow: () => void;
  readonly onBack: () => void;
}) => {
  const say = useText();
  const question = useRef<HTMLParagraphElement>(null);
  useEffect(() => question.current?.focus(), []);
  return (
    <div role="group" aria-label={say("approval.once-more")}>
      <p ref={question} className="dh-question" tabIndex={-1}>
        {say("approval.once-more")}
      </p>
      <div className="dh-answers">
        <button key="allow" type="button" className="dh-button danger" disabled={disabled} onClick={onAllow}>
          {say("approval.sure")}
        </button>
        <button key="back" type="button" className="dh-button" onClick={onBack}>
          {say("approval.not-now")}
        </button>
      </div>
    </div>
  );
};

const Why = ({
  disabled,
  onDeny,
  onBack,
}: {
  readonly disabled: boolean;
  readonly onDeny: (note: string) => void;
  readonly onBack: () => void;
}) => {
  const say = useText();
  const desktop = useDesktopName();
  const [note, setNote] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <div role="group" aria-label={say("approval.deny-why")}>
      <textarea
        ref={field}
        className="dh-field dh-why"
        rows={2}
        maxLength={2_000}
        value={note}
        placeholder={say("approval.why-hint", { desktop })}
        aria-label={say("approval.why-hint", { desktop })}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="dh-answers">
        <button type="button" className="dh-button" onClick={onBack}>
          {say("approval.not-now")}
        </button>
        <button
          type="button"
          className="dh-button primary"
          disabled={disabled || note.trim() === ""}
          onClick={() => onDeny(note.trim())}
        >
          {say("approval.deny")}
        </button>
      </div>
    </div>
  );
};

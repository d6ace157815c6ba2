/**
 * Deny, allow once, take back. High risk needs a held button, or the two-step path that keyboards and screen readers
 * have; both end in the same order.
 */
import type { ApprovalView } from "@deskhand/doc-schema/views";
import { useEffect, useRef, useState } from "react";
import { useLocale, useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useWorkspace } from "./workspace-context.tsx";

/** How long high risk is held (milliseconds). */
const HOLD_MS = 1_000;

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
  const answer = (verdict: "allow" | "deny" | "none"): void =>
    void give(() => orders.decide(view.approval.id, { verdict, locale }));
  return (
    <div>
      {takeBack ? (
        <button type="button" className="dh-button" disabled={busy} onClick={() => answer("none")}>
          {say("approval.take-back")}
        </button>
      ) : (
        <div className="dh-answers">
          <button type="button" className="dh-button" disabled={busy} onClick={() => answer("deny")}>
            {say("approval.deny")}
          </button>
          {view.approval.risk === "high" ? (
            <HoldToAllow disabled={busy} onAllow={() => answer("allow")} />
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
      )}
      {problem !== undefined && (
        <p className="dh-problem" role="alert">
          {say("approval.failed")}
        </p>
      )}
    </div>
  );
};

/** Held with a finger it allows; pressed with a key it asks once more. */
const HoldToAllow = ({ disabled, onAllow }: { readonly disabled: boolean; readonly onAllow: () => void }) => {
  const say = useText();
  const [isHeld, setHeld] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const release = (): void => {
    clearTimeout(timer.current);
    setHeld(false);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  if (isAsking)
    return (
      <button type="button" className="dh-button danger" disabled={disabled} onClick={onAllow}>
        {say("approval.sure")}
      </button>
    );
  return (
    <button
      type="button"
      className={`dh-button danger dh-hold${isHeld ? " held" : ""}`}
      disabled={disabled}
      onPointerDown={() => {
        setHeld(true);
        timer.current = setTimeout(onAllow, HOLD_MS);
      }}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onClick={() => setAsking(true)}
    >
      {say("approval.hold")}
    </button>
  );
};

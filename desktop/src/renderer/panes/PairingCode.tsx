/**
 * The code that a phone scans. Blurred until somebody clicks it, and again as soon as the window loses the focus: a
 * screen that is shared or photographed shows nothing.
 */
import { useNow } from "@deskhand/mobile/shared-ui";
import { useEffect, useState } from "react";
import type { PairingState } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { Icon } from "../Icon.tsx";
import { useDesktopText } from "../texts.ts";

const COPIED_MS = 2_000;

const minutesAndSeconds = (milliseconds: number): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

export const PairingCode = ({
  pairing,
}: {
  readonly pairing: Extract<PairingState, { type: "waiting" }>;
}) => {
  const say = useDesktopText();
  const [isShown, setShown] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const now = useNow(500);
  const { image, size, expiresAt } = pairing;

  useEffect(() => {
    const hide = (): void => setShown(false);
    window.addEventListener("blur", hide);
    return () => window.removeEventListener("blur", hide);
  }, []);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  const copy = async (): Promise<void> => {
    await ask("copyPairingLink", undefined);
    setCopied(true);
  };

  return (
    <div className="code">
      <button
        type="button"
        className={isShown ? "code-picture" : "code-picture blurred"}
        aria-label={say(isShown ? "phone.code" : "phone.reveal")}
        onClick={() => setShown(true)}
      >
        <svg viewBox={`-2 -2 ${size + 4} ${size + 4}`} shapeRendering="crispEdges" aria-hidden="true">
          <rect x="-2" y="-2" width={size + 4} height={size + 4} fill="#fff" />
          <path d={image} fill="#111" />
        </svg>
        {!isShown && (
          <span className="code-reveal">
            <Icon name="eye" size={18} />
            {say("phone.reveal")}
          </span>
        )}
      </button>
      <p className="code-expiry" role="timer">
        {say("phone.expires", { time: minutesAndSeconds(expiresAt - now) })}
      </p>
      <div className="row">
        <button type="button" className="button" onClick={() => void copy()}>
          {say(isCopied ? "phone.copied" : "phone.copy")}
        </button>
        <button type="button" className="button quiet" onClick={() => void ask("hideCode", undefined)}>
          {say("phone.hide")}
        </button>
      </div>
      <p className="note">{say("phone.copy-note")}</p>
    </div>
  );
};

/**
 * One approval: the card that is rendered from the exact action, and this device's answer.
 * 1. Nothing is preselected, Enter allows nothing, leaving decides nothing.
 * 2. The model's own words stand below, apart, and marked as such.
 * 3. What was decided elsewhere turns the card in place, and its buttons are gone.
 */
import type { ApprovalId } from "@deskhand/doc-schema/document";
import { renderApproval, type ApprovalView } from "@deskhand/doc-schema/views";
import { handLeft, warning } from "ionicons/icons";
import { useEffect, useRef, useState } from "react";
import { AnswerButtons } from "./AnswerButtons.tsx";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { useLocale, useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import {
  useApprovals,
  useDesktopName,
  useDeviceName,
  useMayOrder,
  useNow,
  useWorkspace,
} from "./workspace-context.tsx";

export interface ApprovalPanelProps {
  readonly approvalId: ApprovalId;
  /** Moves the focus to the heading when it appears: for a sheet that has just opened. */
  readonly focus?: boolean;
}

/** So many items are shown before "Show all". */
const SHOWN_ITEMS = 5;

export const ApprovalPanel = ({ approvalId, focus = false }: ApprovalPanelProps) => {
  const say = useText();
  const view = useApprovals().find(({ approval }) => approval.id === approvalId);
  return view === undefined ? (
    <p className="dh-empty dh-note">{say("approval.gone")}</p>
  ) : (
    <FoundApproval key={approvalId} view={view} focus={focus} />
  );
};

const FoundApproval = ({ view, focus }: { readonly view: ApprovalView; readonly focus: boolean }) => {
  const say = useText();
  const locale = useLocale();
  const times = useTimes();
  const desktop = useDesktopName();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focus) heading.current?.focus();
  }, [focus]);
  const { approval, action, taskPrompt } = view;
  const card = action === undefined ? undefined : renderApproval(action, approval, locale);
  return (
    <article className={`dh-card dh-approval ${approval.state}`}>
      <p className="dh-badge attention">
        <Icon icon={handLeft} size={16} />
        {say("approval.needs")}
      </p>
      <h2 ref={heading} tabIndex={-1}>
        {card?.heading ?? say("approval.unreadable")}
      </h2>
      {card !== undefined && (
        <>
          {card.warning !== undefined && (
            <p className="dh-problem">
              <Icon icon={warning} size={18} /> {card.warning}
            </p>
          )}
          <p>{card.detail}</p>
          <Items lines={card.lines} />
          {card.excerpts.map((excerpt) => (
            <pre key={excerpt} className="dh-pre">
              {excerpt}
            </pre>
          ))}
        </>
      )}
      {taskPrompt !== undefined && (
        <p className="dh-note">{say("approval.for", { task: plainText(taskPrompt) })}</p>
      )}
      {approval.reason !== undefined && (
        <blockquote className="dh-said">
          <span className="dh-note">{say("approval.why")}</span>
          {plainText(approval.reason)}
        </blockquote>
      )}
      <Outcome view={view} />
      {approval.state === "pending" && (
        <>
          <p className="dh-note">{say("approval.until", { time: times.clock(approval.expiresAt) })}</p>
          <p className="dh-note">{say("approval.scope", { desktop })}</p>
        </>
      )}
    </article>
  );
};

const Items = ({ lines }: { readonly lines: readonly string[] }) => {
  const say = useText();
  const [all, setAll] = useState(lines.length <= SHOWN_ITEMS + 1);
  return (
    <>
      <ul className="dh-items">
        {(all ? lines : lines.slice(0, SHOWN_ITEMS)).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {!all && (
        <button type="button" className="dh-button plain" onClick={() => setAll(true)}>
          {say("approval.all", { count: lines.length })}
        </button>
      )}
    </>
  );
};

/** What was decided, here or elsewhere; while nothing was, the buttons. */
const Outcome = ({ view }: { readonly view: ApprovalView }) => {
  const say = useText();
  const times = useTimes();
  const nameOf = useDeviceName();
  const now = useNow(1_000);
  const { approval } = view;
  const time = times.clock(approval.resolvedAt ?? approval.expiresAt);
  const isExpired =
    approval.state === "expired" || (approval.state === "pending" && now >= approval.expiresAt);
  if (isExpired) return <Status tone="quiet" words={say("approval.expired", { time })} />;
  switch (approval.state) {
    case "allowed":
      return (
        <Status tone="good" words={say("approval.allowed", { device: nameOf(approval.resolvedBy), time })} />
      );
    case "denied":
      return approval.crossed === true ? (
        <Status tone="bad" words={say("approval.crossed")} />
      ) : (
        <Status tone="bad" words={say("approval.denied", { device: nameOf(approval.resolvedBy), time })} />
      );
    case "withdrawn":
      return <Status tone="quiet" words={say("approval.withdrawn")} />;
    case "pending":
      return <MyAnswer view={view} />;
  }
};

const MyAnswer = ({ view }: { readonly view: ApprovalView }) => {
  const say = useText();
  const times = useTimes();
  const desktop = useDesktopName();
  const { registry, deviceId, connection } = useWorkspace();
  const mayOrder = useMayOrder();
  const { myAnswer } = view;
  if (!mayOrder) return null;
  if (myAnswer !== undefined) {
    const time = times.clock(myAnswer.decision.createdAt);
    const word = myAnswer.decision.verdict === "allow" ? "approval.mine-allow" : "approval.mine-deny";
    return (
      <>
        <Status tone="quiet" words={say(word, { time, desktop })} />
        {myAnswer.delivery === "saved" && connection().phase !== "live" && (
          <p className="dh-note">{say("approval.unsent")}</p>
        )}
        <AnswerButtons view={view} takeBack />
      </>
    );
  }
  if (!registry().get(deviceId)?.roles.includes("approve"))
    return <Status tone="quiet" words={say("approval.no-vote")} />;
  return view.answerable ? <AnswerButtons view={view} /> : null;
};

const Status = ({ words, tone }: { readonly words: string; readonly tone: "good" | "bad" | "quiet" }) => (
  <p className={`dh-outcome ${tone}`} role="status">
    {words}
  </p>
);

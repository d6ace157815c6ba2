/**
 * One question of a run: its choices, room for an own answer, and the way to leave it to the desktop.
 * 1. Nothing is preselected; leaving answers nothing. What was typed stays when sending fails.
 * 2. What was answered elsewhere turns the card in place, and its controls are gone.
 */
import { MAX_TEXT_LENGTH, type QuestionId } from "@deskhand/doc-schema/document";
import type { QuestionView } from "@deskhand/doc-schema/views";
import { helpCircle } from "ionicons/icons";
import { useEffect, useId, useRef, useState } from "react";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import {
  useDesktopName,
  useDeviceName,
  useMayOrder,
  useQuestions,
  useWorkspace,
} from "./workspace-context.tsx";

export interface QuestionPanelProps {
  readonly questionId: QuestionId;
  /** Moves the focus to the question when it appears: for a sheet that has just opened. */
  readonly focus?: boolean;
}

export const QuestionPanel = ({ questionId, focus = false }: QuestionPanelProps) => {
  const say = useText();
  const view = useQuestions().find(({ question }) => question.id === questionId);
  return view === undefined ? (
    <p className="dh-empty dh-note">{say("approval.gone")}</p>
  ) : (
    <FoundQuestion key={questionId} view={view} focus={focus} />
  );
};

const FoundQuestion = ({ view, focus }: { readonly view: QuestionView; readonly focus: boolean }) => {
  const say = useText();
  const times = useTimes();
  const heading = useRef<HTMLHeadingElement>(null);
  const mayOrder = useMayOrder();
  useEffect(() => {
    if (focus) heading.current?.focus();
  }, [focus]);
  const { question, taskPrompt } = view;
  return (
    <article className={`dh-card dh-approval ${question.state}`}>
      <p className="dh-badge attention">
        <Icon icon={helpCircle} size={16} />
        {say("question.needs")}
      </p>
      <h2 ref={heading} tabIndex={-1}>
        {plainText(question.text)}
      </h2>
      {taskPrompt !== undefined && (
        <p className="dh-note">{say("approval.for", { task: plainText(taskPrompt) })}</p>
      )}
      {question.state === "pending" && question.expiresAt !== undefined && (
        <p className="dh-note">{say("approval.until", { time: times.clock(question.expiresAt) })}</p>
      )}
      {view.myAnswer !== undefined || !view.answerable || !mayOrder ? (
        <Outcome view={view} />
      ) : (
        <AnswerForm view={view} />
      )}
    </article>
  );
};

/** What was answered, here or elsewhere, or why nobody can here. */
const Outcome = ({ view: { question, myAnswer } }: { readonly view: QuestionView }) => {
  const say = useText();
  const times = useTimes();
  const desktop = useDesktopName();
  const nameOf = useDeviceName();
  const time = times.clock(question.resolvedAt ?? question.expiresAt ?? question.askedAt);
  const said = (): string => {
    switch (question.state) {
      case "answered":
        return question.answeredBy === undefined
          ? say("question.decided", { desktop })
          : say("question.answered", { device: nameOf(question.answeredBy), time });
      case "expired":
        return say("question.expired", { time });
      case "withdrawn":
        return say("approval.withdrawn");
      case "pending":
        if (myAnswer === undefined) return say("approval.no-vote");
        return say(myAnswer.delivery === "saved" ? "question.mine-saved" : "question.mine-sent", {
          time: times.clock(myAnswer.answer.createdAt),
          desktop,
        });
    }
  };
  const { choice, text } = myAnswer?.answer ?? {};
  const answer = question.answer ?? text ?? (choice === undefined ? undefined : question.choices[choice]);
  return (
    <div className="dh-outcome" role="status">
      <p>{said()}</p>
      {answer !== undefined && <blockquote className="dh-said">{plainText(answer)}</blockquote>}
    </div>
  );
};

const AnswerForm = ({ view: { question } }: { readonly view: QuestionView }) => {
  const say = useText();
  const name = useId();
  const desktop = useDesktopName();
  const { orders } = useWorkspace();
  const { busy, problem, give } = useOrder();
  const [choice, setChoice] = useState<number>();
  const [text, setText] = useState("");
  const own = text.trim();
  const answer = (reply: { readonly choice?: number; readonly text?: string }): void =>
    void give(() => orders.give({ type: "answer", questionId: question.id, ...reply }));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (own !== "") answer({ text: own });
        else if (choice !== undefined) answer({ choice });
      }}
    >
      {question.choices.length > 0 && (
        <fieldset className="dh-choices">
          <legend className="dh-sr">{plainText(question.text)}</legend>
          {question.choices.map((text, at) => (
            <label key={`${at} ${text}`} className="dh-choice">
              <input
                type="radio"
                name={name}
                checked={choice === at && own === ""}
                onChange={() => {
                  setChoice(at);
                  setText("");
                }}
              />
              <span>{plainText(text)}</span>
            </label>
          ))}
        </fieldset>
      )}
      <textarea
        className="dh-field dh-why"
        rows={2}
        maxLength={MAX_TEXT_LENGTH}
        value={text}
        placeholder={say("question.own")}
        aria-label={say("question.own")}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="dh-answers">
        <button type="button" className="dh-button" disabled={busy} onClick={() => answer({})}>
          {say("question.you-decide", { desktop })}
        </button>
        <button
          type="submit"
          className="dh-button primary"
          disabled={busy || (own === "" && choice === undefined)}
        >
          {say("question.send")}
        </button>
      </div>
      {problem !== undefined && (
        <p className="dh-problem" role="alert">
          {say("approval.failed")}
        </p>
      )}
    </form>
  );
};

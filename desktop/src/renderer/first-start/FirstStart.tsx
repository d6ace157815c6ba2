/** A computer without a workspace: it gets a new one, or goes on with that of another computer. */
import { useState } from "react";
import type { Opening, RestoreAnswer } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { Icon, type IconName } from "../Icon.tsx";
import { LanguageSegments, type LanguageProps } from "../LanguageSegments.tsx";
import { useDesktopText } from "../texts.ts";
import { RestoreForm } from "./RestoreForm.tsx";

export interface FirstStartProps extends LanguageProps {
  readonly relayUrl: string;
  readonly onOpen: (opening: Opening) => void;
}

type Restored = Extract<RestoreAnswer, { readonly type: "restored" }>;

export const FirstStart = ({ language, onLanguage, relayUrl, onOpen }: FirstStartProps) => {
  const say = useDesktopText();
  const [step, setStep] = useState<"choose" | "restore" | Restored>("choose");
  const [isOpening, setOpening] = useState(false);
  const [problem, setProblem] = useState<string>();

  const start = async (): Promise<void> => {
    setOpening(true);
    const started = await ask("startHost", undefined);
    if (started.type === "done") return onOpen(await ask("open", undefined));
    setOpening(false);
    setProblem(started.type === "refused" ? started.reason : undefined);
  };
  return (
    <main className="first-start">
      <header className="pane-head">
        <span className="brand-mark" aria-hidden="true" />
        <h1>
          {say(step === "choose" ? "first.title" : step === "restore" ? "restore.title" : "restored.title")}
        </h1>
        {step === "choose" && <p>{say("first.lead")}</p>}
      </header>
      {step === "choose" && (
        <div className="choices">
          <Choice of="new" icon="plus" isBusy={isOpening} onChoose={() => void start()} />
          <Choice of="restore" icon="recovery" isBusy={isOpening} onChoose={() => setStep("restore")} />
        </div>
      )}
      {step === "restore" && (
        <RestoreForm relayUrl={relayUrl} onRestored={setStep} onBack={() => setStep("choose")} />
      )}
      {typeof step === "object" && <Done restored={step} isBusy={isOpening} onOpen={() => void start()} />}
      <p className="note" role="status">
        {isOpening ? say("first.opening") : ""}
      </p>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      <LanguageSegments language={language} onLanguage={onLanguage} />
    </main>
  );
};

interface ChoiceProps {
  readonly of: "new" | "restore";
  readonly icon: IconName;
  readonly isBusy: boolean;
  readonly onChoose: () => void;
}

const Choice = ({ of, icon, isBusy, onChoose }: ChoiceProps) => {
  const say = useDesktopText();
  return (
    <button type="button" className="choice" disabled={isBusy} onClick={onChoose}>
      <span className="entry-icon">
        <Icon name={icon} />
      </span>
      <strong>{say(`first.${of}`)}</strong>
      <span className="note">{say(`first.${of}-note`)}</span>
    </button>
  );
};

interface DoneProps {
  readonly restored: Restored;
  readonly isBusy: boolean;
  readonly onOpen: () => void;
}

const Done = ({ restored: { devices, hasDocument }, isBusy, onOpen }: DoneProps) => {
  const say = useDesktopText();
  return (
    <section className="card">
      <p className="success" role="status">
        {say(hasDocument ? "restored.whole" : "restored.later", { devices })}
      </p>
      <ul className="plain">
        <li>{say("restored.runs")}</li>
        <li>{say("restored.folders")}</li>
        <li>{say("restored.old")}</li>
      </ul>
      <button type="button" className="button primary" disabled={isBusy} onClick={onOpen}>
        {say("restored.open")}
      </button>
    </section>
  );
};

/** The steps of a run, one line each, newest below; each that changed something has its undo. */
import type { Run, Step } from "@deskhand/doc-schema/document";
import type { TaskView } from "@deskhand/doc-schema/views";
import {
  archive,
  arrowUndo,
  bookmark,
  calendar,
  copy,
  create,
  document,
  documentText,
  download,
  folder,
  folderOpen,
  globe,
  handLeft,
  helpCircle,
  image,
  informationCircle,
  list,
  refresh,
  search,
  swapHorizontal,
  terminal,
  trash,
} from "ionicons/icons";
import { useState } from "react";
import { Icon } from "./Icon.tsx";
import { en, type TextKey } from "./locales/en.ts";
import { StepFiles, StepUndoButton, StepUndoResult } from "./StepUndo.tsx";
import { useText, type Say } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useNow } from "./workspace-context.tsx";

const ICONS: Readonly<Record<string, string>> = {
  list: folderOpen,
  read: documentText,
  search,
  write: document,
  edit: create,
  move: swapHorizontal,
  "make-folder": folder,
  trash,
  approval: handLeft,
  retry: refresh,
  undo: arrowUndo,
  command: terminal,
  copy,
  fetch: globe,
  image,
  plan: list,
  question: helpCircle,
  receive: download,
  remember: bookmark,
  schedule: calendar,
  show: image,
  unzip: archive,
  zip: archive,
};

/** A kind that this version does not know is shown as it is. */
const stepText = (step: Step, say: Say<TextKey>): string => {
  const key = `step.${step.kind}`;
  const values = { object: step.object ?? "", count: step.count ?? 0, kind: step.kind };
  return Object.hasOwn(en, key) ? say(key as TextKey, values) : say("step.other", values); // hasOwn is the check
};

const OUTCOMES = {
  failed: "step.failed",
  denied: "step.denied",
  skipped: "step.skipped",
  unknown: "step.unknown",
} as const;

/** Longer runs show their newest steps; the others are one tap away. */
const SHOWN = 50;

export const StepList = ({ view, run }: { readonly view: TaskView; readonly run: Run }) => {
  const say = useText();
  const [all, setAll] = useState(false);
  const hidden = all ? 0 : Math.max(0, run.steps.length - SHOWN);
  if (run.steps.length === 0) return <p className="dh-note">{say("task.no-steps")}</p>;
  return (
    <>
      {hidden > 0 && (
        <button type="button" className="dh-button plain" onClick={() => setAll(true)}>
          {say("task.more-steps", { count: hidden })}
        </button>
      )}
      <ol className="dh-steps">
        {run.steps.slice(hidden).map((step) => (
          <StepRow key={step.id} step={step} view={view} run={run} />
        ))}
      </ol>
      {run.unreadableSteps > 0 && (
        <p className="dh-note">{say("task.unreadable-steps", { count: run.unreadableSteps })}</p>
      )}
    </>
  );
};

const StepRow = ({
  step,
  view,
  run,
}: {
  readonly step: Step;
  readonly view: TaskView;
  readonly run: Run;
}) => {
  const say = useText();
  const times = useTimes();
  const now = useNow(30_000);
  return (
    <li className={`dh-step ${step.outcome}`}>
      <Icon icon={ICONS[step.kind] ?? informationCircle} size={18} />
      <div className="dh-step-text">
        <span>{stepText(step, say)}</span>
        {step.outcome !== "done" && <span className="dh-problem">{say(OUTCOMES[step.outcome])}</span>}
        {step.detail !== undefined && <span className="dh-note">{step.detail}</span>}
        <span className="dh-note">{times.moment(step.at, now)}</span>
      </div>
      {step.undoable === true && (
        <>
          <StepUndoButton view={view} run={run} step={step} />
          <div className="dh-step-more">
            <StepUndoResult run={run} step={step} />
            <StepFiles view={view} run={run} step={step} />
          </div>
        </>
      )}
    </li>
  );
};

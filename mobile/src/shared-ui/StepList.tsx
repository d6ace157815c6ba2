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
import { useText, type Say } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useMayOrder, useNow, useWorkspace } from "./workspace-context.tsx";

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
      <span className="dh-step-text">
        <span>{stepText(step, say)}</span>
        {step.outcome !== "done" && <span className="dh-problem">{say(OUTCOMES[step.outcome])}</span>}
        {step.detail !== undefined && <span className="dh-note">{step.detail}</span>}
        <span className="dh-note">{times.moment(step.at, now)}</span>
      </span>
      {step.undoable === true && <UndoButton view={view} run={run} stepId={step.id} />}
    </li>
  );
};

/** Undoes one step, or without `stepId` all of them; says what became of it. */
export const UndoButton = ({
  view,
  run,
  stepId,
}: {
  readonly view: TaskView;
  readonly run: Run;
  readonly stepId?: Step["id"];
}) => {
  const say = useText();
  const times = useTimes();
  const { orders, desktop } = useWorkspace();
  const desktopName = useDesktopName();
  const mayOrder = useMayOrder();
  const { busy, problem, give } = useOrder();
  const undone = stepId === undefined ? undefined : run.undone?.[stepId];
  const isOrdered = view.orders.some(
    (order) => order.type === "undo" && (order.stepId === undefined || order.stepId === stepId),
  );
  if (undone?.outcome === "undone")
    return <span className="dh-note">{say("task.undone", { time: times.clock(undone.at) })}</span>;
  if (undone !== undefined)
    return (
      <span className="dh-problem">
        {say(undone.outcome === "conflict" ? "task.undo-conflict" : "task.undo-gone")} {undone.detail}
      </span>
    );
  if (stepId === undefined && (run.changes ?? 0) === 0) return null;
  if (isOrdered)
    return (
      <span className="dh-note" role="status">
        {desktop().online ? say("task.undoing") : say("task.undo-later", { desktop: desktopName })}
      </span>
    );
  if (!mayOrder) return null;
  return (
    <span>
      <button
        type="button"
        className="dh-button small"
        disabled={busy}
        onClick={() =>
          void give(() =>
            orders.give({ type: "undo", runId: run.id, ...(stepId === undefined ? {} : { stepId }) }),
          )
        }
      >
        <Icon icon={arrowUndo} size={16} />
        {say(stepId === undefined ? "task.undo-all" : "task.undo")}
      </button>
      {problem !== undefined && <span className="dh-problem">{problem}</span>}
    </span>
  );
};

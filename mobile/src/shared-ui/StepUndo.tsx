/** Taking back what a run did: all of it, a step, or one file of a step; and what it came to, file by file. */
import type { IntentBody, Run, Step } from "@deskhand/doc-schema/document";
import type { TaskView } from "@deskhand/doc-schema/views";
import { arrowUndo } from "ionicons/icons";
import { Icon } from "./Icon.tsx";
import type { TextKey } from "./locales/en.ts";
import { plainText } from "./plain-text.ts";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { fileUndo, isUndoOrdered, stepUndo, type LeftAlone } from "./undo-state.ts";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useMayOrder, useWorkspace } from "./workspace-context.tsx";

interface RunOfTask {
  readonly view: TaskView;
  readonly run: Run;
}
interface StepOfTask extends RunOfTask {
  readonly step: Step;
}

/** Undoes all of the run that is not back yet. */
export const UndoAllButton = ({ view, run }: RunOfTask) => {
  const say = useText();
  if ((run.changes ?? 0) === 0) return null;
  if (isUndoOrdered(view, undefined)) return <Undoing />;
  return <UndoOrder label={say("task.undo-all")} order={{ type: "undo", runId: run.id }} />;
};

/** Stays for as long as something of the step is not back. */
export const StepUndoButton = ({ view, run, step }: StepOfTask) => {
  const say = useText();
  const times = useTimes();
  const undo = stepUndo(run, step.id);
  if (undo.type === "undone")
    return <span className="dh-note">{say("task.undone", { time: times.clock(undo.at) })}</span>;
  if (undo.type === "conflict" || undo.type === "gone") return null;
  if (isUndoOrdered(view, step.id)) return <Undoing />;
  const isTried = undo.type === "partly" && undo.leftAlone.length + undo.more > 0;
  const label = isTried ? "task.undo-again" : undo.type === "partly" ? "task.undo-rest" : "task.undo";
  return <UndoOrder label={say(label)} order={{ type: "undo", runId: run.id, stepId: step.id }} />;
};

/** How much of the step is back, and what is not and why. */
export const StepUndoResult = ({ run, step }: Omit<StepOfTask, "view">) => {
  const say = useText();
  const undo = stepUndo(run, step.id);
  if (undo.type === "untouched" || undo.type === "undone") return null;
  if (undo.type !== "partly")
    return (
      <span className="dh-problem">
        {say(undo.type === "conflict" ? "task.undo-conflict" : "task.undo-gone")} {undo.detail}
      </span>
    );
  const { back, left, leftAlone, more, detail } = undo;
  const isFailure = leftAlone.some(({ why }) => why === "failed" || why === "unknown");
  return (
    <div className="dh-undo" role="status">
      {left > 0 && back > 0 && (
        <p className="dh-note">{say("task.undo-partly", { back, all: back + left })}</p>
      )}
      {leftAlone.length + more > 0 && (
        <>
          <p className="dh-problem">{say(left === 0 ? "task.undo-folders" : "task.undo-left")}</p>
          <ul>
            {leftAlone.map(({ path, why }) => (
              <li key={path}>
                {plainText(path)} <span className="dh-note">({say(WHY[why])})</span>
              </li>
            ))}
            {more > 0 && <li className="dh-note">{say("task.undo-more", { count: more })}</li>}
          </ul>
          {isFailure && detail !== undefined && <p className="dh-note">{detail}</p>}
        </>
      )}
    </div>
  );
};

/** The files of a step that changed several, each with an undo of its own. */
export const StepFiles = ({ view, run, step }: StepOfTask) => {
  const say = useText();
  const { files } = step;
  if (files === undefined || files.first.length === 0) return null;
  return (
    <details className="dh-undo">
      <summary>{say("undo.files", { count: files.count })}</summary>
      <ul className="dh-undo-files">
        {files.first.map((path, file) => (
          <li key={file}>
            <span>{plainText(path)}</span>
            <FileUndoState view={view} run={run} step={step} file={file} path={path} />
          </li>
        ))}
      </ul>
      {files.count > files.first.length && (
        <p className="dh-note">{say("undo.first", { count: files.first.length })}</p>
      )}
    </details>
  );
};

const FileUndoState = ({
  view,
  run,
  step,
  file,
  path,
}: StepOfTask & { readonly file: number; readonly path: string }) => {
  const say = useText();
  const state = fileUndo(run, step.id, file);
  if (state === "undone") return <span className="dh-note">{say("undo.file-undone")}</span>;
  if (isUndoOrdered(view, step.id, file)) return <Undoing />;
  return (
    <>
      {state !== "there" && <span className="dh-problem">{say(WHY[state])}</span>}
      <UndoOrder
        label={say(state === "there" ? "task.undo" : "task.undo-again")}
        name={say("undo.file", { file: plainText(path) })}
        order={{ type: "undo-file", runId: run.id, stepId: step.id, file, path }}
      />
    </>
  );
};

const WHY: Readonly<Record<LeftAlone["why"], TextKey>> = {
  changed: "undo.why-changed",
  "in-the-way": "undo.why-in-the-way",
  "not-empty": "undo.why-not-empty",
  gone: "undo.why-gone",
  "not-granted": "undo.why-not-granted",
  failed: "undo.why-failed",
  unknown: "undo.why-failed",
};

/** The desktop does it when it is there. */
const Undoing = () => {
  const say = useText();
  const { desktop } = useWorkspace();
  const name = useDesktopName();
  return (
    <span className="dh-note" role="status">
      {desktop().online ? say("task.undoing") : say("task.undo-later", { desktop: name })}
    </span>
  );
};

const UndoOrder = ({
  label,
  name,
  order,
}: {
  readonly label: string;
  /** What it is called where many say the same. */
  readonly name?: string;
  readonly order: IntentBody;
}) => {
  const { orders } = useWorkspace();
  const mayOrder = useMayOrder();
  const { busy, problem, give } = useOrder();
  if (!mayOrder) return null;
  return (
    <span>
      <button
        type="button"
        className="dh-button small"
        aria-label={name}
        disabled={busy}
        onClick={() => void give(() => orders.give(order))}
      >
        <Icon icon={arrowUndo} size={16} />
        {label}
      </button>
      {problem !== undefined && <span className="dh-problem">{problem}</span>}
    </span>
  );
};

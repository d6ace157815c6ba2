/** What one can change about a task before it starts: its place, its words, when it begins, whether at all. */
import { MAX_TEXT_LENGTH, type IntentBody, type TaskId } from "@deskhand/doc-schema/document";
import { isOpen, promptOf, type TaskView } from "@deskhand/doc-schema/views";
import { arrowDown, arrowUp, create, pause, play, timeOutline, trash } from "ionicons/icons";
import { useId, useState } from "react";
import { Icon } from "./Icon.tsx";
import type { TextKey } from "./locales/en.ts";
import { moveBy } from "./move-by.ts";
import { Sheet } from "./Sheet.tsx";
import { taskTitle } from "./task-state.ts";
import { useText } from "./texts.tsx";
import { localTime, timeOf } from "./times.ts";
import { useOrder, type OrderState } from "./use-order.ts";
import { useNow, useWorkspace } from "./workspace-context.tsx";

interface QueueSheetProps {
  readonly queue: readonly TaskView[];
  /** Every task: it may start after one of them. */
  readonly others: readonly TaskView[];
  readonly view: TaskView;
  readonly onClose: () => void;
}

type Stage = "actions" | "words" | "time";

export const QueueSheet = ({ queue, others, view, onClose }: QueueSheetProps) => {
  const say = useText();
  const { orders } = useWorkspace();
  const order = useOrder();
  const [stage, setStage] = useState<Stage>("actions");
  const give = (body: IntentBody | undefined): void => {
    if (body !== undefined) void order.give(() => orders.give(body)).then((isGiven) => isGiven && onClose());
  };
  return (
    <Sheet title={taskTitle(view)} onClose={onClose}>
      {stage === "actions" && <Actions queue={queue} view={view} order={order} give={give} onGo={setStage} />}
      {stage === "words" && <Words view={view} order={order} give={give} />}
      {stage === "time" && <Time view={view} others={others} order={order} give={give} />}
      {order.problem !== undefined && (
        <p className="dh-problem" role="alert">
          {order.problem === "already-started" ? say("queue.late") : say("queue.failed")}
        </p>
      )}
    </Sheet>
  );
};

interface StageProps {
  readonly view: TaskView;
  readonly order: OrderState;
  readonly give: (body: IntentBody | undefined) => void;
}

const Actions = ({
  queue,
  view,
  order,
  give,
  onGo,
}: StageProps & { readonly queue: readonly TaskView[]; readonly onGo: (stage: Stage) => void }) => {
  const say = useText();
  const { id: taskId } = view.task;
  const at = queue.findIndex(({ task }) => task.id === taskId);
  const [first] = queue;
  const isHeld = Boolean(view.run?.heldAt);
  const action = (word: TextKey, icon: string, onClick: () => void, isOff = false) => (
    <li>
      <button type="button" className="dh-action" disabled={order.busy || isOff} onClick={onClick}>
        <Icon icon={icon} />
        {say(word)}
      </button>
    </li>
  );
  return (
    <ul className="dh-action-list">
      {isHeld
        ? action("queue.release", play, () => give({ type: "release", taskId }))
        : action("queue.hold", pause, () => give({ type: "hold", taskId }))}
      {action(
        "queue.next",
        play,
        () => first !== undefined && give({ type: "reorder", taskId, before: first.task.id }),
        at <= 0,
      )}
      {action("queue.up", arrowUp, () => give(moveBy(queue, at, -1)), at <= 0)}
      {action("queue.down", arrowDown, () => give(moveBy(queue, at, 1)), at === queue.length - 1)}
      {action("queue.edit", create, () => onGo("words"))}
      {action("queue.time", timeOutline, () => onGo("time"))}
      {action("queue.remove", trash, () => give({ type: "cancel", taskId }))}
    </ul>
  );
};

const Words = ({ view, order, give }: StageProps) => {
  const say = useText();
  const [text, setText] = useState(promptOf(view));
  const prompt = text.trim();
  const isTooLong = prompt.length > MAX_TEXT_LENGTH;
  return (
    <form
      className="dh-form"
      onSubmit={(event) => {
        event.preventDefault();
        give({ type: "edit", taskId: view.task.id, prompt });
      }}
    >
      <textarea
        className="dh-field"
        rows={5}
        value={text}
        aria-label={say("queue.edit")}
        onChange={(event) => setText(event.target.value)}
      />
      {isTooLong && (
        <p className="dh-problem" role="status">
          {say("composer.too-long", { max: MAX_TEXT_LENGTH })}
        </p>
      )}
      <button
        type="submit"
        className="dh-button primary"
        disabled={order.busy || prompt === "" || isTooLong || prompt === promptOf(view)}
      >
        {say("queue.save")}
      </button>
    </form>
  );
};

type Start = "turn" | "time" | "after";

const Time = ({ view, others, order, give }: StageProps & { readonly others: readonly TaskView[] }) => {
  const say = useText();
  const name = useId();
  const now = useNow(5_000);
  const { run, task } = view;
  const notBefore = run?.notBefore ?? undefined;
  const candidates = others.filter((other) => isOpen(other) && other.task.id !== task.id);
  const [start, setStart] = useState<Start>(run?.after ? "after" : notBefore === undefined ? "turn" : "time");
  const [time, setTime] = useState(() => localTime(notBefore ?? now + HOUR));
  const [after, setAfter] = useState<TaskId | undefined>(run?.after ?? candidates[0]?.task.id);
  const at = timeOf(time);
  const isPast = start === "time" && at !== undefined && at <= now;
  const isReady = start === "turn" || (start === "time" ? at !== undefined && !isPast : after !== undefined);
  const choice = (value: Start, word: TextKey) => (
    <label className="dh-choice">
      <input type="radio" name={name} checked={start === value} onChange={() => setStart(value)} />
      <span>{say(word)}</span>
    </label>
  );
  return (
    <form
      className="dh-form"
      onSubmit={(event) => {
        event.preventDefault();
        give({
          type: "edit",
          taskId: task.id,
          notBefore: start === "time" ? (at ?? null) : null,
          after: start === "after" ? (after ?? null) : null,
        });
      }}
    >
      <fieldset className="dh-choices">
        <legend className="dh-sr">{say("queue.time")}</legend>
        {choice("turn", "queue.start-turn")}
        {choice("time", "queue.start-time")}
        {start === "time" && (
          <input
            type="datetime-local"
            className="dh-field"
            aria-label={say("queue.start-time")}
            value={time}
            onChange={(event) => setTime(event.target.value)}
          />
        )}
        {candidates.length > 0 && choice("after", "queue.start-after")}
        {start === "after" && (
          <select
            className="dh-field"
            aria-label={say("queue.start-after")}
            value={after}
            onChange={({ target }) =>
              setAfter(candidates.find((other) => other.task.id === target.value)?.task.id)
            }
          >
            {candidates.map((other) => (
              <option key={other.task.id} value={other.task.id}>
                {taskTitle(other)}
              </option>
            ))}
          </select>
        )}
      </fieldset>
      {isPast && (
        <p className="dh-problem" role="status">
          {say("queue.past")}
        </p>
      )}
      <button type="submit" className="dh-button primary" disabled={order.busy || !isReady}>
        {say("queue.save")}
      </button>
    </form>
  );
};

const HOUR = 3_600_000;

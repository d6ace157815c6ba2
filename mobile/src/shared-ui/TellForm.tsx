/** Tells a running task something: it reads it at its next step. What was typed stays when it could not be stored. */
import { MAX_TEXT_LENGTH, type TaskId } from "@deskhand/doc-schema/document";
import { useState } from "react";
import { useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useMayOrder, useWorkspace } from "./workspace-context.tsx";

export const TellForm = ({ taskId }: { readonly taskId: TaskId }) => {
  const say = useText();
  const { orders } = useWorkspace();
  const { busy, problem, give } = useOrder();
  const mayOrder = useMayOrder();
  const [text, setText] = useState("");
  const [isTold, setTold] = useState(false);
  const said = text.trim();
  if (!mayOrder) return null;
  return (
    <form
      className="dh-form"
      onSubmit={(event) => {
        event.preventDefault();
        void give(() => orders.give({ type: "steer", taskId, text: said })).then((isGiven) => {
          if (isGiven) setText("");
          setTold(isGiven);
        });
      }}
    >
      <textarea
        className="dh-field"
        rows={2}
        maxLength={MAX_TEXT_LENGTH}
        value={text}
        placeholder={say("task.tell")}
        aria-label={say("task.tell")}
        onChange={(event) => {
          setText(event.target.value);
          setTold(false);
        }}
      />
      {(problem !== undefined || isTold) && (
        <p className={problem === undefined ? "dh-note" : "dh-problem"} role="status">
          {say(problem === undefined ? "task.told" : "queue.failed")}
        </p>
      )}
      <button type="submit" className="dh-button small" disabled={busy || said === ""}>
        {say("task.tell")}
      </button>
    </form>
  );
};

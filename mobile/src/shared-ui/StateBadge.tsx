/** Icon and word of a task's state. */
import type { TaskView } from "@deskhand/doc-schema/views";
import { Icon } from "./Icon.tsx";
import { taskState } from "./task-state.ts";
import { useText } from "./texts.tsx";
import { useDesktopName, useMyAnswer, useNow, useWorkspaceValue } from "./workspace-context.tsx";

export const StateBadge = ({ view }: { readonly view: TaskView }) => {
  const say = useText();
  const desktop = useWorkspaceValue((workspace) => workspace.desktop());
  const name = useDesktopName();
  const state = taskState(view, desktop, useNow(5_000), {
    isAnswered: useMyAnswer(view) !== undefined,
    isRemoved: useWorkspaceValue((workspace) => workspace.access().type === "removed"),
  });
  return (
    <span className={`dh-badge ${state.tone}`}>
      <Icon icon={state.icon} size={16} />
      {say(state.word, { desktop: name })}
    </span>
  );
};

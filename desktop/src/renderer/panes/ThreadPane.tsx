/** The thread, and the task board or one task beside it; below 992 px one of the two is seen at a time. */
import type { TaskId } from "@deskhand/doc-schema/document";
import { Composer, NeedsYouBar, TaskBoard, TaskDetail, ThreadView } from "@deskhand/mobile/shared-ui";
import { useState } from "react";
import { Icon } from "../Icon.tsx";
import { useDesktopText } from "../texts.ts";

export interface ThreadPaneProps {
  /** Another number moves the focus to the composer. */
  readonly composeRequests: number;
  readonly onOpenApproval: () => void;
}

type Segment = "thread" | "board";
const SEGMENTS: readonly Segment[] = ["thread", "board"];

export const ThreadPane = ({ composeRequests, onOpenApproval }: ThreadPaneProps) => {
  const say = useDesktopText();
  const [openTask, setOpenTask] = useState<TaskId>();
  const [segment, setSegment] = useState<Segment>("thread");
  const open = (taskId: TaskId): void => {
    setOpenTask(taskId);
    setSegment("board");
  };
  return (
    <div className={`work shows-${segment}`}>
      <div className="work-segments">
        <div className="segments" role="group" aria-label={say("work.label")}>
          {SEGMENTS.map((each) => (
            <button
              key={each}
              type="button"
              className={each === segment ? "segment chosen" : "segment"}
              aria-pressed={each === segment}
              onClick={() => setSegment(each)}
            >
              {say(`work.${each}`)}
            </button>
          ))}
        </div>
      </div>
      <div className="work-thread">
        <ThreadView onOpenTask={open} />
        <NeedsYouBar onOpenApproval={onOpenApproval} />
        <Composer sendOnEnter focusRequest={composeRequests} />
      </div>
      <aside className="work-board" aria-label={say("work.board")}>
        {openTask === undefined ? (
          <TaskBoard onOpenTask={open} />
        ) : (
          <>
            <button type="button" className="back" onClick={() => setOpenTask(undefined)}>
              <Icon name="back" size={18} />
              {say("work.back")}
            </button>
            <TaskDetail taskId={openTask} />
          </>
        )}
      </aside>
    </div>
  );
};

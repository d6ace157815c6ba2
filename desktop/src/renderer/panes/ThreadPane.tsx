/** The thread, and the task board or one task beside it; below 992 px one of the two is seen at a time. */
import type { TaskId } from "@deskhand/doc-schema/document";
import {
  Composer,
  FoundInThread,
  NeedsYouBar,
  TaskBoard,
  TaskDetail,
  ThreadView,
} from "@deskhand/mobile/shared-ui";
import { useState } from "react";
import { Icon } from "../Icon.tsx";
import { useDesktopText } from "../texts.ts";

export interface ThreadPaneProps {
  /** Another number moves the focus to the composer. */
  readonly composeRequests: number;
  /** An entry that was searched for: the thread is shown around it. */
  readonly found: string | undefined;
  readonly onOpenNeed: () => void;
  readonly onLeaveFound: () => void;
}

type Segment = "thread" | "board";
const SEGMENTS: readonly Segment[] = ["thread", "board"];

export const ThreadPane = ({ composeRequests, found, onOpenNeed, onLeaveFound }: ThreadPaneProps) => {
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
        {found === undefined ? (
          <ThreadView onOpenTask={open} />
        ) : (
          <>
            <FoundInThread
              key={found}
              entryId={found}
              words={{
                label: say("search.here"),
                earlier: say("search.earlier"),
                later: say("search.later"),
                gone: say("search.gone"),
              }}
              onOpenTask={open}
            />
            <button type="button" className="button small newest" onClick={onLeaveFound}>
              {say("search.newest")}
            </button>
          </>
        )}
        <NeedsYouBar onOpenNeed={onOpenNeed} />
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

/** One entry of the thread: what was said, what it came to, what was answered. */
import type { MessageRecord } from "@deskhand/doc-schema/document";
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import type { Delivery, TimelineEntry } from "@deskhand/doc-schema/views";
import { checkmark, checkmarkDone, timeOutline } from "ionicons/icons";
import { Icon } from "./Icon.tsx";
import type { TextKey } from "./locales/en.ts";
import { plainText } from "./plain-text.ts";
import { ReplyText } from "./ReplyText.tsx";
import { TaskCard, type TaskCardProps } from "./TaskCard.tsx";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useDeviceName, useTaskViews, useWorkspace } from "./workspace-context.tsx";

type RowProps = { readonly entry: TimelineEntry } & Pick<TaskCardProps, "onOpenTask">;

export const TimelineRow = ({ entry, onOpenTask }: RowProps) => {
  const say = useText();
  switch (entry.type) {
    case "message":
      return <Message message={entry.message} device={entry.device} />;
    case "task":
      return (
        <li className="dh-row">
          <TaskCard view={entry.view} onOpenTask={onOpenTask} />
        </li>
      );
    case "reply":
      return (
        <li className="dh-row dh-reply" aria-busy={!entry.reply.done}>
          {entry.reply.text === "" ? (
            <span className="dh-note">{say("reply.writing")}</span>
          ) : (
            <ReplyText text={entry.reply.text} />
          )}
        </li>
      );
    case "unreadable":
      return <li className="dh-row dh-note">{say("entry.unreadable")}</li>;
  }
};

const TICKS: Readonly<Record<Delivery, { readonly icon: string; readonly word: TextKey }>> = {
  saved: { icon: timeOutline, word: "tick.saved" },
  sent: { icon: checkmark, word: "tick.sent" },
  "picked-up": { icon: checkmarkDone, word: "tick.picked-up" },
};

const Message = ({ message, device }: { readonly message: MessageRecord; readonly device: DeviceId }) => {
  const say = useText();
  const times = useTimes();
  const workspace = useWorkspace();
  const nameOf = useDeviceName();
  const task = useTaskViews().find((view) => view.task.id === message.taskId);
  const tick = task === undefined ? undefined : TICKS[task.delivery];
  return (
    <li className="dh-row dh-message">
      <p className="dh-bubble">{plainText(message.text)}</p>
      <span className="dh-meta">
        {device !== workspace.deviceId && <span>{nameOf(device)} · </span>}
        <time dateTime={new Date(message.createdAt).toISOString()}>{times.clock(message.createdAt)}</time>
        {tick !== undefined && (
          <span
            className={`dh-tick ${task?.delivery ?? ""}`}
            role="img"
            aria-label={say(tick.word)}
            title={say(tick.word)}
          >
            <Icon icon={tick.icon} size={14} />
          </span>
        )}
      </span>
    </li>
  );
};

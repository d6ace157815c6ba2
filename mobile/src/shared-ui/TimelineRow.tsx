/** One entry of the thread: what was said, what it came to, what was answered. */
import type { MessageRecord } from "@deskhand/doc-schema/document";
import type { DeviceId } from "@deskhand/doc-schema/crypto";
import { readableBytes, type TimelineEntry } from "@deskhand/doc-schema/views";
import { DeliveryTick } from "./Delivery.tsx";
import { plainText } from "./plain-text.ts";
import { ReplyText } from "./ReplyText.tsx";
import { TaskCard, type TaskCardProps } from "./TaskCard.tsx";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useDeviceName, useWorkspace } from "./workspace-context.tsx";

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

const Message = ({ message, device }: { readonly message: MessageRecord; readonly device: DeviceId }) => {
  const say = useText();
  const times = useTimes();
  const workspace = useWorkspace();
  const nameOf = useDeviceName();
  return (
    <li className="dh-row dh-message">
      <p className="dh-bubble">{plainText(message.text)}</p>
      {message.attachments !== undefined && message.attachments.length > 0 && (
        <ul className="dh-chips" aria-label={say("file.list")}>
          {message.attachments.map(({ name, byteLength, sha256 }) => (
            <li key={sha256}>
              <span className="dh-chip-name">{plainText(name)}</span>
              <span className="dh-note">{readableBytes(byteLength)}</span>
            </li>
          ))}
        </ul>
      )}
      <span className="dh-meta">
        {device !== workspace.deviceId && <span>{nameOf(device)} · </span>}
        <time dateTime={new Date(message.createdAt).toISOString()}>{times.clock(message.createdAt)}</time>
        <DeliveryTick record={message} />
      </span>
    </li>
  );
};

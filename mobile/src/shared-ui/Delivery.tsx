/**
 * How far what one sent has come: a tick beside it, and on a tap the four stages with their times.
 * Nothing is claimed that has not been seen, and a time only where it is known.
 */
import type { MessageRecord } from "@deskhand/doc-schema/document";
import { DELIVERY_STAGES, deliveryText, type DeliveryStage } from "@deskhand/doc-schema/views";
import { checkmark, checkmarkDone, checkmarkDoneCircle, ellipseOutline, timeOutline } from "ionicons/icons";
import { useCallback, useState } from "react";
import { Icon } from "./Icon.tsx";
import type { TextKey } from "./locales/en.ts";
import { Sheet } from "./Sheet.tsx";
import { useLocale, useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useDeliveries, useDesktopName, useMeta, useNow, useWorkspace } from "./workspace-context.tsx";

const ICONS: Readonly<Record<DeliveryStage, string>> = {
  saved: timeOutline,
  "at-relay": checkmark,
  "at-desktop": checkmarkDone,
  "picked-up": checkmarkDoneCircle,
};

type Sent = Pick<MessageRecord, "id" | "threadId" | "taskId" | "createdAt">;

export const DeliveryTick = ({ record }: { readonly record: Sent }) => {
  const say = useText();
  const [isOpen, setOpen] = useState(false);
  const close = useCallback(() => setOpen(false), []);
  const view = useDeliveries().of(record);
  const wordOf = useStageWord();
  if (view === undefined) return null;
  const word = wordOf(view.stage, view.pickedUpAt);
  return (
    <>
      <button
        type="button"
        className={`dh-tick ${view.stage}`}
        aria-label={say("delivery.tick", { word })}
        title={word}
        onClick={() => setOpen(true)}
      >
        <Icon icon={ICONS[view.stage]} size={14} />
      </button>
      {isOpen && <DeliverySheet record={record} onClose={close} />}
    </>
  );
};

const useStageWord = (): ((stage: DeliveryStage, pickedUpAt?: number) => string) => {
  const locale = useLocale();
  const times = useTimes();
  const desktopName = useDesktopName();
  const { role } = useWorkspace();
  return (stage, pickedUpAt) =>
    deliveryText(
      stage,
      {
        device: role,
        desktopName,
        ...(pickedUpAt === undefined ? {} : { pickedUpAt: times.clock(pickedUpAt) }),
      },
      locale,
    );
};

const DeliverySheet = ({ record, onClose }: { readonly record: Sent; readonly onClose: () => void }) => {
  const say = useText();
  const times = useTimes();
  const now = useNow(5_000);
  const deliveries = useDeliveries();
  const wordOf = useStageWord();
  const view = deliveries.of(record);
  const reached = view === undefined ? 0 : DELIVERY_STAGES.indexOf(view.stage);
  const timeOf = (stage: DeliveryStage): number | undefined => {
    if (stage === "saved") return record.createdAt;
    return stage === "picked-up" ? view?.pickedUpAt : deliveries.seenAt(record.id, stage);
  };
  return (
    <Sheet title={say("delivery.title")} onClose={onClose}>
      <ol className="dh-stages">
        {DELIVERY_STAGES.map((stage, at) => {
          const time = timeOf(stage);
          const isReached = at <= reached;
          return (
            <li key={stage} className={isReached ? "reached" : ""}>
              <Icon icon={isReached ? ICONS[stage] : ellipseOutline} size={18} />
              <span>{wordOf(stage)}</span>
              <span className="dh-note">
                {!isReached
                  ? say("delivery.not-yet")
                  : time === undefined
                    ? say("delivery.no-time")
                    : times.clock(time, now)}
              </span>
            </li>
          );
        })}
      </ol>
      <Advice stage={view?.stage ?? "saved"} />
    </Sheet>
  );
};

/** Where it is, and what can be done when it does not move. */
const Advice = ({ stage }: { readonly stage: DeliveryStage }) => {
  const say = useText();
  const desktop = useDesktopName();
  const isStopped = Boolean(useMeta()?.stoppedAt);
  const { connection, access, desktop: presence, retryNow, role } = useWorkspace();
  const { phase } = connection();
  const wordOf = (): TextKey => {
    if (stage === "picked-up") return "delivery.picked-up";
    if (stage === "saved" && access().type === "removed") return "delivery.removed";
    if (stage === "saved") return phase === "offline" ? "delivery.offline" : "delivery.saved";
    if (isStopped) return "delivery.stopped";
    if (stage === "at-desktop") return "delivery.at-desktop";
    return presence().online ? "delivery.at-relay" : "delivery.away";
  };
  return (
    <>
      <p>{say(wordOf(), { desktop, device: role })}</p>
      {wordOf() === "delivery.saved" && phase !== "live" && (
        <button type="button" className="dh-button" onClick={retryNow}>
          {say("connection.retry")}
        </button>
      )}
    </>
  );
};

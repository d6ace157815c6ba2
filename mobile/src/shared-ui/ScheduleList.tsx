/** What happens by itself: each schedule with its rule, its next time and its switch, and the way to a new one. */
import type { ScheduleView } from "@deskhand/doc-schema/views";
import { add } from "ionicons/icons";
import { useCallback, useState } from "react";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { ScheduleSheet } from "./ScheduleSheet.tsx";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import { useRuleText } from "./use-rule-text.ts";
import { useDesktopName, useMayOrder, useNow, useSchedules, useWorkspace } from "./workspace-context.tsx";

export const ScheduleList = () => {
  const say = useText();
  const views = useSchedules();
  const mayOrder = useMayOrder();
  const [opened, setOpened] = useState<string>();
  const close = useCallback(() => setOpened(undefined), []);
  const view = views.find(({ schedule }) => schedule.id === opened);
  return (
    <div className="dh-board" role="region" aria-label={say("schedule.label")}>
      {views.length === 0 && <p className="dh-note">{say("schedule.empty")}</p>}
      <ul className="dh-cards">
        {views.map((each) => (
          <li key={each.schedule.id}>
            <ScheduleRow view={each} onOpen={() => setOpened(each.schedule.id)} />
          </li>
        ))}
      </ul>
      {mayOrder && (
        <button type="button" className="dh-button dh-add" onClick={() => setOpened(NEW)}>
          <Icon icon={add} />
          {say("schedule.new")}
        </button>
      )}
      {(opened === NEW || view !== undefined) && <ScheduleSheet key={opened} view={view} onClose={close} />}
    </div>
  );
};

const NEW = "new";

const ScheduleRow = ({ view, onOpen }: { readonly view: ScheduleView; readonly onOpen: () => void }) => {
  const say = useText();
  const rule = useRuleText();
  const { orders } = useWorkspace();
  const { busy, problem, give } = useOrder();
  const mayOrder = useMayOrder();
  const { schedule, pending } = view;
  const line = useScheduleLine(view);
  const scheduleId = schedule.id;
  const change = { type: "schedule-change" as const, scheduleId, enabled: !schedule.enabled };
  const missedAt = askedOf(view);
  return (
    <article className="dh-card dh-task" aria-label={plainText(schedule.title)}>
      <button type="button" className="dh-task-open" onClick={onOpen}>
        <span className="dh-task-title">{plainText(schedule.title)}</span>
        <span>{rule(schedule)}</span>
        <span className="dh-note">{line}</span>
        {schedule.off && <span className="dh-problem">{schedule.off.text}</span>}
        {problem !== undefined && <span className="dh-problem">{say("queue.failed")}</span>}
      </button>
      {pending?.type !== "delete" && mayOrder && (
        <button
          type="button"
          role="switch"
          aria-checked={schedule.enabled}
          aria-label={say("schedule.on", { title: plainText(schedule.title) })}
          className="dh-switch"
          disabled={busy || pending?.type === "create"}
          onClick={() => void give(() => orders.give(change))}
        />
      )}
      {missedAt !== undefined && mayOrder && (
        <div className="dh-missed">
          <button
            type="button"
            className="dh-button small"
            disabled={busy}
            onClick={() => void give(() => orders.give({ type: "schedule-run", scheduleId }))}
          >
            {say("schedule.run-now")}
          </button>
          <button
            type="button"
            className="dh-button small"
            disabled={busy}
            onClick={() =>
              void give(() => orders.give({ type: "schedule-change", scheduleId, letGo: missedAt }))
            }
          >
            {say("schedule.let-go")}
          </button>
        </div>
      )}
    </article>
  );
};

/** The missed time that the desktop asks about; undefined when it asks nothing, or was answered. */
const askedOf = ({ schedule, pending }: ScheduleView): number | undefined =>
  pending === undefined && schedule.enabled && schedule.ifMissed === "ask"
    ? (schedule.missedAt ?? undefined)
    : undefined;

/** Where it stands: what is on its way, else when it runs next, or what became of a time that was slept through. */
const useScheduleLine = (view: ScheduleView): string => {
  const { schedule, pending } = view;
  const say = useText();
  const times = useTimes();
  const desktop = useDesktopName();
  const now = useNow(30_000);
  if (pending !== undefined)
    return say(pending.delivery === "saved" ? "schedule.unsent" : "schedule.on-its-way", { desktop });
  if (!schedule.enabled) return say("schedule.is-off");
  const next = schedule.nextRunAt
    ? say("schedule.next", { time: times.clock(schedule.nextRunAt, now), zone: schedule.timeZone })
    : say("schedule.no-next");
  if (!schedule.missedAt) return next;
  const missed = askedOf(view) === undefined ? "schedule.missed" : "schedule.missed-ask";
  return `${say(missed, { time: times.clock(schedule.missedAt, now), desktop })} ${next}`;
};

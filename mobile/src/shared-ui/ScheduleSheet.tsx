/** A schedule, new or known: what it does, when, and what happens with a time that the desktop slept through. */
import { MAX_TEXT_LENGTH } from "@deskhand/doc-schema/document";
import type { ScheduleView } from "@deskhand/doc-schema/views";
import { play, trash } from "ionicons/icons";
import { useState, type ReactNode } from "react";
import { Icon } from "./Icon.tsx";
import { newRule, readRule, RULE_TYPES, writeRule, type RuleForm } from "./schedule-rule.ts";
import { Sheet } from "./Sheet.tsx";
import { useLocale, useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import { weekdayName } from "./use-rule-text.ts";
import { useMayOrder, useWorkspace } from "./workspace-context.tsx";

interface ScheduleSheetProps {
  /** Absent: a new one. */
  readonly view: ScheduleView | undefined;
  readonly onClose: () => void;
}

const IF_MISSED = ["run", "skip", "ask"] as const;
const MAX_TITLE_LENGTH = 200;

export const ScheduleSheet = ({ view, onClose }: ScheduleSheetProps) => {
  const say = useText();
  const locale = useLocale();
  const { orders } = useWorkspace();
  const mayOrder = useMayOrder();
  const { busy, problem, give } = useOrder();
  const known = view?.schedule;
  const [prompt, setPrompt] = useState(known?.prompt ?? "");
  const [title, setTitle] = useState(known?.title ?? "");
  const [rule, setRule] = useState<RuleForm>(() => readRule(known?.rule ?? "0 8 * * 1-5"));
  const [ifMissed, setIfMissed] = useState(IF_MISSED.find((word) => word === known?.ifMissed) ?? "run");
  const timeZone = known?.timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const fields = {
    title: (title.trim() || prompt.trim()).slice(0, MAX_TITLE_LENGTH),
    prompt: prompt.trim(),
    rule: writeRule(rule),
    timeZone,
    ifMissed,
  };
  const isComplete = fields.prompt !== "" && fields.prompt.length <= MAX_TEXT_LENGTH && fields.rule !== "";
  const giveAndClose = (order: () => Promise<void>): void =>
    void give(order).then((isGiven) => isGiven && onClose());
  const save = (): void =>
    giveAndClose(() =>
      known === undefined
        ? orders.createSchedule({ ...fields, enabled: true, locale })
        : orders.give({ type: "schedule-change", scheduleId: known.id, ...fields }),
    );
  return (
    <Sheet title={known === undefined ? say("schedule.new") : say("schedule.edit")} onClose={onClose}>
      <form
        className="dh-form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field label={say("schedule.prompt")}>
          <textarea
            className="dh-field"
            rows={3}
            value={prompt}
            maxLength={MAX_TEXT_LENGTH}
            onChange={(event) => setPrompt(event.target.value)}
          />
        </Field>
        <Field label={say("schedule.title")}>
          <input
            className="dh-field"
            value={title}
            maxLength={MAX_TITLE_LENGTH}
            placeholder={fields.title}
            onChange={(event) => setTitle(event.target.value)}
          />
        </Field>
        <Field label={say("schedule.rule")}>
          <select
            className="dh-field"
            value={rule.type}
            onChange={({ target }) => {
              const type = RULE_TYPES.find((each) => each === target.value);
              if (type !== undefined) setRule(newRule(type, rule, new Date()));
            }}
          >
            {RULE_TYPES.map((type) => (
              <option key={type} value={type}>
                {say(`rule.type.${type}`)}
              </option>
            ))}
          </select>
        </Field>
        <RuleFields rule={rule} onRule={setRule} />
        <p className="dh-note">{say("schedule.zone", { zone: timeZone })}</p>
        <Field label={say("schedule.if-missed")}>
          <select
            className="dh-field"
            value={ifMissed}
            onChange={({ target }) =>
              setIfMissed(IF_MISSED.find((word) => word === target.value) ?? ifMissed)
            }
          >
            {IF_MISSED.map((word) => (
              <option key={word} value={word}>
                {say(`schedule.if-missed.${word}`)}
              </option>
            ))}
          </select>
        </Field>
        <NextRuns times={view?.pending === undefined ? known?.nextRuns : undefined} />
        {problem !== undefined && (
          <p className="dh-problem" role="alert">
            {say("queue.failed")}
          </p>
        )}
        {mayOrder && (
          <button type="submit" className="dh-button primary" disabled={busy || !isComplete}>
            {say("queue.save")}
          </button>
        )}
      </form>
      {known !== undefined && view?.pending?.type !== "delete" && mayOrder && (
        <div className="dh-answers">
          <button
            type="button"
            className="dh-button"
            disabled={busy}
            onClick={() => giveAndClose(() => orders.give({ type: "schedule-run", scheduleId: known.id }))}
          >
            <Icon icon={play} size={18} />
            {say("schedule.run-now")}
          </button>
          <button
            type="button"
            className="dh-button danger"
            disabled={busy}
            onClick={() => giveAndClose(() => orders.give({ type: "schedule-delete", scheduleId: known.id }))}
          >
            <Icon icon={trash} size={18} />
            {say("schedule.delete")}
          </button>
        </div>
      )}
    </Sheet>
  );
};

const Field = ({ label, children }: { readonly label: string; readonly children: ReactNode }) => (
  <label className="dh-form-field">
    <span className="dh-note">{label}</span>
    {children}
  </label>
);

const NextRuns = ({ times }: { readonly times: readonly number[] | undefined }) => {
  const say = useText();
  const { clock } = useTimes();
  return times === undefined || times.length === 0 ? null : (
    <p className="dh-note">
      {say("schedule.next-runs", { times: times.map((at) => clock(at)).join(" · ") })}
    </p>
  );
};

const RuleFields = ({
  rule,
  onRule,
}: {
  readonly rule: RuleForm;
  readonly onRule: (rule: RuleForm) => void;
}) => {
  const say = useText();
  const locale = useLocale();
  return (
    <>
      {rule.type === "weekly" && (
        <Field label={say("rule.weekday")}>
          <select
            className="dh-field"
            value={rule.weekday}
            onChange={({ target }) => onRule({ ...rule, weekday: Number(target.value) })}
          >
            {[1, 2, 3, 4, 5, 6, 0].map((weekday) => (
              <option key={weekday} value={weekday}>
                {weekdayName(weekday, locale)}
              </option>
            ))}
          </select>
        </Field>
      )}
      {rule.type === "monthly" && (
        <Field label={say("rule.day")}>
          <input
            type="number"
            className="dh-field"
            min={1}
            max={31}
            required
            value={rule.day}
            onChange={({ target }) => onRule({ ...rule, day: Number(target.value) })}
          />
        </Field>
      )}
      {rule.type === "hourly" && (
        <Field label={say("rule.minute")}>
          <input
            type="number"
            className="dh-field"
            min={0}
            max={59}
            required
            value={rule.minute}
            onChange={({ target }) => onRule({ ...rule, minute: Number(target.value) })}
          />
        </Field>
      )}
      {"time" in rule && (
        <Field label={say("rule.time")}>
          <input
            type="time"
            className="dh-field"
            required
            value={rule.time}
            onChange={({ target }) => onRule({ ...rule, time: target.value })}
          />
        </Field>
      )}
      {rule.type === "once" && (
        <Field label={say("rule.time")}>
          <input
            type="datetime-local"
            className="dh-field"
            required
            value={rule.at}
            onChange={({ target }) => onRule({ ...rule, at: target.value })}
          />
        </Field>
      )}
      {rule.type === "pattern" && (
        <Field label={say("rule.cron")}>
          <input
            className="dh-field"
            required
            value={rule.pattern}
            placeholder="0 8 * * 1-5"
            onChange={({ target }) => onRule({ ...rule, pattern: target.value })}
          />
        </Field>
      )}
    </>
  );
};

/**
 * How many tasks work at once, and what one task and one day may use. Only here: no phone and no task can change it.
 * A field that is empty is no limit; what was typed stays when it is turned down.
 */
import { useLocale, useMeta } from "@deskhand/mobile/shared-ui";
import { useId, useState } from "react";
import { BUDGET_KINDS, MOST_RUNS_AT_ONCE, type BudgetKind, type LimitChanges } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { useDesktopText } from "../texts.ts";

type Period = "perRun" | "perDay";
type Typed = Readonly<Record<string, string>>;

const SHOWN: readonly (readonly [Period, BudgetKind])[] = [
  ["perRun", "microDollars"],
  ["perRun", "minutes"],
  ["perRun", "files"],
  ["perDay", "microDollars"],
];

/** Dollars are typed with cents; the record counts their millionths. */
const UNITS: Readonly<Partial<Record<BudgetKind, number>>> = { microDollars: 1_000_000 };
const unitOf = (field: BudgetKind): number => UNITS[field] ?? 1;

export const LimitsCard = () => {
  const say = useDesktopText();
  const locale = useLocale();
  const id = useId();
  const meta = useMeta();
  const { limits, today } = meta ?? {};
  const [typed, setTyped] = useState<Typed>({});
  const [result, setResult] = useState<"saved" | "refused">();
  if (limits === undefined) return null;

  const known = (period: Period, field: BudgetKind): string => {
    const value = limits[period][field];
    return typeof value === "number" ? String(value / unitOf(field)) : "";
  };
  const type = (key: string, value: string): void => {
    setTyped({ ...typed, [key]: value });
    setResult(undefined);
  };
  const save = async (): Promise<void> => {
    const answer = await ask("setLimits", { limits: changesOf(typed) });
    setResult(answer.type === "done" ? "saved" : "refused");
    if (answer.type === "done") setTyped({});
  };
  const money = new Intl.NumberFormat(locale, { style: "currency", currency: "USD" });
  return (
    <section className="card">
      <h2>{say("limits.title")}</h2>
      <form
        className="limits"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <label htmlFor={`${id} at-once`}>{say("limits.at-once")}</label>
        <input
          id={`${id} at-once`}
          className="field"
          type="number"
          min={1}
          max={MOST_RUNS_AT_ONCE}
          required
          value={typed["runsAtOnce"] ?? String(limits.runsAtOnce)}
          onChange={({ target }) => type("runsAtOnce", target.value)}
        />
        {SHOWN.map(([period, field]) => {
          const key = `${period}.${field}` as const;
          return (
            <LimitField
              key={key}
              id={`${id} ${key}`}
              label={say(`limits.${key}` as "limits.perRun.minutes") /* each shown field has its text */}
              step={field === "microDollars" ? "0.01" : "1"}
              placeholder={say("limits.none")}
              value={typed[key] ?? known(period, field)}
              onChange={(value) => type(key, value)}
            />
          );
        })}
        <span />
        <button type="submit" className="button primary" disabled={Object.keys(typed).length === 0}>
          {say("limits.save")}
        </button>
      </form>
      {result !== undefined && (
        <p className={result === "saved" ? "note" : "problem"} role="status">
          {say(`limits.${result}`)}
        </p>
      )}
      {typeof today?.used.microDollars === "number" && (
        <p className="note">
          {say("limits.today", { amount: money.format(today.used.microDollars / 1_000_000) })}
        </p>
      )}
    </section>
  );
};

const LimitField = (props: {
  readonly id: string;
  readonly label: string;
  readonly step: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) => (
  <>
    <label htmlFor={props.id}>{props.label}</label>
    <input
      id={props.id}
      className="field"
      type="number"
      min={0}
      step={props.step}
      placeholder={props.placeholder}
      value={props.value}
      onChange={({ target }) => props.onChange(target.value)}
    />
  </>
);

/** Only what was typed; empty is no limit. */
const changesOf = (typed: Typed): LimitChanges => {
  const of = (period: Period) =>
    Object.fromEntries(
      BUDGET_KINDS.flatMap((field) => {
        const text = typed[`${period}.${field}`];
        if (text === undefined) return [];
        return [[field, text.trim() === "" ? null : Math.round(Number(text) * unitOf(field))] as const];
      }),
    );
  const { runsAtOnce } = typed;
  return {
    ...(runsAtOnce === undefined ? {} : { runsAtOnce: Number(runsAtOnce) }),
    perRun: of("perRun"),
    perDay: of("perDay"),
  };
};

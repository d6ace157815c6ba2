/** The plan that the model made, each step with its state in a word. What was really done stands in the steps. */
import type { PlanStep } from "@deskhand/doc-schema/document";
import { checkmarkCircle, ellipseOutline, playCircle, removeCircleOutline } from "ionicons/icons";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { useText } from "./texts.tsx";

const ICONS = {
  open: ellipseOutline,
  active: playCircle,
  done: checkmarkCircle,
  dropped: removeCircleOutline,
} as const;
type PlanState = keyof typeof ICONS;

const stateOf = ({ state }: PlanStep): PlanState =>
  state === "active" || state === "done" || state === "dropped" ? state : "open";

export const PlanList = ({ plan }: { readonly plan: readonly PlanStep[] }) => {
  const say = useText();
  return (
    <section aria-label={say("task.plan")}>
      <h2>{say("task.plan")}</h2>
      <ol className="dh-plan">
        {plan.map((step, at) => (
          <li key={`${at} ${step.text}`} className={stateOf(step)}>
            <Icon icon={ICONS[stateOf(step)]} size={18} />
            <span>{plainText(step.text)}</span>
            <span className="dh-sr">{say(`plan.${stateOf(step)}`)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
};

/** The bar that is on every tab while an approval or a question waits for this person. */
import { renderApproval, type Need } from "@deskhand/doc-schema/views";
import { chevronForward, handLeft, helpCircle } from "ionicons/icons";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { useLocale, useText, type Locale } from "./texts.tsx";
import { useMayOrder, useNeeds } from "./workspace-context.tsx";

export type OpenNeed = (id: Need["id"]) => void;

export const NeedsYouBar = ({ onOpenNeed }: { readonly onOpenNeed: OpenNeed }) => {
  const say = useText();
  const locale = useLocale();
  const mayOrder = useMayOrder();
  const needs = useNeeds();
  const [oldest] = needs;
  if (oldest === undefined || !mayOrder) return null;
  const about = headingOf(oldest, locale);
  return (
    <button type="button" className="dh-needs" onClick={() => onOpenNeed(oldest.id)}>
      <Icon icon={oldest.type === "question" ? helpCircle : handLeft} />
      <span>
        <strong>{say("needs.bar", { count: needs.length })}</strong>
        {about !== undefined && ` · ${about}`}
      </span>
      <Icon icon={chevronForward} size={18} />
    </button>
  );
};

const headingOf = (need: Need, locale: Locale): string | undefined => {
  if (need.type === "question") return plainText(need.view.question.text);
  const { action, approval } = need.view;
  return action === undefined ? undefined : renderApproval(action, approval, locale).heading;
};

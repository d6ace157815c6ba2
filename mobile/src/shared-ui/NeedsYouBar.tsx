/** The bar that is on every tab while an approval waits for this person. */
import type { ApprovalId } from "@deskhand/doc-schema/document";
import { pendingApprovals, renderApproval } from "@deskhand/doc-schema/views";
import { chevronForward, handLeft } from "ionicons/icons";
import { Icon } from "./Icon.tsx";
import { useLocale, useText } from "./texts.tsx";
import { useApprovals, useMayOrder } from "./workspace-context.tsx";

export const NeedsYouBar = ({
  onOpenApproval,
}: {
  readonly onOpenApproval: (approvalId: ApprovalId) => void;
}) => {
  const say = useText();
  const locale = useLocale();
  const mayOrder = useMayOrder();
  const pending = pendingApprovals(useApprovals()).filter((view) => view.myAnswer === undefined);
  const oldest = pending.at(-1);
  if (oldest === undefined || !mayOrder) return null;
  const { approval, action } = oldest;
  return (
    <button type="button" className="dh-needs" onClick={() => onOpenApproval(approval.id)}>
      <Icon icon={handLeft} />
      <span>
        <strong>{say("needs.bar", { count: pending.length })}</strong>
        {action !== undefined && ` · ${renderApproval(action, approval, locale).heading}`}
      </span>
      <Icon icon={chevronForward} size={18} />
    </button>
  );
};

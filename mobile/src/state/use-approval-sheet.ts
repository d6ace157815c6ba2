/**
 * Which approval the sheet shows. One that is pending and has not been seen opens by itself; closing it decides
 * nothing, and it does not open by itself again.
 */
import type { ApprovalId } from "@deskhand/doc-schema/document";
import { useState } from "react";
import { useApprovals } from "../shared-ui/index.ts";

export interface ApprovalSheetState {
  readonly approvalId: ApprovalId | undefined;
  readonly open: (approvalId: ApprovalId) => void;
  readonly close: () => void;
}

export const useApprovalSheet = (): ApprovalSheetState => {
  const [approvalId, setApprovalId] = useState<ApprovalId>();
  const [seen, setSeen] = useState<readonly ApprovalId[]>([]);
  const open = (id: ApprovalId): void => {
    setApprovalId(id);
    setSeen((before) => [...before, id]);
  };
  const unseen = useApprovals().findLast(
    ({ approval, myAnswer }) =>
      approval.state === "pending" && myAnswer === undefined && !seen.includes(approval.id),
  );
  if (approvalId === undefined && unseen !== undefined) open(unseen.approval.id);
  return { approvalId, open, close: () => setApprovalId(undefined) };
};

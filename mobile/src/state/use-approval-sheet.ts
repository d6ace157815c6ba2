/**
 * Which approval the sheet shows. One that is pending and has not been seen opens by itself; closing it decides
 * nothing, and it does not open by itself again.
 */
import { parseId, type ApprovalId } from "@deskhand/doc-schema/document";
import { useState } from "react";
import { useApprovals } from "../shared-ui/index.ts";

export interface ApprovalSheetState {
  readonly approvalId: ApprovalId | undefined;
  readonly open: (approvalId: ApprovalId) => void;
  readonly close: () => void;
}

/** The app was opened at /approval/… */
const linkedApproval = (): ApprovalId | undefined =>
  parseId("approval", /^\/approval\/(.+)$/.exec(location.pathname)?.[1]);

export const useApprovalSheet = (): ApprovalSheetState => {
  const [linked] = useState(linkedApproval);
  const [approvalId, setApprovalId] = useState(linked);
  const [seen, setSeen] = useState<readonly ApprovalId[]>(linked === undefined ? [] : [linked]);
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

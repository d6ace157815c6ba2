/**
 * Which approval the sheet shows. Right after a start, one that is pending opens by itself; once the person has
 * touched anything, nothing slides under a finger any more and the bar leads there. Closing decides nothing, and
 * neither does the browser's Back, which closes it.
 */
import { parseId, type ApprovalId } from "@deskhand/doc-schema/document";
import { useCallback, useEffect, useState } from "react";
import { useApprovals, useBackCloses } from "../shared-ui/index.ts";

export interface ApprovalSheetState {
  readonly approvalId: ApprovalId | undefined;
  readonly open: (approvalId: ApprovalId) => void;
  readonly close: () => void;
}

/** The app was opened at /approval/… */
const linkedApproval = (): ApprovalId | undefined =>
  parseId("approval", /^\/approval\/(.+)$/.exec(location.pathname)?.[1]);

/** Has the person touched the app since it started? */
const useTouched = (): boolean => {
  const [isTouched, setTouched] = useState(false);
  useEffect(() => {
    const touched = (): void => setTouched(true);
    const once = { capture: true, once: true };
    addEventListener("pointerdown", touched, once);
    addEventListener("keydown", touched, once);
    return () => {
      removeEventListener("pointerdown", touched, once);
      removeEventListener("keydown", touched, once);
    };
  }, []);
  return isTouched;
};

export const useApprovalSheet = (): ApprovalSheetState => {
  const [approvalId, setApprovalId] = useState(linkedApproval);
  const [hasOpened, setOpened] = useState(approvalId !== undefined);
  const isTouched = useTouched();
  const open = (id: ApprovalId): void => {
    setOpened(true);
    setApprovalId(id);
  };
  const oldest = useApprovals().findLast(
    ({ approval, myAnswer }) => approval.state === "pending" && myAnswer === undefined,
  );
  const close = useCallback((): void => setApprovalId(undefined), []);
  useBackCloses(approvalId !== undefined, close);
  if (!hasOpened && !isTouched && oldest !== undefined) open(oldest.approval.id);
  return { approvalId, open, close };
};

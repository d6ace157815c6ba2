/** The approval over whatever page one is on. Closing it, going back or reloading decides nothing. */
import { IonButton, IonButtons, IonContent, IonHeader, IonModal, IonToolbar } from "@ionic/react";
import type { ApprovalId } from "@deskhand/doc-schema/document";
import { useState } from "react";
import { ApprovalPanel, useText } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";

interface ApprovalSheetProps {
  readonly approvalId: ApprovalId | undefined;
  readonly onClose: () => void;
}

export const ApprovalSheet = ({ approvalId, onClose }: ApprovalSheetProps) => {
  const say = usePhoneText();
  const shared = useText();
  // Ionic moves the focus to the modal itself while it opens; the heading has it after that.
  const [isPresented, setPresented] = useState(false);
  return (
    <IonModal
      aria-label={shared("approval.needs")}
      isOpen={approvalId !== undefined}
      onDidPresent={() => setPresented(true)}
      onDidDismiss={() => {
        setPresented(false);
        onClose();
      }}
    >
      <IonHeader>
        <IonToolbar>
          <IonButtons slot="end">
            <IonButton onClick={onClose}>{say("close")}</IonButton>
          </IonButtons>
        </IonToolbar>
      </IonHeader>
      <IonContent>
        <div className="sheet">
          {approvalId !== undefined && <ApprovalPanel approvalId={approvalId} focus={isPresented} />}
        </div>
      </IonContent>
    </IonModal>
  );
};

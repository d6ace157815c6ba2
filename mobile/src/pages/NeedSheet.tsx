/** The approval or question over whatever page one is on. Closing it, going back or reloading decides nothing. */
import { IonButton, IonButtons, IonContent, IonHeader, IonModal, IonToolbar } from "@ionic/react";
import { parseId } from "@deskhand/doc-schema/document";
import { useState } from "react";
import { ApprovalPanel, QuestionPanel, useText } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";
import type { NeedId } from "../state/use-need-sheet.ts";

interface NeedSheetProps {
  readonly needId: NeedId | undefined;
  readonly onClose: () => void;
}

export const NeedSheet = ({ needId, onClose }: NeedSheetProps) => {
  const say = usePhoneText();
  const shared = useText();
  // Ionic moves the focus to the modal itself while it opens; the heading has it after that.
  const [isPresented, setPresented] = useState(false);
  const approvalId = parseId("approval", needId);
  const questionId = parseId("question", needId);
  return (
    <IonModal
      aria-label={shared(questionId === undefined ? "approval.needs" : "question.needs")}
      isOpen={needId !== undefined}
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
          {questionId !== undefined && <QuestionPanel questionId={questionId} focus={isPresented} />}
        </div>
      </IonContent>
    </IonModal>
  );
};

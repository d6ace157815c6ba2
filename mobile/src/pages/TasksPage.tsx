/** All tasks by what they need, and the way to stop them all. */
import { IonContent, IonFooter, IonHeader, IonPage, IonTitle, IonToolbar } from "@ionic/react";
import type { ApprovalId } from "@deskhand/doc-schema/document";
import { useNavigate } from "react-router-dom";
import { ConnectionLine, NeedsYouBar, Notices, TaskBoard } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";

export const TasksPage = ({
  onOpenApproval,
}: {
  readonly onOpenApproval: (approvalId: ApprovalId) => void;
}) => {
  const say = usePhoneText();
  const navigate = useNavigate();
  return (
    <IonPage>
      <IonHeader>
        <IonToolbar>
          <IonTitle>{say("tab.tasks")}</IonTitle>
        </IonToolbar>
        <ConnectionLine />
        <Notices />
      </IonHeader>
      <IonContent>
        <TaskBoard onOpenTask={(taskId) => navigate(`/task/${taskId}`)} />
      </IonContent>
      <IonFooter>
        <NeedsYouBar onOpenApproval={onOpenApproval} />
      </IonFooter>
    </IonPage>
  );
};

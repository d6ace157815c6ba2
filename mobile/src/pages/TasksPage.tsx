/** All tasks by what they need, and the way to stop them all. */
import { IonContent, IonFooter, IonHeader, IonPage, IonTitle, IonToolbar } from "@ionic/react";
import { useNavigate } from "react-router-dom";
import { ConnectionLine, NeedsYouBar, Notices, TaskBoard, type OpenNeed } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";

export const TasksPage = ({ onOpenNeed }: { readonly onOpenNeed: OpenNeed }) => {
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
        <NeedsYouBar onOpenNeed={onOpenNeed} />
      </IonFooter>
    </IonPage>
  );
};

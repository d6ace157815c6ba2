/** One task with its live steps. */
import {
  IonBackButton,
  IonButtons,
  IonContent,
  IonHeader,
  IonPage,
  IonTitle,
  IonToolbar,
} from "@ionic/react";
import { parseId } from "@deskhand/doc-schema/document";
import { useParams } from "react-router-dom";
import { ConnectionLine, Notices, TaskDetail, useText } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";

export const TaskPage = () => {
  const say = usePhoneText();
  const shared = useText();
  const taskId = parseId("task", useParams()["taskId"]);
  return (
    <IonPage>
      <IonHeader>
        <IonToolbar>
          <IonButtons slot="start">
            <IonBackButton text={say("back")} defaultHref="/tasks" />
          </IonButtons>
          <IonTitle>{say("task.title")}</IonTitle>
        </IonToolbar>
        <ConnectionLine />
        <Notices />
      </IonHeader>
      <IonContent>
        {taskId === undefined ? (
          <p className="dh-empty dh-note">{shared("task.gone")}</p>
        ) : (
          <TaskDetail taskId={taskId} />
        )}
      </IonContent>
    </IonPage>
  );
};

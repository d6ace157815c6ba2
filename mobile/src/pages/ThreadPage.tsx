/** The conversation and the composer. */
import { IonContent, IonFooter, IonHeader, IonPage, IonTitle, IonToolbar } from "@ionic/react";
import { useNavigate } from "react-router-dom";
import type { ValueStore } from "../device/value-store.ts";
import {
  Composer,
  ConnectionLine,
  NeedsYouBar,
  Notices,
  ThreadView,
  useDesktopName,
  type OpenNeed,
} from "../shared-ui/index.ts";
import { RemovedFooter } from "./RemovedFooter.tsx";
import { useDraft } from "../state/use-draft.ts";
import { usePresenceWord } from "../state/use-presence-word.ts";

interface ThreadPageProps {
  readonly store: ValueStore;
  readonly onErase: () => Promise<void>;
  readonly onOpenNeed: OpenNeed;
}

export const ThreadPage = ({ store, onErase, onOpenNeed }: ThreadPageProps) => {
  const navigate = useNavigate();
  const name = useDesktopName();
  const word = usePresenceWord();
  const draft = useDraft(store);
  return (
    <IonPage>
      <IonHeader>
        <IonToolbar>
          <IonTitle>
            {name} <small>{word}</small>
          </IonTitle>
        </IonToolbar>
        <ConnectionLine />
        <Notices />
      </IonHeader>
      <IonContent scrollY={false}>
        <div className="thread-page">
          <ThreadView onOpenTask={(taskId) => navigate(`/task/${taskId}`)} />
        </div>
      </IonContent>
      <IonFooter>
        <NeedsYouBar onOpenNeed={onOpenNeed} />
        <RemovedFooter onErase={onErase} />
        {draft.text !== undefined && <Composer sendOnEnter={false} draft={draft.text} onDraft={draft.save} />}
      </IonFooter>
    </IonPage>
  );
};

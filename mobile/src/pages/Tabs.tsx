/** The frame of a paired phone: three tabs, the bar for what needs the person, the sheet of what waits over all of it. */
import { IonBadge, IonIcon, IonLabel, IonRouterOutlet, IonTabBar, IonTabButton, IonTabs } from "@ionic/react";
import { chatbubbles, list, settings } from "ionicons/icons";
import { Navigate, Route } from "react-router-dom";
import type { ValueStore } from "../device/value-store.ts";
import { useNeeds } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";
import { useNeedSheet } from "../state/use-need-sheet.ts";
import { NeedSheet } from "./NeedSheet.tsx";
import { SettingsPage } from "./SettingsPage.tsx";
import { TaskPage } from "./TaskPage.tsx";
import { TasksPage } from "./TasksPage.tsx";
import { ThreadPage } from "./ThreadPage.tsx";

export interface TabsProps {
  readonly store: ValueStore;
  readonly onErase: () => Promise<void>;
}

export const Tabs = ({ store, onErase }: TabsProps) => {
  const say = usePhoneText();
  const waiting = useNeeds().length;
  const sheet = useNeedSheet();
  return (
    <>
      <IonTabs>
        <IonRouterOutlet>
          <Route
            path="/thread"
            element={<ThreadPage store={store} onErase={onErase} onOpenNeed={sheet.open} />}
          />
          <Route path="/tasks" element={<TasksPage onOpenNeed={sheet.open} />} />
          <Route path="/task/:taskId" element={<TaskPage />} />
          <Route path="/settings" element={<SettingsPage onErase={onErase} onOpenNeed={sheet.open} />} />
          <Route path="*" element={<Navigate to="/thread" replace />} />
        </IonRouterOutlet>
        <IonTabBar slot="bottom">
          <IonTabButton tab="thread" href="/thread">
            <IonIcon icon={chatbubbles} aria-hidden="true" />
            <IonLabel>{say("tab.thread")}</IonLabel>
          </IonTabButton>
          <IonTabButton tab="tasks" href="/tasks">
            <IonIcon icon={list} aria-hidden="true" />
            <IonLabel>{say("tab.tasks")}</IonLabel>
            {waiting > 0 && <IonBadge color="danger">{waiting}</IonBadge>}
          </IonTabButton>
          <IonTabButton tab="settings" href="/settings">
            <IonIcon icon={settings} aria-hidden="true" />
            <IonLabel>{say("tab.settings")}</IonLabel>
          </IonTabButton>
        </IonTabBar>
      </IonTabs>
      <NeedSheet needId={sheet.needId} onClose={sheet.close} />
    </>
  );
};

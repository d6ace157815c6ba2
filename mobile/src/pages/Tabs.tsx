/** The frame of a paired phone: three tabs, the bar for what needs the person, the approval sheet over all of it. */
import { IonBadge, IonIcon, IonLabel, IonRouterOutlet, IonTabBar, IonTabButton, IonTabs } from "@ionic/react";
import { chatbubbles, list, settings } from "ionicons/icons";
import { Navigate, Route } from "react-router-dom";
import type { ValueStore } from "../device/value-store.ts";
import { pendingApprovals } from "@deskhand/doc-schema/views";
import { useApprovals } from "../shared-ui/index.ts";
import { usePhoneText } from "../state/phone-texts.ts";
import { useApprovalSheet } from "../state/use-approval-sheet.ts";
import { ApprovalSheet } from "./ApprovalSheet.tsx";
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
  const waiting = pendingApprovals(useApprovals()).filter((view) => view.myAnswer === undefined).length;
  const sheet = useApprovalSheet();
  return (
    <>
      <IonTabs>
        <IonRouterOutlet>
          <Route
            path="/thread"
            element={<ThreadPage store={store} onErase={onErase} onOpenApproval={sheet.open} />}
          />
          <Route path="/tasks" element={<TasksPage onOpenApproval={sheet.open} />} />
          <Route path="/task/:taskId" element={<TaskPage />} />
          <Route path="/settings" element={<SettingsPage onErase={onErase} onOpenApproval={sheet.open} />} />
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
      <ApprovalSheet approvalId={sheet.approvalId} onClose={sheet.close} />
    </>
  );
};

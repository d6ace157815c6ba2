/** The window: rail, the pane one is at, and the task board beside the thread. */
import { Notices, WorkspaceProvider } from "@deskhand/mobile/shared-ui";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import type { Opening } from "../ipc-contract.ts";
import { listen } from "./bridge.ts";
import type { LanguageProps } from "./LanguageSegments.tsx";
import { ApprovalsPane } from "./panes/ApprovalsPane.tsx";
import { FoldersPane } from "./panes/FoldersPane.tsx";
import { PairingDialog } from "./panes/PairingDialog.tsx";
import { PhonePane } from "./panes/PhonePane.tsx";
import { RecoveryPane } from "./panes/RecoveryPane.tsx";
import { RelaysPane } from "./panes/RelaysPane.tsx";
import { SearchPane } from "./panes/SearchPane.tsx";
import { SettingsPane } from "./panes/SettingsPane.tsx";
import { ThreadPane } from "./panes/ThreadPane.tsx";
import { Rail, type Place } from "./Rail.tsx";
import { StoreProvider, useStore } from "./store-context.tsx";
import { Strips } from "./Strips.tsx";
import { summarize } from "./summary.ts";
import { createWindowStore } from "./window-store.ts";

export const App = ({ opening, ...language }: { readonly opening: Opening } & LanguageProps) => {
  const store = useMemo(() => createWindowStore(opening), [opening]);
  return (
    <StoreProvider value={store}>
      <CurrentWorkspace>
        <Frame {...language} />
      </CurrentWorkspace>
    </StoreProvider>
  );
};

const CurrentWorkspace = ({ children }: { readonly children: ReactNode }) => (
  <WorkspaceProvider workspace={useStore().workspace}>{children}</WorkspaceProvider>
);

const Frame = ({ language, onLanguage }: LanguageProps) => {
  const { workspace } = useStore();
  /** `found` is an entry of the thread that was searched for. */
  const [{ place, found }, setThere] = useState<{ readonly place: Place; readonly found?: string }>({
    place: "thread",
  });
  const [composeRequests, setComposeRequests] = useState(0);
  const summary = summarize(workspace.doc, workspace.registry());

  const go = (to: Place): void => setThere({ place: to });

  useEffect(
    () =>
      listen("goTo", (to) => {
        setThere({ place: to === "new-task" ? "thread" : to });
        if (to === "new-task") setComposeRequests((count) => count + 1);
      }),
    [],
  );

  return (
    <div className="frame">
      <Rail place={place} summary={summary} onGo={go} />
      <main className="stage">
        <Strips summary={summary} onGo={go} />
        <Notices />
        {place === "thread" && (
          <ThreadPane
            composeRequests={composeRequests}
            found={found}
            onOpenNeed={() => go("approvals")}
            onLeaveFound={() => go("thread")}
          />
        )}
        {place === "search" && (
          <SearchPane onOpen={(entryId) => setThere({ place: "thread", found: entryId })} />
        )}
        {place === "approvals" && <ApprovalsPane />}
        {place === "phone" && <PhonePane />}
        {place === "folders" && <FoldersPane />}
        {place === "relays" && <RelaysPane />}
        {place === "recovery" && <RecoveryPane />}
        {place === "settings" && <SettingsPane language={language} onLanguage={onLanguage} />}
      </main>
      <PairingDialog />
    </div>
  );
};

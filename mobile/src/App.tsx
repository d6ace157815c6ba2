/** The phone app: what is drawn in each phase, its language, and word of a new version. */
import { IonApp } from "@ionic/react";
import { IonReactRouter } from "@ionic/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { PairPage } from "./pages/PairPage.tsx";
import { Tabs } from "./pages/Tabs.tsx";
import { TextProvider, WorkspaceProvider } from "./shared-ui/index.ts";
import type { AppState } from "./state/app-state.ts";
import { useLanguage } from "./state/language.ts";
import { usePhoneText } from "./state/phone-texts.ts";
import { useUpdate } from "./state/use-update.ts";

export interface AppProps {
  readonly app: AppState;
  /** The pairing link that opened the app. */
  readonly link: string | undefined;
}

export const App = ({ app, link }: AppProps) => {
  const { locale } = useLanguage();
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <TextProvider locale={locale}>
      <IonApp>
        <Phase app={app} link={link} />
        <UpdateBanner />
      </IonApp>
    </TextProvider>
  );
};

const Phase = ({ app, link }: AppProps) => {
  const say = usePhoneText();
  const phase = useSyncExternalStore(app.subscribe, app.phase);
  switch (phase.type) {
    case "opening":
      return <p className="dh-empty dh-note">{say("opening")}</p>;
    case "broken":
      return (
        <div className="dh-empty">
          <p className="dh-problem" role="alert">
            {say("storage.error", { reason: phase.reason })}
          </p>
          <div className="dh-answers">
            <button type="button" className="dh-button" onClick={() => location.reload()}>
              {say("storage.again")}
            </button>
            <button type="button" className="dh-button danger" onClick={() => void app.eraseAll()}>
              {say("storage.erase")}
            </button>
          </div>
        </div>
      );
    case "unpaired":
      return <PairPage link={link} isUnexpected={phase.isUnexpected} onPaired={app.join} />;
    case "paired":
      return (
        <WorkspaceProvider workspace={phase.workspace}>
          <IonReactRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
            <Tabs store={phase.store} membership={phase.membership} onErase={app.erase} />
          </IonReactRouter>
        </WorkspaceProvider>
      );
  }
};

const UpdateBanner = () => {
  const say = usePhoneText();
  const update = useUpdate();
  if (update === undefined) return null;
  return (
    <div className="update-banner dh-card" role="status">
      <span>{say("update.ready")}</span>
      <button type="button" className="dh-button small" onClick={update}>
        {say("update.reload")}
      </button>
    </div>
  );
};

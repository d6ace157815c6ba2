/** The phone app: what is drawn in each phase, its language, and word of a new version. */
import { IonApp } from "@ionic/react";
import { IonReactRouter } from "@ionic/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { PairPage } from "./pages/PairPage.tsx";
import { Tabs } from "./pages/Tabs.tsx";
import { TextProvider, useDesktopName, useText, WorkspaceProvider } from "./shared-ui/index.ts";
import type { AppState } from "./state/app-state.ts";
import { useLanguage } from "./state/language.ts";
import { usePhoneText } from "./state/phone-texts.ts";
import { useUpdate } from "./state/use-update.ts";

export interface AppProps {
  readonly app: AppState;
}

export const App = ({ app }: AppProps) => {
  const { locale } = useLanguage();
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <TextProvider locale={locale}>
      <IonApp>
        <Phase app={app} />
        <UpdateBanner />
      </IonApp>
    </TextProvider>
  );
};

const Phase = ({ app }: AppProps) => {
  const say = usePhoneText();
  const link = useSyncExternalStore(app.subscribe, app.link);
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
            <Tabs store={phase.store} onErase={app.erase} />
          </IonReactRouter>
          {link !== undefined && <LinkAnswer onClose={app.dropLink} />}
        </WorkspaceProvider>
      );
  }
};

/** A pairing link on a phone that is paired: it changes nothing, and that is said. */
const LinkAnswer = ({ onClose }: { readonly onClose: () => void }) => {
  const say = usePhoneText();
  const shared = useText();
  const desktop = useDesktopName();
  return (
    <div className="update-banner dh-card" role="alert">
      <span>{say("link.paired", { desktop })}</span>
      <button type="button" className="dh-button small" onClick={onClose}>
        {shared("notice.close")}
      </button>
    </div>
  );
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

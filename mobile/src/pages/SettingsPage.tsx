/** Language, devices, connection, storage: each line says how it is, not how one would like it. */
import { IonContent, IonFooter, IonHeader, IonPage, IonTitle, IonToolbar } from "@ionic/react";
import { useEffect, useState, type ReactNode } from "react";
import { readStorageFacts, type StorageFacts } from "../device/storage-facts.ts";
import {
  ConnectionDetails,
  ConnectionLine,
  LateList,
  LOCALES,
  NeedsYouBar,
  NoteList,
  Notices,
  StopEverythingButton,
  useDesktopName,
  useDeviceName,
  useLateRecords,
  useText,
  useTimes,
  useWorkspace,
  type OpenNeed,
} from "../shared-ui/index.ts";
import { chooseLanguage, useLanguage, type LanguageChoice } from "../state/language.ts";
import { APP_VERSION } from "../state/phone-workspace.ts";
import { usePhoneText } from "../state/phone-texts.ts";

interface SettingsPageProps {
  readonly onErase: () => Promise<void>;
  readonly onOpenNeed: OpenNeed;
}

export const SettingsPage = ({ onErase, onOpenNeed }: SettingsPageProps) => {
  const say = usePhoneText();
  return (
    <IonPage>
      <IonHeader>
        <IonToolbar>
          <IonTitle>{say("tab.settings")}</IonTitle>
        </IonToolbar>
        <ConnectionLine />
        <Notices />
      </IonHeader>
      <IonContent>
        <div className="settings">
          <Section title={say("settings.stop")}>
            <StopEverythingButton />
          </Section>
          <Memory />
          <Language />
          <Devices />
          <Late />
          <Connection />
          <Storage onErase={onErase} />
          <Section title={say("settings.about")}>
            <span>{say("settings.version", { version: APP_VERSION })}</span>
          </Section>
        </div>
      </IonContent>
      <IonFooter>
        <NeedsYouBar onOpenNeed={onOpenNeed} />
      </IonFooter>
    </IonPage>
  );
};

const Section = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section aria-label={title}>
    <h2>{title}</h2>
    <div className="dh-card">{children}</div>
  </section>
);

const Memory = () => {
  const shared = useText();
  return (
    <Section title={shared("notes.title")}>
      <NoteList />
    </Section>
  );
};

/** Each language in its own words. */
const NAMES = { en: "English", "zh-Hant": "繁體中文" } as const;

const Language = () => {
  const say = usePhoneText();
  const { choice } = useLanguage();
  const options: readonly LanguageChoice[] = ["system", ...LOCALES];
  return (
    <Section title={say("settings.language")}>
      <select
        aria-label={say("settings.language")}
        value={choice}
        onChange={(event) =>
          chooseLanguage(options.find((option) => option === event.target.value) ?? "system")
        }
      >
        {options.map((option) => (
          <option key={option} value={option}>
            {option === "system" ? say("settings.system") : NAMES[option]}
          </option>
        ))}
      </select>
    </Section>
  );
};

const Devices = () => {
  const say = usePhoneText();
  const times = useTimes();
  const nameOf = useDeviceName();
  const { registry, deviceId } = useWorkspace();
  return (
    <Section title={say("settings.devices")}>
      {registry()
        .all()
        .map(({ record, revokedAt }) => (
          <div key={record.id}>
            <strong>{record.name}</strong>
            {record.id === deviceId && ` (${nameOf(record.id)})`}
            <p className="dh-note">
              {revokedAt === undefined
                ? say("settings.added", { date: times.date(record.createdAt) })
                : say("settings.revoked")}
            </p>
          </div>
        ))}
    </Section>
  );
};

const Late = () => {
  const shared = useText();
  if (useLateRecords().length === 0) return null;
  return (
    <Section title={shared("late.title")}>
      <LateList />
    </Section>
  );
};

const Connection = () => {
  const say = usePhoneText();
  return (
    <Section title={say("settings.connection")}>
      <ConnectionDetails />
      {!isSecureContext && <p className="dh-note">{say("settings.insecure")}</p>}
    </Section>
  );
};

const Storage = ({ onErase }: Pick<SettingsPageProps, "onErase">) => {
  const say = usePhoneText();
  const desktop = useDesktopName();
  const [facts, setFacts] = useState<StorageFacts>();
  const [isAsking, setAsking] = useState(false);
  useEffect(() => {
    void readStorageFacts().then(setFacts);
  }, []);
  return (
    <Section title={say("settings.storage")}>
      {facts !== undefined && (
        <p>
          {say("settings.used", { size: facts.used })}{" "}
          {say(facts.isKept ? "settings.kept" : "settings.not-kept")}
        </p>
      )}
      {isAsking ? (
        <>
          <p>{say("settings.erase-ask", { desktop })}</p>
          <div className="dh-answers">
            <button type="button" className="dh-button" onClick={() => setAsking(false)}>
              {say("settings.erase-no")}
            </button>
            <button type="button" className="dh-button danger" onClick={() => void onErase()}>
              {say("settings.erase-yes")}
            </button>
          </div>
        </>
      ) : (
        <button type="button" className="dh-button danger" onClick={() => setAsking(true)}>
          {say("settings.erase")}
        </button>
      )}
    </Section>
  );
};

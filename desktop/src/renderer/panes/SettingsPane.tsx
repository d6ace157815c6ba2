/** Language, and the truth about this installation: model, relay, data, keys. */
import { LANGUAGES, type LanguageChoice } from "../../ipc-contract.ts";
import { useStore } from "../store-context.tsx";
import { useTexts } from "../texts.tsx";

export interface SettingsPaneProps {
  readonly language: LanguageChoice;
  readonly onLanguage: (language: LanguageChoice) => void;
}

export const SettingsPane = ({ language, onLanguage }: SettingsPaneProps) => {
  const { settings } = useTexts();
  const { facts, state } = useStore();
  return (
    <div className="pane">
      <header className="pane-head">
        <h1>{settings.title}</h1>
      </header>
      <section className="card">
        <h2 id="language">{settings.language}</h2>
        <div className="segments" role="radiogroup" aria-labelledby="language">
          {LANGUAGES.map((choice) => (
            <label key={choice} className={choice === language ? "segment chosen" : "segment"}>
              <input
                type="radio"
                name="language"
                checked={choice === language}
                onChange={() => onLanguage(choice)}
              />
              {settings.languages[choice]}
            </label>
          ))}
        </div>
      </section>
      <section className="card facts">
        <Fact
          title={settings.model}
          value={facts.model}
          note={facts.hasModelKey ? settings.keyHere : settings.keyMissing}
        />
        <Fact
          title={settings.relay}
          value={`${facts.relayUrl} · ${settings.phases[state().connection.phase]}`}
          note={settings.relayNote}
        />
        <Fact title={settings.data} value={facts.dataFolder} note={settings.dataNote} />
        <Fact title={settings.secrets} value={settings.keeping[facts.secrets]} />
      </section>
      <section className="card">
        <h2>{settings.keys}</h2>
        <dl className="keys">
          {settings.keyList.map(([what, keys]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>
                <kbd>{keys}</kbd>
              </dd>
            </div>
          ))}
        </dl>
      </section>
      <p className="note">{settings.version(facts.version)}</p>
    </div>
  );
};

const Fact = ({
  title,
  value,
  note,
}: {
  readonly title: string;
  readonly value: string;
  readonly note?: string;
}) => (
  <div className="fact">
    <h2>{title}</h2>
    <p className="path">{value}</p>
    {note !== undefined && <p className="note">{note}</p>}
  </div>
);

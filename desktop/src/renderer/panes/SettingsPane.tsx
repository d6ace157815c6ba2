/** Language, and the truth about this installation: model, relay, data, keys. */
import { NoteList, useText } from "@deskhand/mobile/shared-ui";
import { LanguageSegments, type LanguageProps } from "../LanguageSegments.tsx";
import { Pane } from "../Pane.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";
import { LimitsCard } from "./LimitsCard.tsx";
import { ModelCard } from "./ModelCard.tsx";

const KEYS = [
  ["settings.keys.new-task", "Ctrl + N"],
  ["settings.keys.search", "Ctrl + K"],
  ["settings.keys.send", "Enter"],
  ["settings.keys.line", "Shift + Enter"],
  ["settings.keys.stop", "Ctrl + Shift + ."],
  ["settings.keys.stop-anywhere", "Ctrl + Alt + Shift + ."],
  ["settings.keys.sections", "Ctrl + 1 … 7"],
] as const;

export const SettingsPane = ({ language, onLanguage }: LanguageProps) => {
  const say = useDesktopText();
  const { facts, state } = useStore();
  const shared = useText();
  const { commands, auditAlarm } = state();
  const { secrets, relayUrl, dataFolder, version, hasStopKey } = facts;
  return (
    <Pane title={say("settings.title")}>
      <section className="card">
        <h2 id="language">{say("settings.language")}</h2>
        <LanguageSegments language={language} onLanguage={onLanguage} labelledBy="language" />
      </section>
      <ModelCard />
      <section className="card facts">
        <Fact
          title={say("settings.relay")}
          value={`${relayUrl} · ${say(`settings.phase.${state().connection.phase}`)}`}
          note={say("settings.relay-note")}
        />
        <Fact
          title={say("settings.commands")}
          value={say(`settings.commands.${commands.type}`)}
          note={commands.type === "off" ? commands.text : say("settings.commands-note")}
        />
        {auditAlarm !== undefined && (
          <Fact title={say("settings.audit")} value={say("settings.audit-alarm")} note={auditAlarm} />
        )}
        <Fact title={say("settings.data")} value={dataFolder} note={say("settings.data-note")} />
        <Fact
          title={say("settings.secrets")}
          value={say(`settings.secrets.${secrets}`)}
          note={secrets === "clear" ? say("settings.secrets.clear-note") : undefined}
        />
      </section>
      <LimitsCard />
      <section className="card">
        <h2>{shared("notes.title")}</h2>
        <NoteList />
      </section>
      <section className="card">
        <h2>{say("settings.keys")}</h2>
        <dl className="keys">
          {KEYS.map(([what, keys]) => (
            <div key={what}>
              <dt>{say(what)}</dt>
              <dd>
                <kbd>{keys}</kbd>
              </dd>
            </div>
          ))}
        </dl>
        {!hasStopKey && <p className="problem">{say("settings.keys.stop-taken")}</p>}
      </section>
      <p className="note">{say("settings.version", { version })}</p>
    </Pane>
  );
};

interface FactProps {
  readonly title: string;
  readonly value: string;
  readonly note: string | undefined;
}

const Fact = ({ title, value, note }: FactProps) => (
  <div className="fact">
    <h2>{title}</h2>
    <p className="path">{value}</p>
    {note !== undefined && <p className="note">{note}</p>}
  </div>
);

/**
 * The way from this device to the desktop, hop by hop, and every relay with what it gave and what was left out.
 * A relay whose history does not fit is said to be so: what happened, what is safe, what can be done.
 */
import { alertCircle, checkmarkCircle, ellipseOutline, warning } from "ionicons/icons";
import { useState } from "react";
import { Icon } from "./Icon.tsx";
import { ignoredWords } from "./ignored-words.ts";
import type { TextKey } from "./locales/en.ts";
import { useText } from "./texts.tsx";
import { useTimes } from "./times.ts";
import { useDesktopName, useDeviceName, useNow, useWorkspace } from "./workspace-context.tsx";
import type { RelayAlarm, RelayState } from "./workspace.ts";

export const ConnectionDetails = () => {
  const say = useText();
  const { relays, retryNow } = useWorkspace();
  const all = relays();
  return (
    <div className="dh-hops-and-relays">
      <Hops />
      {all.length === 0 ? (
        <p className="dh-note">{say("relay.none")}</p>
      ) : (
        <ul className="dh-relays" aria-label={say("relay.list")}>
          {all.map((relay) => (
            <Relay key={relay.url} relay={relay} />
          ))}
        </ul>
      )}
      {all.some(({ phase }) => phase !== "live") && (
        <button type="button" className="dh-button" onClick={retryNow}>
          {say("connection.retry")}
        </button>
      )}
    </div>
  );
};

/** As people say it: without the protocol. */
export const relayName = (url: string): string => URL.parse(url)?.host ?? url;

const Hops = () => {
  const say = useText();
  const times = useTimes();
  const name = useDesktopName();
  const now = useNow(5_000);
  const { connection, desktop, role } = useWorkspace();
  const { phase } = connection();
  const { online, power, powerSince, heardAt } = desktop();
  const time = times.clock(powerSince ?? heardAt ?? now, now);
  const desktopWord = (): string => {
    if (online) return say("hop.here");
    if (power === "asleep") return say("hop.asleep", { time });
    if (power === "quit") return say("hop.quit", { time });
    return heardAt === undefined ? say("hop.unheard") : say("hop.silent", { time });
  };
  const hops = [
    {
      name: say(role === "phone" ? "device.this-phone" : "device.this-window"),
      isGood: phase !== "offline",
      word: say(phase === "offline" ? "hop.offline" : "hop.online"),
    },
    { name: say("hop.relay"), isGood: phase === "live", word: say(`relay.phase.${phase}`) },
    { name, isGood: online, word: desktopWord() },
  ];
  return (
    <ol className="dh-hops">
      {hops.map((hop) => (
        <li key={hop.name} className={hop.isGood ? "good" : ""}>
          <Icon icon={hop.isGood ? checkmarkCircle : ellipseOutline} size={18} />
          <strong>{hop.name}</strong>
          <span className="dh-note">{hop.word}</span>
        </li>
      ))}
    </ol>
  );
};

const Relay = ({ relay }: { readonly relay: RelayState }) => {
  const say = useText();
  const times = useTimes();
  const now = useNow(5_000);
  const { url, phase, heardAt, unsent, held, ignored, refusal, alarm } = relay;
  const ignoredLines = ignoredWords(ignored);
  return (
    <li className="dh-card">
      <h3>{relayName(url)}</h3>
      <p className={phase === "live" && alarm === undefined ? "dh-badge good" : "dh-badge quiet"}>
        <Icon icon={phase === "live" && alarm === undefined ? checkmarkCircle : alertCircle} size={16} />
        {say(alarm === undefined ? `relay.phase.${phase}` : "relay.stopped")}
      </p>
      {phase !== "live" && (
        <p className="dh-note">
          {heardAt === undefined
            ? say("relay.unheard")
            : say("relay.heard", { time: times.moment(heardAt, now) })}
        </p>
      )}
      {refusal !== undefined && <p className="dh-note">{say("relay.refusal", { reason: refusal })}</p>}
      {unsent > 0 && <p className="dh-note">{say("relay.unsent", { count: unsent })}</p>}
      {held > 0 && <p className="dh-note">{say("relay.held", { count: held })}</p>}
      {ignoredLines.map(({ word, count }) => (
        <p key={word} className="dh-note">
          {say(word, { count })}
        </p>
      ))}
      {alarm !== undefined && <Alarm url={url} alarm={alarm} />}
    </li>
  );
};

export const ALARM_WORDS: Readonly<Record<RelayAlarm["type"], TextKey>> = {
  missing: "alarm.missing",
  fork: "alarm.fork",
  rollback: "alarm.rollback",
  withheld: "alarm.withheld",
  "foreign-write": "alarm.foreign-write",
};

const Alarm = ({ url, alarm }: { readonly url: string; readonly alarm: RelayAlarm }) => {
  const say = useText();
  const times = useTimes();
  const nameOf = useDeviceName();
  const desktop = useDesktopName();
  const now = useNow(5_000);
  const { acceptHistory, role } = useWorkspace();
  const [isAsking, setAsking] = useState(false);
  const isForeign = alarm.type === "foreign-write";
  const values = { device: nameOf(alarm.deviceId), desktop, here: role, time: times.clock(alarm.at, now) };
  return (
    <div className="dh-alarm">
      <p className="dh-problem">
        <Icon icon={warning} size={18} /> {say(ALARM_WORDS[alarm.type], values)}
      </p>
      <p>{say("alarm.safe", values)}</p>
      <p>{say(isForeign ? "alarm.remove" : "alarm.do", values)}</p>
      {!isForeign &&
        (isAsking ? (
          <div role="group" aria-label={say("alarm.accept-ask", values)}>
            <p>{say("alarm.accept-ask", values)}</p>
            <div className="dh-answers">
              <button type="button" className="dh-button" onClick={() => setAsking(false)}>
                {say("alarm.keep")}
              </button>
              <button type="button" className="dh-button danger" onClick={() => acceptHistory(url)}>
                {say("alarm.accept-yes")}
              </button>
            </div>
          </div>
        ) : (
          <button type="button" className="dh-button" onClick={() => setAsking(true)}>
            {say("alarm.accept")}
          </button>
        ))}
    </div>
  );
};

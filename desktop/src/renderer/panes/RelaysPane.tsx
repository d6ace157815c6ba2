/** The relays that carry the workspace: how each is doing, another one, one less. */
import { relayName, useNow, useText, useTimes } from "@deskhand/mobile/shared-ui";
import { useId, useState, type SyntheticEvent } from "react";
import type { RelayFacts } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { Icon } from "../Icon.tsx";
import { Pane } from "../Pane.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";

export const RelaysPane = () => {
  const say = useDesktopText();
  const { relays } = useStore().state();
  return (
    <Pane title={say("relays.title")} lead={say("relays.lead")}>
      <section className="card">
        <ul className="rows" aria-label={say("relays.title")}>
          {relays.map((relay) => (
            <RelayRow key={relay.url} relay={relay} isLast={relays.length === 1} />
          ))}
        </ul>
      </section>
      <AddRelay />
    </Pane>
  );
};

/** Only this very computer can dial it. */
const isOwn = (url: string): boolean =>
  /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(URL.parse(url)?.hostname ?? "");

const RelayRow = ({ relay, isLast }: { readonly relay: RelayFacts; readonly isLast: boolean }) => {
  const say = useDesktopText();
  const { url, publicUrl, phase, alarm, refusal, isFixed } = relay;
  const name = relayName(url);
  const isGood = phase === "live" && alarm === undefined;
  return (
    <li className="entry tall">
      <span className={isGood ? "entry-icon" : "entry-icon away"}>
        <Icon name={alarm === undefined ? "relays" : "alarm"} />
      </span>
      <span className="entry-text">
        <strong className="path">{url}</strong>
        {publicUrl !== url && (
          <span className="note path">{say("relays.public", { address: publicUrl })}</span>
        )}
        <HowItIs relay={relay} />
        {refusal !== undefined && (
          <span className="problem">{say("relays.refusal", { reason: refusal })}</span>
        )}
        {alarm !== undefined && (
          <span className="problem">
            {say(`alarm.${alarm}`, { relay: name, device: say("alarm.a-device") })} {say("relays.alarm-note")}
          </span>
        )}
        {isOwn(publicUrl) && <span className="note">{say("relays.own")}</span>}
        {isFixed && <span className="note">{say("relays.fixed")}</span>}
      </span>
      <span className={isGood ? "chip good" : "chip"}>
        {say(alarm === undefined ? `settings.phase.${phase}` : "relays.not-followed")}
      </span>
      {phase !== "live" && (
        <button
          type="button"
          className="button small"
          aria-label={say("relays.retry-name", { relay: name })}
          onClick={() => void ask("retryRelay", { url })}
        >
          {say("relays.retry")}
        </button>
      )}
      {!isFixed && !isLast && (
        <ConfirmButton
          label={say("relays.remove")}
          question={say("relays.remove-ask", { relay: name })}
          note={
            <ul className="plain">
              <li>{say("relays.remove-now")}</li>
              <li>{say("relays.remove-lost")}</li>
              <li>{say("relays.remove-phones")}</li>
            </ul>
          }
          keep={say("relays.keep")}
          onConfirm={() => ask("removeRelay", { url })}
        />
      )}
    </li>
  );
};

/** When it last had everything, what it lacks, what was left out of it. */
const HowItIs = ({ relay: { phase, heardAt, unsent, held, ignored } }: { readonly relay: RelayFacts }) => {
  const shared = useText();
  const say = useDesktopText();
  const times = useTimes();
  const now = useNow(5_000);
  const heard =
    heardAt === undefined
      ? shared("relay.unheard")
      : shared("relay.heard", { time: times.moment(heardAt, now) });
  const lines = [
    ...(phase === "live" ? [] : [heard]),
    ...(unsent > 0 ? [shared("relay.unsent", { count: unsent })] : []),
    ...(held > 0 ? [shared("relay.held", { count: held })] : []),
    ...(ignored > 0 ? [say("relays.ignored", { count: ignored })] : []),
  ];
  return lines.map((line) => (
    <span key={line} className="note">
      {line}
    </span>
  ));
};

const PROBLEMS = ["bad-address", "known-relay", "too-many-relays"] as const;

const AddRelay = () => {
  const say = useDesktopText();
  const [address, setAddress] = useState("");
  const [problem, setProblem] = useState<string>();
  const [id, noteId] = [useId(), useId()];

  const add = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    const outcome = await ask("addRelay", { address });
    if (outcome.type !== "refused") {
      setAddress("");
      setProblem(undefined);
      return;
    }
    const known = PROBLEMS.find((word) => word === outcome.reason);
    setProblem(known === undefined ? say("failed", { reason: outcome.reason }) : say(`relays.${known}`));
  };

  return (
    <form className="card" onSubmit={(event) => void add(event)}>
      <h2>
        <label htmlFor={id}>{say("relays.add-title")}</label>
      </h2>
      <p className="note" id={noteId}>
        {say("relays.add-note")}
      </p>
      <div className="row field-row">
        <input
          id={id}
          className="field"
          type="text"
          inputMode="url"
          autoComplete="off"
          placeholder="wss://relay.example"
          aria-describedby={noteId}
          aria-invalid={problem !== undefined}
          value={address}
          onChange={({ target }) => setAddress(target.value)}
        />
        <button type="submit" className="button primary" disabled={address.trim() === ""}>
          <Icon name="plus" size={18} />
          {say("relays.add")}
        </button>
      </div>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
};

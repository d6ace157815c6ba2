/** Pairing: the code on one side, how it is done on the other, the devices below. */
import { LateList, useLateRecords, useText } from "@deskhand/mobile/shared-ui";
import type { PairingState } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { Icon } from "../Icon.tsx";
import { Pane } from "../Pane.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";
import { DeviceList } from "./DeviceList.tsx";
import { PairingCode } from "./PairingCode.tsx";

export const PhonePane = () => {
  const say = useDesktopText();
  const { facts, state } = useStore();
  const { pairing } = state();
  return (
    <Pane title={say("phone.title")} lead={say("phone.lead")}>
      <section className="card pairing">
        {pairing.type === "waiting" ? (
          <PairingCode key={pairing.image} pairing={pairing} />
        ) : (
          <NoCode pairing={pairing} />
        )}
        <div className="pairing-steps">
          <h2>{say("phone.steps")}</h2>
          <ol>
            <li>{say("phone.step-1")}</li>
            <li>{say("phone.step-2")}</li>
            <li>{say("phone.step-3")}</li>
          </ol>
          <p className="note path">{say("phone.relay", { address: facts.phoneUrl })}</p>
        </div>
      </section>
      <DeviceList />
      <Late />
    </Pane>
  );
};

const Late = () => {
  const shared = useText();
  if (useLateRecords().length === 0) return null;
  return (
    <section className="card">
      <h2>{shared("late.title")}</h2>
      <LateList />
    </section>
  );
};

const NoCode = ({ pairing }: { readonly pairing: Exclude<PairingState, { type: "waiting" }> }) => {
  const say = useDesktopText();
  const isRelayLive = useStore().state().connection.phase === "live";
  const isBusy = pairing.type === "requested" || pairing.type === "admitting";
  return (
    <div className="code">
      <div className="code-empty">
        <Icon name={pairing.type === "admitted" ? "check" : "phone"} size={56} />
      </div>
      <HowItWent pairing={pairing} />
      {!isRelayLive && (
        <p className="problem" role="status">
          {say("phone.relay-off")}
        </p>
      )}
      <button
        type="button"
        className="button primary"
        disabled={!isRelayLive || isBusy}
        onClick={() => void ask("showCode", undefined)}
      >
        {say(pairing.type === "none" ? "phone.show" : "phone.again")}
      </button>
    </div>
  );
};

const TONES = {
  admitting: "note",
  admitted: "success",
  burned: "problem",
  refused: "problem",
  expired: "note",
  unanswered: "problem",
} as const;

/** How the last pairing ended, or how far it is. */
const HowItWent = ({ pairing }: { readonly pairing: PairingState }) => {
  const say = useDesktopText();
  if (pairing.type === "none" || pairing.type === "waiting" || pairing.type === "requested") return null;
  const name = "name" in pairing ? pairing.name : "";
  return (
    <p className={TONES[pairing.type]} role="status">
      {say(`phone.${pairing.type}`, { name })}
    </p>
  );
};

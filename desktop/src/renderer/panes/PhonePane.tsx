/** Pairing: the code on one side, how it is done on the other, the devices below. */
import type { PairingState } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { Icon } from "../Icon.tsx";
import { useStore } from "../store-context.tsx";
import { useTexts } from "../texts.tsx";
import { DeviceList } from "./DeviceList.tsx";
import { PairingCode } from "./PairingCode.tsx";

export const PhonePane = () => {
  const { phone } = useTexts();
  const { facts, state } = useStore();
  const { pairing, connection } = state();
  return (
    <div className="pane">
      <header className="pane-head">
        <h1>{phone.title}</h1>
        <p>{phone.lead}</p>
      </header>
      <section className="card pairing">
        <div className="pairing-code">
          {pairing.type === "waiting" ? (
            <PairingCode key={pairing.image} pairing={pairing} />
          ) : (
            <ShowCode pairing={pairing} isRelayLive={connection.phase === "live"} />
          )}
        </div>
        <div className="pairing-steps">
          <h2>{phone.steps}</h2>
          <ol>
            <li>{phone.step1}</li>
            <li>{phone.step2}</li>
            <li>{phone.step3}</li>
          </ol>
          <p className="note">{phone.relay(facts.phoneUrl)}</p>
        </div>
      </section>
      <DeviceList />
    </div>
  );
};

const ShowCode = ({
  pairing,
  isRelayLive,
}: {
  readonly pairing: Exclude<PairingState, { type: "waiting" }>;
  readonly isRelayLive: boolean;
}) => {
  const { phone } = useTexts();
  return (
    <div className="code">
      <div className="code-empty">
        <Icon name={pairing.type === "admitted" ? "check" : "phone"} size={56} />
      </div>
      <Said pairing={pairing} />
      {!isRelayLive && (
        <p className="problem" role="status">
          {phone.relayOff}
        </p>
      )}
      <button
        type="button"
        className="button primary"
        disabled={!isRelayLive || pairing.type === "requested" || pairing.type === "admitting"}
        onClick={() => void ask("showCode", undefined)}
      >
        {pairing.type === "none" ? phone.show : phone.again}
      </button>
    </div>
  );
};

/** How the last pairing ended, or how far it is. */
const Said = ({ pairing }: { readonly pairing: PairingState }) => {
  const { phone } = useTexts();
  switch (pairing.type) {
    case "admitted":
    case "admitting":
      return (
        <p className={pairing.type === "admitted" ? "success" : "note"} role="status">
          {phone[pairing.type](pairing.name)}
        </p>
      );
    case "burned":
    case "expired":
    case "refused":
      return (
        <p className={pairing.type === "expired" ? "note" : "problem"} role="status">
          {phone[pairing.type]}
        </p>
      );
    case "none":
    case "waiting":
    case "requested":
      return null;
  }
};

/** From nothing to a paired phone: a code by camera, link or picture, the number for the computer, how it ended. */
import { useEffect, useRef, useState, type FormEvent, useSyncExternalStore } from "react";
import { deviceNameOf } from "../device/device-name.ts";
import type { Membership } from "../device/membership-store.ts";
import { usePhoneText } from "../state/phone-texts.ts";
import { usePairing, type Pairing } from "../state/use-pairing.ts";
import { CodeReader } from "./CodeReader.tsx";

export interface PairPageProps {
  readonly link: string | undefined;
  /** This phone was paired, and what it kept is gone. */
  readonly isUnexpected?: boolean;
  readonly onPaired: (membership: Membership) => Promise<void>;
}

export const PairPage = ({ link, isUnexpected = false, onPaired }: PairPageProps) => {
  const [storageProblem, setStorageProblem] = useState<string>();
  const pairing = usePairing(link, (membership) => {
    onPaired(membership).catch((error: unknown) => setStorageProblem(String(error)));
  });
  const say = usePhoneText();
  return (
    <main className="pair-scroll">
      <div className="pair">
        {isUnexpected && (
          <p className="dh-problem" role="alert">
            {say("lost.body")}
          </p>
        )}
        {pairing.request !== undefined ? (
          <Request pairing={pairing} storageProblem={storageProblem} />
        ) : pairing.code !== undefined ? (
          <Check pairing={pairing} relay={pairing.code.relayUrls.join(", ")} />
        ) : (
          <CodeReader problem={pairing.problem} onText={pairing.read} />
        )}
      </div>
    </main>
  );
};

const Check = ({ pairing, relay }: { readonly pairing: Pairing; readonly relay: string }) => {
  const say = usePhoneText();
  const [name, setName] = useState(() => deviceNameOf(navigator.userAgent) ?? say("phone.default"));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    pairing.ask(name.trim() || say("phone.default"));
  };
  return (
    <>
      <h1>{say("check.title")}</h1>
      <p className="dh-note">{say("check.body", { relay })}</p>
      <form onSubmit={submit}>
        <label>
          {say("check.name")}
          <input
            type="text"
            value={name}
            maxLength={40}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <button type="submit" className="dh-button primary">
          {say("check.pair")}
        </button>
        <button type="button" className="dh-button" onClick={pairing.startAgain}>
          {say("check.cancel")}
        </button>
      </form>
    </>
  );
};

/** After so long without the computer, what could be wrong is said (milliseconds). */
const SLOW_MS = 8_000;

const followNetwork = (listener: () => void): (() => void) => {
  addEventListener("online", listener);
  addEventListener("offline", listener);
  return () => {
    removeEventListener("online", listener);
    removeEventListener("offline", listener);
  };
};

const Request = ({
  pairing,
  storageProblem,
}: {
  readonly pairing: Pairing;
  readonly storageProblem: string | undefined;
}) => {
  const say = usePhoneText();
  const heading = useRef<HTMLHeadingElement>(null);
  const [isSlow, setSlow] = useState(false);
  const isOnline = useSyncExternalStore(followNetwork, () => navigator.onLine);
  const { request } = pairing;
  const stage = request?.type;
  useEffect(() => {
    if (stage !== undefined) heading.current?.focus();
  }, [stage]);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  const again = (
    <button type="button" className="dh-button primary" onClick={pairing.startAgain}>
      {say("refused.again")}
    </button>
  );
  if (storageProblem !== undefined)
    return (
      <>
        <h1 role="alert">{say("refused.storage", { reason: storageProblem })}</h1>
        {again}
      </>
    );
  switch (request?.type) {
    case undefined:
      return null;
    case "connecting":
      return (
        <>
          <h1 ref={heading} tabIndex={-1}>
            {say("wait.connecting")}
          </h1>
          <p className="dh-note" role="status">
            {isOnline ? isSlow && say("wait.slow") : say("wait.offline")}
          </p>
          <button type="button" className="dh-button" onClick={pairing.startAgain}>
            {say("check.cancel")}
          </button>
        </>
      );
    case "asking":
      return (
        <>
          <h1 ref={heading} tabIndex={-1}>
            {say("wait.title")}
          </h1>
          <p className="pair-digits" aria-label={request.digits.split("").join(" ")}>
            {request.digits.slice(0, 3)} {request.digits.slice(3)}
          </p>
          <p className="dh-note">{say("wait.body")}</p>
          <button type="button" className="dh-button" onClick={pairing.startAgain}>
            {say("check.cancel")}
          </button>
        </>
      );
    case "paired":
      return <p role="status">{say("opening")}</p>;
    case "expired":
    case "refused":
      return (
        <>
          <h1 ref={heading} tabIndex={-1} role="alert">
            {say(request.type === "expired" ? "refused.expired" : `refused.${request.reason}`)}
          </h1>
          {again}
        </>
      );
  }
};

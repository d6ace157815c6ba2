/** A pairing as the screens follow it: a code that was read, the request, how it ended. */
import { createDeviceKeys } from "@deskhand/doc-schema/crypto";
import {
  createPairingRequest,
  isExpired,
  parsePairingCode,
  type PairingCode,
  type PairingRequestState,
} from "@deskhand/doc-schema/sync";
import { useCallback, useEffect, useRef, useState } from "react";
import { membershipOf, type Membership } from "../device/membership-store.ts";
import { orderRelays } from "../device/relay-order.ts";
import { browserPorts, randomBytes } from "../device/sync-ports.ts";
import type { PhoneKey } from "../locales/en.ts";

export interface Pairing {
  readonly code?: PairingCode;
  /** A word for what is wrong with what was scanned or pasted. */
  readonly problem?: Extract<PhoneKey, `scan.${string}`>;
  readonly request?: PairingRequestState;
  readonly read: (text: string) => void;
  readonly ask: (name: string) => void;
  readonly startAgain: () => void;
}

export const usePairing = (link: string | undefined, onPaired: (membership: Membership) => void): Pairing => {
  const [code, setCode] = useState<PairingCode>();
  const [problem, setProblem] = useState<Pairing["problem"]>();
  const [request, setRequest] = useState<PairingRequestState>();
  const stop = useRef<() => void>(undefined);

  const read = useCallback((text: string): void => {
    const parsed = parsePairingCode(text);
    setCode(undefined);
    if (!parsed.ok) setProblem(`scan.${parsed.error.type}`);
    else if (isExpired(parsed.value, browserPorts.now())) setProblem("scan.old");
    else {
      setProblem(undefined);
      setCode({ ...parsed.value, relayUrls: orderRelays(parsed.value.relayUrls, location.href) });
    }
  }, []);
  const [lastLink, setLastLink] = useState<string>();
  if (link !== undefined && link !== lastLink) {
    setLastLink(link);
    read(link);
  }
  useEffect(() => () => stop.current?.(), []);

  const startAgain = (): void => {
    stop.current?.();
    setCode(undefined);
    setRequest(undefined);
    setProblem(undefined);
  };
  const ask = (name: string): void => {
    if (code === undefined) return;
    const keys = createDeviceKeys(randomBytes(32), randomBytes(32));
    const attempt = createPairingRequest({
      ports: browserPorts,
      code,
      keys,
      name,
      kind: "phone",
      onState: (state) => {
        setRequest(state);
        if (state.type === "paired") onPaired(membershipOf(state.admission, keys));
      },
    });
    stop.current = attempt.close;
    setRequest(attempt.state());
  };
  return {
    ...(code === undefined ? {} : { code }),
    ...(problem === undefined ? {} : { problem }),
    ...(request === undefined ? {} : { request }),
    read,
    ask,
    startAgain,
  };
};

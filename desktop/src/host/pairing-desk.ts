/**
 * One pairing at a time: the code that is shown, the phone that asked with it, and how it ended.
 * 1. A new code ends the one before it.
 * 2. How it ended stays to be read until the next code is shown or it is put away.
 */
import type { PairingOffer, PairingOfferState } from "@deskhand/doc-schema/sync";

export type PairingDeskState =
  | { readonly type: "none" }
  | (PairingOfferState & { readonly link: string; readonly expiresAt: number });

export interface PairingDesk {
  readonly state: () => PairingDeskState;
  readonly show: () => void;
  readonly typeDigits: (text: string) => Promise<void>;
  readonly refuse: () => void;
  /** Back to none; a phone that waits hears nothing more. */
  readonly putAway: () => void;
}

export interface PairingDeskPorts {
  readonly createOffer: (onState: (state: PairingOfferState) => void) => PairingOffer;
  readonly onState: (state: PairingDeskState) => void;
}

export const createPairingDesk = ({ createOffer, onState }: PairingDeskPorts): PairingDesk => {
  let current: PairingOffer | undefined;

  const state = (): PairingDeskState =>
    current === undefined
      ? { type: "none" }
      : { ...current.state(), link: current.link, expiresAt: current.expiresAt };

  const end = (): void => {
    const ended = current;
    current = undefined;
    const type = ended?.state().type;
    // An answer that is under way lingers in its room by itself.
    if (type === "waiting") ended?.close();
    if (type === "requested") ended?.refuse();
  };

  return {
    state,
    show: () => {
      end();
      const offer = createOffer(() => {
        if (current === offer) onState(state());
      });
      current = offer;
      onState(state());
    },
    typeDigits: async (text) => {
      await current?.typeDigits(text);
    },
    refuse: () => current?.refuse(),
    putAway: () => {
      end();
      onState(state());
    },
  };
};

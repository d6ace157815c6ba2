/**
 * One awareness for the app over several relays, each with an awareness of its own.
 * 1. What we say goes out on all of them.
 * 2. A peer is there as long as it is on one of them: a relay that goes takes away only whom no other shows.
 */
import { applyAwarenessUpdate, removeAwarenessStates, type Awareness } from "y-protocols/awareness";
import { writeAwarenessUpdate } from "./provider-messages.ts";

export interface MergedAwareness {
  readonly add: (part: Awareness) => void;
  /** Its peers leave, unless another part shows them. */
  readonly remove: (part: Awareness) => void;
  readonly destroy: () => void;
}

interface AwarenessChange {
  readonly added: readonly number[];
  readonly updated: readonly number[];
  readonly removed: readonly number[];
}

export const createMergedAwareness = (whole: Awareness): MergedAwareness => {
  const listeners = new Map<Awareness, (change: AwarenessChange) => void>();

  const peersOf = (part: Awareness): number[] =>
    [...part.getStates().keys()].filter((client) => client !== whole.clientID);

  /** As `part` shows it, or else any other. */
  const stateOf = (client: number, part: Awareness): unknown =>
    [part, ...listeners.keys()]
      .find((shown) => shown.getStates().has(client))
      ?.getStates()
      .get(client) ?? null;

  const show = (clients: readonly number[], part: Awareness): void => {
    const entries = clients
      .filter((client) => client !== whole.clientID)
      .map((clientId) => ({
        clientId,
        clock: (whole.meta.get(clientId)?.clock ?? 0) + 1,
        state: JSON.stringify(stateOf(clientId, part)),
      }));
    if (entries.length > 0) applyAwarenessUpdate(whole, writeAwarenessUpdate(entries), part);
  };

  const speak = ({ added, updated, removed }: AwarenessChange): void => {
    if (![...added, ...updated, ...removed].includes(whole.clientID)) return;
    for (const part of listeners.keys()) part.setLocalState(whole.getLocalState());
  };
  whole.on("change", speak);

  return {
    add: (part) => {
      const listen = ({ added, updated, removed }: AwarenessChange): void =>
        show([...added, ...updated, ...removed], part);
      listeners.set(part, listen);
      part.on("update", listen);
      part.setLocalState(whole.getLocalState());
    },
    remove: (part) => {
      const listen = listeners.get(part);
      if (listen !== undefined) part.off("update", listen);
      listeners.delete(part);
      const [other = whole] = listeners.keys();
      if (other === whole) removeAwarenessStates(whole, peersOf(part), part);
      else show(peersOf(part), other);
    },
    destroy: () => whole.off("change", speak),
  };
};

/**
 * A device's disk. Writes reach it in order and some time after they were made; a power cut loses those that did
 * not. The document and the resume bytes lie in separate stores, so either may be ahead of the other.
 */
import type { LedgerRecord } from "../../desktop/src/executor/ledger-records.ts";
import type { Random } from "./random.ts";
import type { Machine, World } from "./world.ts";

/** What belongs to one epoch. */
export interface EpochStores {
  readonly document: Store<Uint8Array[]>;
  /** By relay. */
  readonly resume: Store<Map<string, Uint8Array>>;
  /** Of a phone: what it wrote and no relay has. */
  readonly outbox: Store<Set<Uint8Array>>;
}

export interface DeviceDisk {
  readonly epoch: (epoch: number) => EpochStores;
  readonly epochs: () => readonly EpochStores[];
  readonly erase: (epoch: number) => void;
  /** By name; each is on the disk when it is set. */
  readonly secrets: Map<string, Uint8Array>;
  /** The executor's. */
  readonly ledger: LedgerRecord[];
  /** A write that is on the disk when it returns, unless the power goes with it: then perhaps, and nothing after it. */
  readonly writeNow: (machine: Machine, change: () => void) => void;
  /** The power goes with the n-th such write from now; infinite: never. */
  readonly cutAtWrite: (n: number, run: () => void) => void;
  /** What is not yet there is lost, but for a random beginning of it. */
  readonly cutPower: () => void;
}

export interface Store<Content> {
  readonly content: Content;
  readonly write: (delayMs: number, change: (content: Content) => void) => void;
  /** Nothing is on its way to it. */
  readonly isIdle: () => boolean;
  /** Runs whenever all has arrived that was on its way; the last one given counts. */
  readonly onIdle: (run: () => void) => void;
}

export const createDeviceDisk = (world: World, random: Random): DeviceDisk => {
  const cuts = new Set<() => void>();
  const epochs = new Map<number, EpochStores>();
  const createStore = <Content>(content: Content): Store<Content> => {
    const waiting = new Set<(content: Content) => void>();
    let lastAt = 0;
    let tellIdle = (): void => {};
    cuts.add(() => {
      const kept = random.below(waiting.size + 1);
      for (const change of [...waiting].slice(0, kept)) change(content);
      waiting.clear();
    });
    return {
      content,
      isIdle: () => waiting.size === 0,
      onIdle: (run) => {
        tellIdle = run;
      },
      write: (delayMs, change) => {
        const once = (target: Content): void => change(target);
        waiting.add(once);
        lastAt = Math.max(lastAt, world.now() + delayMs);
        world.after(lastAt - world.now(), "", () => {
          if (!waiting.delete(once)) return;
          change(content);
          if (waiting.size === 0) tellIdle();
        });
      },
    };
  };
  let writesLeft = Infinity;
  let onCut = (): void => {};
  return {
    epoch: (epoch) => {
      const stores = epochs.get(epoch) ?? {
        document: createStore<Uint8Array[]>([]),
        resume: createStore(new Map<string, Uint8Array>()),
        outbox: createStore(new Set<Uint8Array>()),
      };
      epochs.set(epoch, stores);
      return stores;
    },
    epochs: () => [...epochs.values()],
    erase: (epoch) => void epochs.delete(epoch),
    secrets: new Map(),
    ledger: [],
    writeNow: (machine, change) => {
      if (!machine.isAlive) return;
      writesLeft--;
      if (writesLeft > 0 || random.chance(0.5)) change();
      if (writesLeft > 0) return;
      machine.isAlive = false; // whatever this event still does reaches nobody
      writesLeft = Infinity;
      world.after(0, `${machine.name} lost power`, () => onCut());
    },
    cutAtWrite: (n, run) => {
      writesLeft = n;
      onCut = run;
    },
    cutPower: () => {
      for (const cut of cuts) cut();
    },
  };
};

/**
 * Who may change which paths right now, so that several runs work at once and none gets in another's way.
 * 1. A lock on a path covers everything below it. All paths of one call are taken together or none is, and whoever
 *    holds locks asks for no more: nothing can wait in a circle.
 * 2. First come, first served: a later call never overtakes an earlier one that it would get in the way of.
 * 3. Locks live in memory. After a crash nobody holds any; what was begun takes its own again before anything runs.
 */
import path from "node:path";
import type { RunId } from "@deskhand/doc-schema/document";

export interface LockedPath {
  /** Absolute. */
  readonly path: string;
  /** As the person knows it. */
  readonly shown: string;
}

export interface Held {
  /** Somebody else held one of them: the world may have changed meanwhile. */
  readonly hasWaited: boolean;
  readonly covers: (paths: readonly LockedPath[]) => boolean;
  readonly release: () => void;
}

export interface PathLocks {
  /** undefined: the signal was aborted first. `onWait` is told once what is waited for. */
  readonly take: (
    paths: readonly LockedPath[],
    signal: AbortSignal,
    onWait?: (blocked: LockedPath) => void,
  ) => Promise<Held | undefined>;
  /** At once: for a call that a crash cut short, before any run begins. `handOver` gives them to it, once. */
  readonly retake: (runId: RunId, paths: readonly LockedPath[]) => void;
  readonly handOver: (runId: RunId) => Held | undefined;
}

interface Claim {
  readonly paths: readonly LockedPath[];
  readonly whole: ReadonlySet<string>;
  readonly above: ReadonlySet<string>;
}
interface Waiting extends Claim {
  readonly grant: () => void;
}

export const createPathLocks = (): PathLocks => {
  const held = new Set<Claim>();
  const waiting = new Set<Waiting>();
  const retaken = new Map<RunId, Held>();

  /** What of `claim` somebody holds, or waits for in front of it. */
  const blockerOf = (claim: Claim): LockedPath | undefined => {
    const ahead: Claim[] = [...held];
    for (const other of waiting) {
      if (other === claim) break;
      ahead.push(other);
    }
    return claim.paths.find((wanted) => ahead.some((other) => meets(wanted.path, other)));
  };
  const grantNext = (): void => {
    for (const claim of waiting)
      if (blockerOf(claim) === undefined) {
        waiting.delete(claim);
        claim.grant();
      }
  };
  const hold = (claim: Claim, hasWaited: boolean): Held => {
    held.add(claim);
    return {
      hasWaited,
      covers: (paths) => paths.every((wanted) => selfAndAbove(wanted.path).some((at) => claim.whole.has(at))),
      release: () => {
        if (held.delete(claim)) grantNext();
      },
    };
  };

  return {
    retake: (runId, paths) => void retaken.set(runId, hold(claimOf(paths), false)),
    handOver: (runId) => {
      const mine = retaken.get(runId);
      retaken.delete(runId);
      return mine;
    },
    take: (paths, signal, onWait) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const claim = claimOf(paths);
        const giveUp = (): void => {
          waiting.delete(waiter);
          resolve(undefined);
          grantNext();
        };
        const waiter: Waiting = {
          ...claim,
          grant: () => {
            signal.removeEventListener("abort", giveUp);
            resolve(hold(claim, true));
          },
        };
        const blocked = blockerOf(claim);
        if (blocked === undefined) return resolve(hold(claim, false));
        waiting.add(waiter);
        signal.addEventListener("abort", giveUp, { once: true });
        onWait?.(blocked);
      }),
  };
};

/** Most disks outside Linux take names that differ in case only for one. */
const keyOf = (absolute: string): string =>
  process.platform === "linux" ? absolute : absolute.normalize("NFC").toLowerCase();

const selfAndAbove = (absolute: string): readonly string[] => {
  const all: string[] = [];
  for (let at = keyOf(absolute); ; at = path.dirname(at)) {
    all.push(at);
    if (path.dirname(at) === at) return all;
  }
};

const claimOf = (paths: readonly LockedPath[]): Claim => ({
  paths,
  whole: new Set(paths.map(({ path: absolute }) => keyOf(absolute))),
  above: new Set(paths.flatMap(({ path: absolute }) => selfAndAbove(absolute).slice(1))),
});

/** It is one of those paths, lies below one, or has one below it. */
const meets = (absolute: string, { whole, above }: Claim): boolean =>
  above.has(keyOf(absolute)) || selfAndAbove(absolute).some((at) => whole.has(at));

/** What each run is doing right now, newest first. Never stored: only the presence and this computer's window show it. */
import type { RunId } from "@deskhand/doc-schema/document";
import type { LiveStep } from "./run-ports.ts";

export interface LiveSteps {
  /** undefined: it does nothing that there would be to show. */
  readonly show: (runId: RunId, step: LiveStep | undefined) => void;
  readonly all: () => readonly LiveStep[];
}

export const createLiveSteps = (onChange: (all: readonly LiveStep[]) => void): LiveSteps => {
  const steps = new Map<RunId, LiveStep>();
  const all = (): readonly LiveStep[] => [...steps.values()].toReversed();
  return {
    all,
    show: (runId, step) => {
      if (!steps.delete(runId) && step === undefined) return;
      if (step !== undefined) steps.set(runId, step);
      onChange(all());
    },
  };
};

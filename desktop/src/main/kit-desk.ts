/**
 * The recovery kit as the window has it: made, shown once, its file saved.
 * 1. The words go to the window in the answer to `make` and are kept nowhere here: no state, no preference, no log.
 * 2. A kit counts as written down only after the person has proved it since it was made.
 */
import { replacePrivateFile } from "../executor/private-files.ts";
import type { Executor } from "../executor/index.ts";
import type { AnswerOf, KitState, Outcome } from "../ipc-contract.ts";
import type { PreferenceStore } from "./preferences.ts";

export interface KitDesk {
  readonly state: () => KitState;
  readonly make: () => Promise<AnswerOf<"makeKit">>;
  readonly isWrittenDown: () => Outcome;
  readonly saveFile: () => Promise<Outcome>;
}

export interface KitDeskPorts {
  readonly executor: Pick<Executor, "recovery" | "auditRows">;
  readonly preferences: PreferenceStore;
  /** Asks the person for a path; undefined: none after all. */
  readonly choosePlace: () => Promise<string | undefined>;
  readonly now: () => number;
  readonly onChange: () => void;
}

const DONE: Outcome = { type: "done" };
const refused = (reason: string): { readonly type: "refused"; readonly reason: string } => ({
  type: "refused",
  reason,
});

export const createKitDesk = (ports: KitDeskPorts): KitDesk => {
  const { executor, preferences, choosePlace, now, onChange } = ports;
  const { recovery } = executor;
  /** Absent for a kit that this computer was restored from: its owner had the words then. */
  let madeAt = executor.auditRows().findLast(({ kind }) => kind === "recovery")?.at;

  return {
    state: () => {
      if (!recovery.exists()) return { type: "none" };
      if (madeAt === undefined) return { type: "made", isWrittenDown: true };
      const { kitWrittenDownAt = 0 } = preferences.current();
      return { type: "made", madeAt, isWrittenDown: kitWrittenDownAt >= madeAt };
    },
    make: async () => {
      const made = await recovery.make();
      if (!made.ok) return refused(made.error.type);
      madeAt = now();
      onChange();
      return { type: "made", words: [...made.value.words] };
    },
    isWrittenDown: () => {
      preferences.save({ ...preferences.current(), kitWrittenDownAt: now() });
      onChange();
      return DONE;
    },
    saveFile: async () => {
      const file = await choosePlace();
      if (file === undefined) return { type: "cancelled" };
      const bytes = recovery.file();
      if (bytes === undefined) return refused("no-kit");
      try {
        replacePrivateFile(file, bytes);
        return DONE;
      } catch (error) {
        return refused(error instanceof Error && "code" in error ? String(error.code) : String(error));
      }
    },
  };
};

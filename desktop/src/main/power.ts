/** Sleep and wake as the system announces them: the phone is told before the network goes. */
import { powerMonitor } from "electron";

export interface PowerChange {
  readonly state: "awake" | "asleep";
  /** Milliseconds since 1970. */
  readonly since: number;
}

/** Only after Electron is ready. */
export const watchPower = (now: () => number, onChange: (change: PowerChange) => void): void => {
  powerMonitor.on("suspend", () => onChange({ state: "asleep", since: now() }));
  powerMonitor.on("resume", () => onChange({ state: "awake", since: now() }));
};

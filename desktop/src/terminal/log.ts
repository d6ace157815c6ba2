/** Lines for programs that drive the terminal (tests): one JSON object a line, on stderr, only when asked for. */
export type LogEvent =
  | {
      readonly event: "ready";
      readonly model: string;
      readonly folders: readonly string[];
      readonly phoneUrl: string;
    }
  /** Never written anywhere else: the link is a secret until it expires. */
  | { readonly event: "pairing-link"; readonly link: string; readonly expiresAt: number }
  | { readonly event: "pairing-request"; readonly name: string; readonly triesLeft: number }
  | { readonly event: "pairing-ended"; readonly how: "burned" | "expired" | "refused" | "unanswered" }
  | { readonly event: "paired"; readonly name: string }
  | { readonly event: "relay"; readonly phase: string }
  /** `text` says why they are off. */
  | { readonly event: "commands"; readonly type: string; readonly text?: string }
  | { readonly event: "audit-alarm"; readonly text: string }
  | { readonly event: "run-state"; readonly runId: string; readonly taskId: string; readonly state: string }
  | { readonly event: "restored"; readonly relays: readonly string[]; readonly devices: number }
  | { readonly event: "recovery-kit" | "stopped" | "resumed" | "closed" };

export type Log = (event: LogEvent) => void;

/** @param format of DESKHAND_LOG; anything but "json" logs nothing */
export const createLog = (format: string | undefined, write: (line: string) => void): Log =>
  format === "json" ? (event) => write(`${JSON.stringify(event)}\n`) : () => {};

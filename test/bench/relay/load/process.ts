/** A relay as a child process; its memory and CPU time as the kernel counts them. */
import { readFileSync } from "node:fs";
import { startChild, type Child } from "../../../journeys/support/child.ts";
import { freePort } from "../../../journeys/support/relay.ts";

/** USER_HZ, which Linux fixes at 100 for user space. */
const TICKS_PER_SECOND = 100;

export interface RelayProcess {
  readonly url: string;
  /** Seconds of all threads so far. */
  readonly cpu: () => number;
  /** Resident bytes. */
  readonly rss: () => number;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export const startServer = async (
  script: string,
  env: Readonly<Record<string, string>>,
  ready: RegExp,
  nodeFlags: readonly string[] = [],
): Promise<RelayProcess> => {
  const port = await freePort();
  const child: Child = startChild(script, [], { HOST: "127.0.0.1", ...env, PORT: String(port) }, nodeFlags);
  await child.line(ready);
  return {
    url: `ws://127.0.0.1:${port}`,
    cpu: () => {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    rss: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024,
    stop: async (signal) => void (await child.end(signal)),
  };
};

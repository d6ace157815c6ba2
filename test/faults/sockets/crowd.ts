/** Thousands of members in processes of their own, so that what they cost is not what the relay costs. */
import { fork } from "node:child_process";
import path from "node:path";

export type CrowdOrder =
  /** `network` is the second number of its members' addresses. */
  | { readonly type: "join"; readonly url: string; readonly sockets: number; readonly network: number }
  | { readonly type: "load"; readonly perSecond: number; readonly seconds: number }
  | { readonly type: "await-live"; readonly timeoutMs: number };

export type CrowdAnswer =
  | { readonly type: "joined"; readonly isWhole: boolean }
  | {
      readonly type: "loaded";
      readonly sent: number;
      readonly received: number;
      /** Numbers left out or given twice, since the beginning. */
      readonly faults: number;
      readonly unacked: number;
      /** Milliseconds from append to arrival, of each. */
      readonly took: readonly number[];
    }
  | { readonly type: "live"; readonly isWhole: boolean; readonly at: number };

type Answer<Type extends CrowdAnswer["type"]> = Extract<CrowdAnswer, { type: Type }>;

/** What all processes of a crowd did together. */
export interface CrowdLoad {
  readonly sent: number;
  readonly received: number;
  readonly faults: number;
  readonly unacked: number;
  readonly median: number;
  readonly p99: number;
}

export interface Crowd {
  readonly join: (url: string, sockets: number) => Promise<boolean>;
  readonly load: (perSecond: number, seconds: number) => Promise<CrowdLoad>;
  /** The time (milliseconds since 1970) at which the last was live; undefined when some are not. */
  readonly allLiveAt: (timeoutMs: number) => Promise<number | undefined>;
  readonly end: () => void;
}

export const startCrowd = (processes: number): Crowd => {
  const children = Array.from({ length: processes }, () =>
    fork(path.join(import.meta.dirname, "crowd-process.ts"), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    }),
  );
  const ask = <Type extends CrowdAnswer["type"]>(
    order: (at: number) => CrowdOrder,
  ): Promise<Answer<Type>[]> =>
    Promise.all(
      children.map(
        (child, at) =>
          new Promise<Answer<Type>>((resolve, reject) => {
            const end = (): void => reject(new Error("a process of the crowd has ended"));
            child.once("exit", end);
            child.once("message", (answer) => {
              child.off("exit", end);
              resolve(answer as Answer<Type>); // `as`: a process answers each order with the answer of its kind, one at a time
            });
            child.send(order(at));
          }),
      ),
    );
  const share = (whole: number): number => Math.ceil(whole / processes);

  return {
    join: async (url, sockets) => {
      const answers = await ask<"joined">((at) => ({
        type: "join",
        url,
        sockets: share(sockets),
        network: at + 1,
      }));
      return answers.every(({ isWhole }) => isWhole);
    },
    load: async (perSecond, seconds) => {
      const answers = await ask<"loaded">(() => ({ type: "load", perSecond: share(perSecond), seconds }));
      const took = answers.flatMap((answer) => answer.took).toSorted((a, b) => a - b);
      const sum = (of: "sent" | "received" | "faults" | "unacked"): number =>
        answers.reduce((total, answer) => total + answer[of], 0);
      return {
        sent: sum("sent"),
        received: sum("received"),
        faults: sum("faults"),
        unacked: sum("unacked"),
        median: took[Math.floor(took.length * 0.5)] ?? Number.NaN,
        p99: took[Math.floor(took.length * 0.99)] ?? Number.NaN,
      };
    },
    allLiveAt: async (timeoutMs) => {
      const answers = await ask<"live">(() => ({ type: "await-live", timeoutMs }));
      return answers.every(({ isWhole }) => isWhole) ? Math.max(...answers.map(({ at }) => at)) : undefined;
    },
    end: () => {
      for (const child of children) child.kill("SIGKILL");
    },
  };
};

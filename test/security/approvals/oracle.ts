/**
 * The rules in the simplest terms, without a look at the executor: which calls must have been executed, which question
 * stands. It is told what really happened, in order, and which records are genuine.
 */
import { APPROVAL_HOURS, CALLS } from "./scene.ts";
import type { Approver } from "./history.ts";

interface Question {
  readonly call: number;
  readonly askedAt: number;
  /** Of the call's file, as it was shown. */
  readonly version: number;
  /** The newest answer of each device, of those that were taken. */
  readonly answers: Map<Approver, { readonly n: number; readonly verdict: string }>;
  /** "closed": denied, too late or used up. A question that was withdrawn is asked anew. */
  state: "open" | "closed" | "withdrawn";
}

/** A genuine answer on its way. */
export interface SaidAnswer {
  readonly key: string;
  /** Which question, from 0. */
  readonly question: number;
  readonly device: Approver;
  readonly n: number;
  readonly verdict: "allow" | "deny" | "none";
}

export interface Oracle {
  readonly said: (answer: SaidAnswer) => void;
  /** The executor has looked at everything that was said, in the order of the keys. */
  readonly scanned: (now: number) => void;
  readonly revoked: (device: Approver) => void;
  /** A new epoch began after a removal: what was asked, and is not too late, is asked anew. */
  readonly withdrawn: (now: number) => void;
  readonly cancelled: () => void;
  /** The run was driven until it waits or has ended. */
  readonly driven: (now: number, version: (call: number) => number) => void;
  /** The machine died, and the disk says that the allow of the question that stands was used up: if it may have been. */
  readonly spent: (now: number, version: (call: number) => number) => void;
  /** Calls whose effect must have happened exactly once, in order; nothing else may have. */
  readonly executed: () => readonly number[];
  readonly asked: () => number;
  /** The call whose turn it is. */
  readonly call: () => number;
}

const HOUR = 3600 * 1000;

export const createOracle = (): Oracle => {
  const questions: Question[] = [];
  const revoked = new Set<Approver>();
  const executed: number[] = [];
  let onTheWay: SaidAnswer[] = [];
  let call = 0;
  let isCancelled = false;
  let isSpent = false;

  const current = (): Question | undefined => {
    const last = questions.at(-1);
    return last?.call === call && last.state !== "withdrawn" ? last : undefined;
  };
  const stands = ({ answers }: Question, verdict: string): boolean =>
    [...answers].some(([device, answer]) => answer.verdict === verdict && !revoked.has(device));
  const isExpired = ({ askedAt }: Question, now: number): boolean => now >= askedAt + APPROVAL_HOURS * HOUR;
  const mayBeSpent = (question: Question, now: number, version: (call: number) => number): boolean =>
    question.state === "open" &&
    !isExpired(question, now) &&
    stands(question, "allow") &&
    question.version === version(question.call);

  const ask = (now: number, version: number): void => {
    questions.push({ call, askedAt: now, version, answers: new Map(), state: "open" });
  };
  const execute = (question: Question): void => {
    executed.push(call);
    question.state = "closed";
    isSpent = false;
    call++;
  };

  const driven: Oracle["driven"] = (now, version) => {
    for (;;) {
      const question = current();
      if (question !== undefined && isSpent) execute(question);
      else if (isCancelled || call >= CALLS) return;
      else if (question === undefined) return ask(now, version(call));
      else if (question.state === "closed" || isExpired(question, now)) {
        question.state = "closed";
        call++; // denied or too late: the model is told, and goes on
      } else if (!stands(question, "allow")) return;
      else if (question.version !== version(call)) {
        question.state = "withdrawn";
        return ask(now, version(call));
      } else execute(question);
    }
  };

  return {
    said: (answer) => void onTheWay.push(answer),
    scanned: (now) => {
      for (const { question: at, device, n, verdict } of onTheWay.sort((a, b) => (a.key < b.key ? -1 : 1))) {
        const question = questions[at];
        if (question === undefined || revoked.has(device) || question.state !== "open") continue;
        if (isExpired(question, now)) continue;
        if ((question.answers.get(device)?.n ?? -1) < n) question.answers.set(device, { n, verdict });
        if (stands(question, "deny")) question.state = "closed";
      }
      onTheWay = [];
    },
    revoked: (device) => void revoked.add(device),
    withdrawn: (now) => {
      const question = current();
      if (question?.state === "open") question.state = isExpired(question, now) ? "closed" : "withdrawn";
    },
    cancelled: () => {
      isCancelled = true;
    },
    driven,
    spent: (now, version) => {
      const question = current();
      if (question !== undefined && mayBeSpent(question, now, version)) isSpent = true;
    },
    executed: () => executed,
    asked: () => questions.length,
    call: () => call,
  };
};

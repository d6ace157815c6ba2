/** What a run's journal comes to for those who watch it: steps, reply, files, usage. A fold, like next-step.ts. */
import type { ArtifactId, PlanStep, ReplyId, Step, Usage } from "@deskhand/doc-schema/document";
import { planStepsOf } from "../tools/set-plan.ts";
import type { ProducedFile } from "../tools/tool.ts";
import type { RunEvent, RunEventOf, TurnUsage } from "./events.ts";
import { DEFAULT_LOCALE } from "./run-journal.ts";

export interface RunView {
  readonly locale: string;
  readonly model: string;
  readonly reply?: { readonly id: ReplyId; readonly createdAt: number; readonly text: string };
  /** The one that it set last; empty when it set none. */
  readonly plan: readonly PlanStep[];
  readonly steps: readonly Step[];
  readonly files: readonly (ProducedFile & { readonly artifactId: ArtifactId; readonly at: number })[];
  readonly usage: Usage;
  /** Questions asked of the person so far. */
  readonly asked: number;
  /** The text of the last turn. */
  readonly lastText: string;
}

/** Between the texts of two turns. */
const PARAGRAPH = "\n\n";

export const viewRun = (events: readonly RunEvent[]): RunView => {
  const [began] = events;
  const isBegan = began?.type === "began";
  const turns = events.filter((event) => event.type === "turn");
  const results = events.filter((event) => event.type === "result");
  const texts = turns.map(textOf).filter((text) => text !== "");
  const usages = events.flatMap((event) =>
    event.type === "turn" || event.type === "compacted" ? [event.usage] : [],
  );
  const sum = (pick: (usage: TurnUsage) => number | undefined): number =>
    usages.reduce((total, usage) => total + (pick(usage) ?? 0), 0);
  const cacheReadTokens = sum((usage) => usage.cacheReadTokens);
  const isPriced = usages.some(({ microDollars }) => microDollars !== undefined);
  return {
    locale: isBegan ? began.locale : DEFAULT_LOCALE,
    model: isBegan ? began.model : "",
    ...(isBegan ? { reply: { id: began.replyId, createdAt: began.at, text: texts.join(PARAGRAPH) } } : {}),
    plan: planOf(events),
    steps: events.flatMap(stepOf),
    files: results.flatMap(({ files = [], at }) => files.map((file) => ({ ...file, at }))),
    usage: {
      inputTokens: sum((usage) => usage.inputTokens),
      outputTokens: sum((usage) => usage.outputTokens),
      turns: turns.length,
      ...(cacheReadTokens === 0 ? {} : { cacheReadTokens }),
      ...(isPriced ? { microDollars: sum((usage) => usage.microDollars) } : {}),
    },
    asked: events.filter((event) => event.type === "asked").length,
    lastText: texts.at(-1) ?? "",
  };
};

/** `whole` with what is being streamed after it. */
export const withPartial = (whole: string, partial: string): string =>
  partial === "" ? whole : whole === "" ? partial : `${whole}${PARAGRAPH}${partial}`;

const textOf = (turn: RunEventOf<"turn">): string =>
  turn.content
    .map((block) => (block.type === "text" ? block.text : ""))
    .join("")
    .trim();

const planOf = (events: readonly RunEvent[]): readonly PlanStep[] => {
  const set = events.findLast((event) => event.type === "start" && event.prepared.step.kind === "plan");
  return set?.type === "start" ? planStepsOf(set.prepared.plan) : [];
};

const stepOf = (event: RunEvent): Step[] => {
  if (event.type === "retry")
    return [{ id: event.stepId, at: event.at, kind: "retry", outcome: "failed", detail: event.text }];
  if (event.type === "received") {
    const { stepId: id, at, files } = event;
    const [first] = files;
    const object = files.length === 1 && first !== undefined ? { object: first.name } : {};
    return [{ id, at, kind: "receive", outcome: "done", count: files.length, ...object }];
  }
  if (event.type !== "result" || event.step.kind === "plan") return [];
  const { stepId: id, at, outcome, step, detail, approvalId, undoable } = event;
  const { kind, object, count } = step;
  return [
    {
      id,
      at,
      kind,
      outcome,
      ...(object === undefined ? {} : { object }),
      ...(count === undefined ? {} : { count }),
      ...(detail === undefined ? {} : { detail }),
      ...(approvalId === undefined ? {} : { approvalId }),
      ...(undoable === undefined ? {} : { undoable }),
    },
  ];
};

/**
 * What the apps show of tasks: pure reads of the document.
 * 1. The newest attempt of a task is its run; a task without a run has not been picked up.
 * 2. Authorship is said, not assumed: what neither a certified device nor the executor signed is "unverified".
 */
import type * as Y from "yjs";
import {
  intentPlace,
  isFinal,
  isSettled,
  readApprovals,
  readArtifacts,
  readIntents,
  readQuestions,
  readRuns,
  readTasks,
  taskKind,
  taskPlace,
  verifySigned,
  type Approval,
  type Artifact,
  type DeviceRegistry,
  type IntentRecord,
  type Question,
  type Run,
  type Signed,
  type StructPlace,
  type TaskRecord,
} from "../document/index.ts";
import type { DeviceId } from "../crypto/index.ts";

/** How far a record of a person has come. Each step is true only when it has been seen to be. */
export type Delivery = "saved" | "sent" | "picked-up";

/** An order that was given and that the desktop has not carried out yet. */
export type PendingOrder = IntentRecord & { readonly delivery: Exclude<Delivery, "picked-up"> };

export interface TaskView {
  readonly task: TaskRecord;
  readonly device: DeviceId;
  readonly author: "verified" | "unverified";
  readonly delivery: Delivery;
  readonly run?: Run;
  /** The approval that the run waits for. */
  readonly approval?: Approval;
  /** The question that the run waits for. */
  readonly question?: Question;
  readonly artifacts: readonly Artifact[];
  readonly orders: readonly PendingOrder[];
}

export interface ViewPorts {
  readonly doc: Y.Doc;
  readonly registry: DeviceRegistry;
  /** Has the relay acknowledged what lies at this place? */
  readonly isAtRelay: (place: StructPlace) => boolean;
}

export const sentOrSaved = (
  place: StructPlace | undefined,
  isAtRelay: ViewPorts["isAtRelay"],
): "saved" | "sent" => (place !== undefined && isAtRelay(place) ? "sent" : "saved");

const ordersOf = (
  ports: ViewPorts,
  intents: readonly Signed<IntentRecord>[],
  task: TaskRecord,
  run: Run | undefined,
): PendingOrder[] =>
  intents
    .map((signed) => signed.value)
    .filter(
      (intent) =>
        ("taskId" in intent && intent.taskId === task.id) || ("runId" in intent && intent.runId === run?.id),
    )
    .filter((intent) => !isSettled(intent, run))
    .map((intent) => ({
      ...intent,
      delivery: sentOrSaved(intentPlace(ports.doc, intent.id), ports.isAtRelay),
    }));

const latest = (runs: readonly Run[]): Run | undefined =>
  runs.reduce<Run | undefined>(
    (best, run) => (best === undefined || run.attempt > best.attempt ? run : best),
    undefined,
  );

/** Every readable task, oldest first. */
export const taskViews = (ports: ViewPorts): readonly TaskView[] => {
  const { doc, registry, isAtRelay } = ports;
  const runs = Map.groupBy(readRuns(doc).entries, (run) => run.taskId);
  const approvals = new Map(readApprovals(doc).entries.map((approval) => [approval.id, approval]));
  const artifacts = Map.groupBy(readArtifacts(doc).entries, (artifact) => artifact.runId);
  const asked = readQuestions(doc).entries.filter(({ state }) => state === "pending");
  const questions = new Map(asked.map((question) => [question.runId, question]));
  const intents = readIntents(doc).entries;
  return readTasks(doc)
    .entries.map((signed): TaskView => {
      const task = signed.value;
      const run = latest(runs.get(task.id) ?? []);
      const approval = run?.approvalId ? approvals.get(run.approvalId) : undefined;
      const question = run === undefined ? undefined : questions.get(run.id);
      const authorOf = once(() =>
        verifySigned(taskKind, signed, registry.signer).ok ? "verified" : "unverified",
      );
      return {
        task,
        device: signed.device,
        get author() {
          return authorOf();
        },
        delivery: run === undefined ? sentOrSaved(taskPlace(doc, task.id), isAtRelay) : "picked-up",
        ...(run === undefined ? {} : { run }),
        ...(approval === undefined ? {} : { approval }),
        ...(question === undefined ? {} : { question }),
        artifacts: run === undefined ? [] : (artifacts.get(run.id) ?? []),
        orders: ordersOf(ports, intents, task, run),
      };
    })
    .sort((a, b) => (a.task.id < b.task.id ? -1 : 1));
};

/** A signature costs about a millisecond to verify: only for what is shown, and once. */
const once = <Value>(compute: () => Value): (() => Value) => {
  let known: { readonly value: Value } | undefined;
  return () => (known ??= { value: compute() }).value;
};

export const isOpen = (view: TaskView): boolean => view.run === undefined || !isFinal(view.run.state);

/**
 * The word, icon and colour for where a task stands, and the line under it: one table for every screen.
 * Colour never stands alone, and nothing is claimed that the document does not say.
 */
import { promptOf, type DeliveryStage, type TaskView } from "@deskhand/doc-schema/views";
import {
  alertCircle,
  calendar,
  checkmarkCircle,
  ellipseOutline,
  handLeft,
  helpCircle,
  hourglass,
  moon,
  pauseCircle,
  pulse,
  stopCircle,
  paperPlane,
  sync,
  timeOutline,
} from "ionicons/icons";
import type { TextKey } from "./locales/en.ts";
import { plainText } from "./plain-text.ts";
import type { Say } from "./texts.tsx";
import type { Times } from "./times.ts";
import type { DesktopPresence, Workspace } from "./workspace.ts";

/** What a task is called everywhere: its words as they stand now. */
export const taskTitle = (view: TaskView): string => plainText(promptOf(view));

export type Tone = "quiet" | "active" | "attention" | "good" | "bad";

export interface TaskState {
  readonly word: TextKey;
  readonly icon: string;
  readonly tone: Tone;
}

/** No sign of a running task for so long is said (milliseconds). */
const NO_SIGN_MS = 30_000;

const lastSign = (view: TaskView, desktop: DesktopPresence): number =>
  Math.max(view.run?.stateSince ?? 0, view.run?.steps.at(-1)?.at ?? 0, liveStep(view, desktop)?.at ?? 0);

export const liveStep = (view: TaskView, desktop: DesktopPresence): DesktopPresence["step"] =>
  [desktop.step, desktop.also].find((step) => step !== undefined && step.runId === view.run?.id);

export interface DeviceFacts {
  /** This device has answered what the run waits for. */
  readonly isAnswered?: boolean;
  /** What it has not sent, it never will. */
  readonly isRemoved?: boolean;
}

export const taskState = (
  view: TaskView,
  desktop: DesktopPresence,
  now: number,
  { isAnswered = false, isRemoved = false }: DeviceFacts = {},
): TaskState => {
  const { run } = view;
  if (run === undefined && view.delivery === "saved" && isRemoved)
    return { word: "state.not-sent", icon: alertCircle, tone: "bad" };
  if (run === undefined)
    return view.delivery === "saved"
      ? { word: "state.saved", icon: timeOutline, tone: "quiet" }
      : { word: "state.waiting-desktop", icon: hourglass, tone: "quiet" };
  switch (run.state) {
    case "queued":
      if (run.heldAt) return { word: "state.held", icon: pauseCircle, tone: "quiet" };
      return (run.notBefore ?? 0) > now
        ? { word: "state.scheduled", icon: calendar, tone: "quiet" }
        : { word: "state.queued", icon: ellipseOutline, tone: "quiet" };
    case "running":
      return now - lastSign(view, desktop) > NO_SIGN_MS
        ? { word: "state.no-sign", icon: pulse, tone: "attention" }
        : { word: "state.running", icon: sync, tone: "active" };
    case "waiting":
      return isAnswered
        ? { word: "state.answered", icon: paperPlane, tone: "quiet" }
        : view.question !== undefined
          ? { word: "state.question", icon: helpCircle, tone: "attention" }
          : { word: "state.waiting", icon: handLeft, tone: "attention" };
    case "done":
      return { word: "state.done", icon: checkmarkCircle, tone: "good" };
    case "failed":
      return { word: "state.failed", icon: alertCircle, tone: "bad" };
    case "cancelled":
      return { word: "state.cancelled", icon: stopCircle, tone: "quiet" };
    case "interrupted":
      return { word: "state.interrupted", icon: moon, tone: "attention" };
  }
};

export interface LineFacts {
  readonly say: Say<TextKey>;
  readonly times: Times;
  readonly desktopName: string;
  readonly role: Workspace["role"];
  readonly now: number;
  /** How far this device's answer to what the run waits for has come. */
  readonly answer?: "saved" | "sent" | undefined;
  readonly isOnline: boolean;
  readonly isRemoved: boolean;
  /** How far the task itself has come. */
  readonly stage?: DeliveryStage | undefined;
  /** The task that it starts after. */
  readonly after?: TaskView | undefined;
}

const isStopping = (view: TaskView): boolean => view.orders.some((order) => order.type === "cancel");

/** The line under the word: the step, the place, the reason. */
export const taskLine = (view: TaskView, desktop: DesktopPresence, facts: LineFacts): string => {
  const { say, times, desktopName, now } = facts;
  const { run } = view;
  const stop = view.orders.find((order) => order.type === "cancel");
  if (isStopping(view))
    return stop?.delivery === "saved"
      ? say("line.stop-unsent", { desktop: desktopName })
      : say("line.stopping");
  if (run === undefined && view.delivery === "saved" && facts.isRemoved) return say("line.not-sent");
  if (run === undefined)
    return view.delivery === "saved"
      ? say("line.saved", { device: facts.role })
      : say(facts.stage === "at-desktop" ? "line.at-desktop" : "line.sent", { desktop: desktopName });
  switch (run.state) {
    case "queued":
      return queuedLine(view, facts);
    case "running": {
      const live = liveStep(view, desktop);
      const elapsed =
        run.startedAt === undefined ? undefined : times.duration(Math.max(0, now - run.startedAt));
      return [say("line.running", { step: run.steps.length + 1 }), live?.text, elapsed]
        .filter(Boolean)
        .join(" · ");
    }
    case "waiting":
      if (facts.answer === undefined) return view.question === undefined ? "" : plainText(view.question.text);
      if (facts.answer === "saved" && !facts.isOnline) return say("line.answer-unsent");
      return say(desktop.online ? "line.answer-sent" : "line.answer-waits", { desktop: desktopName });
    case "done":
    case "interrupted":
      return [
        say("line.done", { changes: run.changes ?? 0 }),
        run.startedAt === undefined || run.endedAt === undefined
          ? undefined
          : times.duration(run.endedAt - run.startedAt),
      ]
        .filter(Boolean)
        .join(" · ");
    case "failed":
      return run.error?.text ?? "";
    case "cancelled":
      return say("line.stopped", { step: run.steps.length });
  }
};

/** Its place, what it waits for, and a change of it that the desktop does not have yet. */
const queuedLine = (view: TaskView, { say, times, desktopName, now, after }: LineFacts): string => {
  const { run, orders } = view;
  const change = orders.find(({ type }) => CHANGES.has(type));
  if (change !== undefined)
    return change.delivery === "saved"
      ? say("line.change-unsent")
      : say("line.change-sent", { desktop: desktopName });
  if (run?.heldAt) return run.heldWhy?.text ?? "";
  if ((run?.notBefore ?? 0) > now)
    return say("line.starts-at", { time: times.clock(run?.notBefore ?? 0, now) });
  if (after !== undefined) return say("line.starts-after", { task: taskTitle(after) });
  return run?.place ? say("line.queued", { place: run.place }) : "";
};

/** Orders that change a task before it starts. */
const CHANGES: ReadonlySet<string> = new Set(["reorder", "edit", "hold", "release"]);

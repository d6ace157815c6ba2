/**
 * The workspace for the shared screens, and the views of it.
 * 1. Screens render again after a change of the document, the connection or the presence, at most once a frame.
 * 2. A view is computed once for each change, however many components read it.
 */
import { readMeta, type Meta } from "@deskhand/doc-schema/document";
import {
  approvalViews,
  createDeliveries,
  openNeeds,
  questionViews,
  scheduleViews,
  taskViews,
  timeline,
  type ApprovalView,
  type DeliveryOf,
  type DeliveryStage,
  type Need,
  type QuestionView,
  type ScheduleView,
  type TaskView,
  type TimelineEntry,
  type ViewPorts,
} from "@deskhand/doc-schema/views";
import {
  createContext,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from "react";
import type * as Y from "yjs";
import { createOlderMessages, type OlderMessages } from "./older-messages.ts";
import { useText } from "./texts.tsx";
import type { Workspace } from "./workspace.ts";

/** A workspace with its views, each computed when it is first asked for after a change. */
interface WorkspaceStore {
  readonly workspace: Workspace;
  readonly subscribe: (listener: () => void) => () => void;
  /** Another number after each change. */
  readonly version: () => number;
  readonly tasks: () => readonly TaskView[];
  readonly approvals: () => readonly ApprovalView[];
  readonly questions: () => readonly QuestionView[];
  readonly needs: () => readonly Need[];
  readonly schedules: () => readonly ScheduleView[];
  readonly timeline: () => readonly TimelineEntry[];
  readonly meta: () => Meta | undefined;
  readonly deliveries: () => DeliveryFacts;
  readonly older: OlderMessages;
}

export interface DeliveryFacts {
  readonly of: DeliveryOf;
  /** When this app saw the record reach that stage, milliseconds since 1970; undefined when it was not there to see. */
  readonly seenAt: (id: string, stage: DeliveryStage) => number | undefined;
}

const createWorkspaceStore = (workspace: Workspace): WorkspaceStore => {
  let version = 0;
  const perVersion = <Value,>(compute: () => Value): (() => Value) => {
    let at = -1;
    let value: Value;
    return () => {
      if (at !== version) {
        value = compute();
        at = version;
      }
      return value;
    };
  };
  const listeners = new Set<() => void>();
  let frame = 0;
  let stop: (() => void) | undefined;
  const tell = (): void => {
    frame = 0;
    version++;
    for (const listener of listeners) listener();
  };
  const follow = (): void => {
    version++; // what changed before anyone looked
    stop = workspace.subscribe(() => {
      if (frame === 0) frame = requestAnimationFrame(tell);
    });
  };
  const unfollow = (): void => {
    cancelAnimationFrame(frame);
    frame = 0;
    stop?.();
  };
  const ports = (): ViewPorts => ({
    doc: workspace.doc,
    registry: workspace.registry(),
    isAtRelay: workspace.isAtRelay,
  });
  const meta = perVersion(() => readMeta(workspace.doc));
  const older = createOlderMessages(workspace, () => tell());
  const seen = createSeenStages();
  const deliveries = createDeliveries(workspace.deliveryAt);
  const tasks = perVersion(() => taskViews(ports()));
  const approvals = perVersion(() => approvalViews(ports(), workspace.deviceId, Date.now()));
  const questions = perVersion(() => questionViews(ports(), workspace.deviceId, Date.now()));
  return {
    workspace,
    version: () => version,
    subscribe: (listener) => {
      if (listeners.size === 0) follow();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) unfollow();
      };
    },
    meta,
    tasks,
    older,
    deliveries: perVersion(() => seen.follow(deliveries.read(workspace.doc))),
    approvals,
    questions,
    needs: perVersion(() => openNeeds(approvals(), questions())),
    schedules: perVersion(() => scheduleViews(ports())),
    timeline: perVersion(() => {
      const threadId = meta()?.threadId ?? workspace.remembered?.().threadId;
      return threadId === undefined ? [] : older.extend(threadId, timeline(workspace.doc, threadId, tasks()));
    }),
  };
};

/** Notes when a record is seen to move on. One that has come far already tells no times. */
const createSeenStages = (): { readonly follow: (of: DeliveryOf) => DeliveryFacts } => {
  const last = new Map<string, DeliveryStage>();
  const times = new Map<string, number>();
  return {
    follow: (of) => ({
      of: (record) => {
        const view = of(record);
        if (view === undefined) return view;
        const id = typeof record === "string" ? record : record.id;
        const before = last.get(id);
        if (before !== undefined && before !== view.stage) times.set(`${id} ${view.stage}`, Date.now());
        last.set(id, view.stage);
        return view;
      },
      seenAt: (id, stage) => times.get(`${id} ${stage}`),
    }),
  };
};

const Context = createContext<WorkspaceStore | undefined>(undefined);

export const WorkspaceProvider = ({
  workspace,
  children,
}: {
  readonly workspace: Workspace;
  readonly children: ReactNode;
}) => {
  const store = useMemo(() => createWorkspaceStore(workspace), [workspace]);
  return <Context value={store}>{children}</Context>;
};

const useStore = (): WorkspaceStore => {
  const store = useContext(Context);
  if (store === undefined) throw new Error("the shared screens need a WorkspaceProvider around them");
  useSyncExternalStore(store.subscribe, store.version);
  return store;
};

export const useWorkspace = (): Workspace => useStore().workspace;
export const useWorkspaceValue = <Value,>(select: (workspace: Workspace) => Value): Value =>
  select(useStore().workspace);
/** May orders be given here? Else the screens only show. */
export const useMayOrder = (): boolean => useStore().workspace.access().type === "full";
export const useTaskViews = (): readonly TaskView[] => useStore().tasks();
export const useApprovals = (): readonly ApprovalView[] => useStore().approvals();
export const useQuestions = (): readonly QuestionView[] => useStore().questions();
export const useSchedules = (): readonly ScheduleView[] => useStore().schedules();
/** What waits for this person, oldest first. */
export const useNeeds = (): readonly Need[] => useStore().needs();
/** How far this device's answer to what the task's run waits for has come. */
export const useMyAnswer = ({ approval, question }: TaskView): "saved" | "sent" | undefined => {
  const { approvals, questions } = useStore();
  const answer =
    approvals().find((view) => view.approval.id === approval?.id && approval?.state === "pending")
      ?.myAnswer ?? questions().find((view) => view.question.id === question?.id)?.myAnswer;
  return answer?.delivery;
};
export const useTimeline = (): readonly TimelineEntry[] => useStore().timeline();
export const useDeliveries = (): DeliveryFacts => useStore().deliveries();
/** What can be loaded before the first entry, and how that goes. */
export const useOlderMessages = (): OlderMessages => useStore().older;
export interface FoundTask {
  readonly view: TaskView;
  /** The document that it lies in: the shared one, or what was loaded of the archive. */
  readonly doc: Y.Doc;
}
export const useTask = (taskId: string): FoundTask | undefined => {
  const { tasks, older, workspace } = useStore();
  const isIt = ({ task }: TaskView): boolean => task.id === taskId;
  const live = tasks().find(isIt);
  if (live !== undefined) return { view: live, doc: workspace.doc };
  const archived = older.tasks().find(isIt);
  return archived === undefined ? undefined : { view: archived, doc: older.doc() };
};
export const useMeta = (): Meta | undefined => useStore().meta();

/** The desktop's name, or "your computer" before it is known. */
export const useDesktopName = (): string => {
  const text = useText();
  const { remembered } = useWorkspace();
  return useMeta()?.desktopName ?? remembered?.().desktopName ?? text("desktop.default");
};

/** A device's name as a person knows it; "this phone" for one's own. */
export const useDeviceName = (): ((deviceId: string | undefined) => string) => {
  const text = useText();
  const workspace = useWorkspace();
  return (deviceId) => {
    if (deviceId === workspace.deviceId)
      return text(workspace.role === "phone" ? "device.this-phone" : "device.this-window");
    const device = workspace
      .registry()
      .all()
      .find(({ record }) => record.id === deviceId);
    return device?.record.name ?? text("device.unknown");
  };
};

/** The time, told again every so many milliseconds. */
export const useNow = (everyMs: number): number => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
};

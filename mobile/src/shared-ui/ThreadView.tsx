/**
 * The conversation. It follows its end only while the reader is there; else a button says that there is more.
 * A screen reader hears a reply once, when it is complete.
 */
import { readGrants } from "@deskhand/doc-schema/document";
import type { TimelineEntry } from "@deskhand/doc-schema/views";
import { arrowDown } from "ionicons/icons";
import { Fragment, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Icon } from "./Icon.tsx";
import type { TaskCardProps } from "./TaskCard.tsx";
import { useLocale, useText } from "./texts.tsx";
import { TimelineRow } from "./TimelineRow.tsx";
import { DAY, isSameDay, useTimes } from "./times.ts";
import { useOrder } from "./use-order.ts";
import {
  useDesktopName,
  useMayOrder,
  useMeta,
  useNow,
  useOlderMessages,
  useTimeline,
  useWorkspace,
} from "./workspace-context.tsx";

/** This close to its end the thread counts as read to the end (pixels). */
const AT_END_PX = 60;
/** This close to its start older entries are fetched (pixels). */
const AT_START_PX = 80;
/** Entries that are drawn at first, and added by each tap: a long thread opens as fast as a short one. */
const PAGE = 60;

const scrollToEnd = (element: HTMLElement | null): void => {
  if (element !== null) element.scrollTop = element.scrollHeight;
};

export const ThreadView = ({ onOpenTask }: Pick<TaskCardProps, "onOpenTask">) => {
  const say = useText();
  const entries = useTimeline();
  const lastReply = entries.findLast((entry) => entry.type === "reply" && entry.reply.done);
  return (
    <section className="dh-thread" aria-label={say("thread.label")}>
      {entries.length === 0 ? (
        <div className="dh-thread-scroll">
          <EmptyThread />
        </div>
      ) : (
        <Timeline entries={entries} onOpenTask={onOpenTask} />
      )}
      <p className="dh-sr" aria-live="polite">
        {lastReply?.type === "reply" ? lastReply.reply.text : ""}
      </p>
    </section>
  );
};

const Timeline = ({
  entries,
  onOpenTask,
}: { readonly entries: readonly TimelineEntry[] } & Pick<TaskCardProps, "onOpenTask">) => {
  const say = useText();
  const older = useOlderMessages();
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const fromEnd = useRef<number>(undefined);
  const [hasMore, setHasMore] = useState(false);
  const [shown, setShown] = useState(PAGE);
  const hidden = Math.max(0, entries.length - shown);
  const shownEntries = entries.slice(hidden);
  const last = entries.at(-1);
  /** Another text whenever the end of the thread is another. */
  const mark = `${last?.id} ${last?.type === "reply" ? last.reply.text.length : ""}`;
  const seen = useRef("");
  const seenStart = useRef("");

  /** Another text whenever the start of what is shown is another. */
  const start = `${shownEntries[0]?.id} ${older.state().type}`;

  const notePlace = useCallback((): void => {
    const element = scroller.current;
    if (element !== null) fromEnd.current = element.scrollHeight - element.scrollTop;
  }, []);
  /** What is read stays where it is when something comes before it: the distance to the end is kept. */
  useLayoutEffect(() => {
    if (seenStart.current === start) return;
    seenStart.current = start;
    const element = scroller.current;
    if (isAtEnd.current || element === null || fromEnd.current === undefined) return;
    element.scrollTop = element.scrollHeight - fromEnd.current;
  }, [start]);
  useLayoutEffect(() => {
    if (seen.current === mark) return;
    seen.current = mark;
    if (isAtEnd.current) scrollToEnd(scroller.current);
    else {
      notePlace();
      setHasMore(true);
    }
  }, [mark, notePlace]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => (isAtEnd.current ? scrollToEnd(element) : notePlace()));
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [notePlace]);
  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX;
    notePlace();
    if (isAtEnd.current) setHasMore(false);
    else if (element.scrollTop < AT_START_PX && older.state().type === "idle") void showOlder();
  };
  const showOlder = async (): Promise<void> => {
    isAtEnd.current = false; // who asks for the past reads there
    if (hidden > 0 || (older.hasMore() && (await older.load()))) setShown((count) => count + PAGE);
  };

  return (
    <>
      <div className="dh-thread-scroll" ref={scroller} onScroll={onScroll} tabIndex={-1}>
        <ol className="dh-timeline">
          <Older hasHidden={hidden > 0} onShow={() => void showOlder()} />
          {shownEntries.map((entry, at) => (
            <Fragment key={entry.id}>
              <DayDivider at={entry.at} before={shownEntries[at - 1]?.at} />
              <TimelineRow entry={entry} onOpenTask={onOpenTask} />
            </Fragment>
          ))}
        </ol>
      </div>
      {hasMore && (
        <button type="button" className="dh-button pill dh-new" onClick={() => scrollToEnd(scroller.current)}>
          {say("thread.new")} <Icon icon={arrowDown} size={16} />
        </button>
      )}
    </>
  );
};

/** What comes before the first entry: a way to it, how it comes, or why it does not. */
const Older = ({ hasHidden, onShow }: { readonly hasHidden: boolean; readonly onShow: () => void }) => {
  const say = useText();
  const desktop = useDesktopName();
  const older = useOlderMessages();
  const state = older.state();
  if (!hasHidden && !older.hasMore()) return null;
  return (
    <li className="dh-older" role="status">
      {!hasHidden && state.type === "failed" && (
        <p className="dh-note">{say(`older.${state.problem}`, { desktop })}</p>
      )}
      {!hasHidden && state.type === "loading" ? (
        <p className="dh-note">{say("older.loading", { fraction: state.fraction })}</p>
      ) : (
        <button type="button" className="dh-button plain" onClick={onShow}>
          {say(!hasHidden && state.type === "failed" ? "older.again" : "thread.more")}
        </button>
      )}
    </li>
  );
};

const DayDivider = ({ at, before }: { readonly at: number; readonly before: number | undefined }) => {
  const say = useText();
  const times = useTimes();
  const now = useNow(60_000);
  if (at === 0 || (before !== undefined && isSameDay(before, at))) return null;
  const word = isSameDay(at, now)
    ? say("day.today")
    : isSameDay(at, now - DAY)
      ? say("day.yesterday")
      : times.date(at);
  return (
    <li className="dh-day">
      <span>{word}</span>
    </li>
  );
};

const EmptyThread = () => {
  const say = useText();
  const locale = useLocale();
  const desktop = useDesktopName();
  const { doc, orders } = useWorkspace();
  const { give } = useOrder();
  const mayOrder = useMayOrder();
  const hasArrived = useMeta() !== undefined;
  const folders = readGrants(doc)
    .entries.filter((grant) => grant.state === "available")
    .map((grant) => grant.name);
  if (!hasArrived) return <p className="dh-empty dh-note">{say("thread.empty.loading")}</p>;
  return (
    <div className="dh-empty">
      <h2>{say("thread.empty.title", { desktop })}</h2>
      <div className="dh-tries" hidden={!mayOrder}>
        {(["thread.try.1", "thread.try.2", "thread.try.3"] as const).map((key) => (
          <button
            key={key}
            type="button"
            className="dh-try"
            onClick={() => void give(() => orders.sendTask(say(key), locale))}
          >
            {say(key)}
          </button>
        ))}
      </div>
      <p className="dh-note">
        {folders.length === 0
          ? say("thread.empty.none", { desktop })
          : say("thread.empty.body", { folders: folders.join(", ") })}
      </p>
    </div>
  );
};

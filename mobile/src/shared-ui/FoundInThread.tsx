/** The thread around one entry that somebody looked for: that entry is in the middle, marked, and has the focus. */
import type { TimelineEntry } from "@deskhand/doc-schema/views";
import { useEffect, useRef, useState } from "react";
import type { TaskCardProps } from "./TaskCard.tsx";
import { TimelineRow } from "./TimelineRow.tsx";
import { useTimeline } from "./workspace-context.tsx";

/** Entries on each side at first, and added by each press. */
const PAGE = 20;

export interface FoundInThreadProps extends Pick<TaskCardProps, "onOpenTask"> {
  /** Of a message, task or reply; another one is another component (`key`). */
  readonly entryId: string;
  readonly words: {
    readonly label: string;
    readonly earlier: string;
    readonly later: string;
    /** It is in the thread no more. */
    readonly gone: string;
  };
}

export const FoundInThread = ({ entryId, words, onOpenTask }: FoundInThreadProps) => {
  const entries = useTimeline();
  const [before, setBefore] = useState(PAGE);
  const [after, setAfter] = useState(PAGE);
  const mark = useRef<HTMLOListElement>(null);
  const at = entries.findIndex(({ id }) => id === entryId);
  const found = entries[at];
  useEffect(() => {
    mark.current?.focus({ preventScroll: true });
    mark.current?.scrollIntoView({ block: "center" });
  }, []);
  const rows = (some: readonly TimelineEntry[]) =>
    some.map((entry) => <TimelineRow key={entry.id} entry={entry} onOpenTask={onOpenTask} />);

  return (
    <section className="dh-thread" aria-label={words.label}>
      <div className="dh-thread-scroll">
        {found === undefined ? (
          <p className="dh-empty dh-note">{words.gone}</p>
        ) : (
          <>
            {at > before && <More word={words.earlier} onPress={() => setBefore(before + PAGE)} />}
            <ol className="dh-timeline">{rows(entries.slice(Math.max(0, at - before), at))}</ol>
            <ol className="dh-timeline dh-found" ref={mark} tabIndex={-1} aria-label={words.label}>
              {rows([found])}
            </ol>
            <ol className="dh-timeline">{rows(entries.slice(at + 1, at + 1 + after))}</ol>
            {at + 1 + after < entries.length && (
              <More word={words.later} onPress={() => setAfter(after + PAGE)} />
            )}
          </>
        )}
      </div>
    </section>
  );
};

const More = ({ word, onPress }: { readonly word: string; readonly onPress: () => void }) => (
  <button type="button" className="dh-button plain" onClick={onPress}>
    {word}
  </button>
);

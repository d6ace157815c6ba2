/**
 * Words anywhere in the history: the live thread and the whole archive of this computer.
 * An answer counts only while it is that of the words that stand in the field.
 */
import { useTimes } from "@deskhand/mobile/shared-ui";
import { useEffect, useId, useRef, useState } from "react";
import { MAX_QUERY, MAX_SEARCH, type SearchAnswer } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { Icon } from "../Icon.tsx";
import { Pane } from "../Pane.tsx";
import { useDesktopText } from "../texts.ts";

/** While somebody types, nothing is asked (milliseconds). */
const PAUSE_MS = 200;
const PAGE = 50;

export interface SearchPaneProps {
  readonly onOpen: (entryId: string) => void;
}

type Looking =
  | { readonly type: "idle" | "busy" | "failed" }
  | { readonly type: "answered"; readonly query: string; readonly answer: SearchAnswer };

export const SearchPane = ({ onOpen }: SearchPaneProps) => {
  const say = useDesktopText();
  const [query, setQuery] = useState("");
  const [limit, setLimit] = useState(PAGE);
  const looking = useSearch(query.trim(), limit);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);

  return (
    <Pane title={say("search.title")} lead={say("search.lead")}>
      <search className="card">
        <label className="sr" htmlFor={id}>
          {say("search.words")}
        </label>
        <input
          id={id}
          ref={field}
          className="field wide"
          type="search"
          autoComplete="off"
          maxLength={MAX_QUERY}
          placeholder={say("search.words")}
          value={query}
          onChange={({ target }) => {
            setQuery(target.value);
            setLimit(PAGE);
          }}
        />
        <p className="note" role="status">
          <HowItGoes looking={looking} />
        </p>
      </search>
      {looking.type === "answered" && looking.answer.found.length > 0 && (
        <section className="card">
          <ul className="rows" aria-label={say("search.found")}>
            {looking.answer.found.map((found) => (
              <FoundRow key={found.id} found={found} query={looking.query} onOpen={onOpen} />
            ))}
          </ul>
          {looking.answer.hasMore && limit < MAX_SEARCH && (
            <button type="button" className="button small" onClick={() => setLimit(limit + PAGE)}>
              {say("search.more")}
            </button>
          )}
        </section>
      )}
    </Pane>
  );
};

const useSearch = (query: string, limit: number): Looking => {
  const [looking, setLooking] = useState<Looking>({ type: "idle" });
  useEffect(() => {
    let isCurrent = true;
    const show = (next: Looking): void => {
      if (isCurrent) setLooking(next);
    };
    if (query === "") show({ type: "idle" });
    const timer = setTimeout(() => {
      if (query === "") return;
      show({ type: "busy" });
      ask("search", { query, limit }).then(
        (answer) => show({ type: "answered", query, answer }),
        () => show({ type: "failed" }),
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query, limit]);
  return looking;
};

const HowItGoes = ({ looking }: { readonly looking: Looking }) => {
  const say = useDesktopText();
  if (looking.type !== "answered") return say(`search.${looking.type}`);
  const { found, hasMore, unreadable } = looking.answer;
  const unread = unreadable > 0 ? ` ${say("search.unreadable", { count: unreadable })}` : "";
  if (found.length === 0) return say("search.nothing", { query: looking.query }) + unread;
  return say(hasMore ? "search.count-more" : "search.count", { count: found.length }) + unread;
};

interface FoundRowProps extends SearchPaneProps {
  readonly found: SearchAnswer["found"][number];
  readonly query: string;
}

const FoundRow = ({ found: { id, at, excerpt, isArchived }, query, onOpen }: FoundRowProps) => {
  const say = useDesktopText();
  const times = useTimes();
  const where = say(isArchived ? "search.in-archive" : "search.in-thread", { time: times.clock(at) });
  const text = (
    <span className="entry-text">
      <span className="excerpt">{marked(excerpt, query)}</span>
      <span className="note">{where}</span>
    </span>
  );
  return (
    <li className="entry">
      {isArchived ? (
        text
      ) : (
        <button type="button" className="entry-open" onClick={() => onOpen(id)}>
          {text}
          <Icon name="forward" size={18} />
        </button>
      )}
    </li>
  );
};

/** The words themselves are marked where they stand as they were typed; others only sound alike. */
const marked = (excerpt: string, query: string) => {
  const words = query.split(/\s+/).map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  const pieces = excerpt.split(new RegExp(`(${words.join("|")})`, "giu"));
  // With one group, split puts what matched at the odd places. A piece has no name but its place.
  return pieces.map((piece, at) => (at % 2 === 1 ? <mark key={at}>{piece}</mark> : piece));
};

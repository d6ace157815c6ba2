/** What Deskhand remembers from task to task: every note whole, to be read, changed and deleted by whoever may order. */
import { useState } from "react";
import { plainText } from "./plain-text.ts";
import { useText } from "./texts.tsx";
import { useOrder } from "./use-order.ts";
import { useMayOrder, useMeta, useWorkspace } from "./workspace-context.tsx";

/** The desktop keeps no longer ones. */
const MAX_NOTE_LENGTH = 1_000;

export const NoteList = () => {
  const say = useText();
  const notes = useMeta()?.notes ?? [];
  if (notes.length === 0) return <p className="dh-note">{say("notes.empty")}</p>;
  return (
    <ul className="dh-cards dh-notes">
      {notes.map((note) => (
        <NoteRow key={`${note.name} ${note.text}`} {...note} />
      ))}
    </ul>
  );
};

const NoteRow = ({ name, text }: { readonly name: string; readonly text: string }) => {
  const say = useText();
  const { orders } = useWorkspace();
  const { busy, problem, give } = useOrder();
  const mayOrder = useMayOrder();
  const [typed, setTyped] = useState<string>();
  const [isSent, setSent] = useState(false);
  const title = plainText(name);
  const set = (next: string): void =>
    void give(() => orders.give({ type: "note-set", name, text: next })).then((isGiven) => {
      setSent(isGiven);
      if (isGiven) setTyped(undefined);
    });
  return (
    <li>
      <strong>{title}</strong>
      {typed === undefined ? (
        <p className="dh-note-text">{plainText(text)}</p>
      ) : (
        <textarea
          className="dh-field"
          rows={4}
          maxLength={MAX_NOTE_LENGTH}
          value={typed}
          aria-label={title}
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      {(isSent || problem !== undefined) && (
        <p className={problem === undefined ? "dh-note" : "dh-problem"} role="status">
          {say(problem === undefined ? "notes.sent" : "queue.failed")}
        </p>
      )}
      {mayOrder && !isSent && (
        <div className="dh-actions">
          {typed === undefined ? (
            <>
              <button type="button" className="dh-button small" onClick={() => setTyped(text)}>
                {say("notes.change")}
              </button>
              <button
                type="button"
                className="dh-button danger small"
                disabled={busy}
                onClick={() => set("")}
              >
                {say("notes.delete")}
              </button>
            </>
          ) : (
            <>
              <button type="button" className="dh-button small" onClick={() => setTyped(undefined)}>
                {say("approval.not-now")}
              </button>
              <button
                type="button"
                className="dh-button primary small"
                disabled={busy || typed.trim() === "" || typed.trim() === text}
                onClick={() => set(typed.trim())}
              >
                {say("queue.save")}
              </button>
            </>
          )}
        </div>
      )}
    </li>
  );
};

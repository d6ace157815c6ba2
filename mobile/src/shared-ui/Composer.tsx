/**
 * Where one writes. The button says before the tap whether it starts or joins the queue; typed text is never lost:
 * it is back in the field when the order could not be stored.
 */
import { MAX_TEXT_LENGTH } from "@deskhand/doc-schema/document";
import { isOpen } from "@deskhand/doc-schema/views";
import { arrowUp } from "ionicons/icons";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { AttachButton, AttachmentChips } from "./AttachmentChips.tsx";
import { Icon } from "./Icon.tsx";
import { useLocale, useText } from "./texts.tsx";
import { useAttachments } from "./use-attachments.ts";
import { useOrder } from "./use-order.ts";
import { useDesktopName, useMayOrder, useMeta, useTaskViews, useWorkspace } from "./workspace-context.tsx";

export interface ComposerProps {
  /** On the desktop Enter sends and Shift+Enter is a new line; on the phone Enter is a new line. */
  readonly sendOnEnter: boolean;
  /** What was typed here before; read once. */
  readonly draft?: string | undefined;
  readonly onDraft?: (text: string) => void;
  /** Another number moves the focus here. */
  readonly focusRequest?: number;
}

/** Where a new task would stand in the queue, 1 = next; 0 = it starts at once. Who waits for a person holds nobody up. */
const useNextPlace = (): number => {
  const meta = useMeta();
  const before = useTaskViews().filter(
    (view) => isOpen(view) && view.run?.state !== "waiting" && !view.run?.heldAt,
  ).length;
  const atOnce = meta?.pausedAt ? 0 : (meta?.limits?.runsAtOnce ?? 1);
  return Math.max(0, before + 1 - atOnce);
};

/** How long the word about what was just sent stays (milliseconds). */
const WORD_MS = 6_000;

/** Absent where this device only reads. */
export const Composer = (props: ComposerProps) => (useMayOrder() ? <OpenComposer {...props} /> : null);

const OpenComposer = ({ sendOnEnter, draft = "", onDraft, focusRequest = 0 }: ComposerProps) => {
  const say = useText();
  const locale = useLocale();
  const { orders, connection, desktop, files } = useWorkspace();
  const canAttach = files !== undefined;
  const desktopName = useDesktopName();
  const place = useNextPlace();
  const { busy, problem, give } = useOrder();
  const [text, setText] = useState(draft);
  const [word, setWord] = useState<string>();
  const attached = useAttachments();
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (focusRequest > 0) field.current?.focus();
  }, [focusRequest]);
  useEffect(() => {
    if (word === undefined) return undefined;
    const timer = setTimeout(() => setWord(undefined), WORD_MS);
    return () => clearTimeout(timer);
  }, [word]);

  /** What is in the field now, also for a send that is still being stored. */
  const typed = useRef(draft);
  const show = (next: string): void => {
    typed.current = next;
    setText(next);
  };
  const change = (next: string): void => {
    show(next);
    onDraft?.(next);
  };
  const there = attached.files.flatMap(({ state }) => (state.type === "there" ? [state.attachment] : []));
  const isThere = there.length === attached.files.length;
  const send = async (): Promise<void> => {
    const prompt = text.trim();
    if (prompt === "" || busy || !isThere) return;
    const along = there.length === 0 ? [] : [there];
    show(""); // what is typed while this is stored is another text
    if (!(await give(() => orders.sendTask(prompt, locale, ...along))))
      return change(typed.current === "" ? text : `${text}\n${typed.current}`);
    onDraft?.(typed.current);
    attached.clear();
    if (connection().phase !== "live") setWord(say("composer.offline"));
    else if (!desktop().online) setWord(say("composer.asleep", { desktop: desktopName }));
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!sendOnEnter || event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void send();
  };
  const isEmpty = text.trim() === "";
  const label = place === 0 ? say("composer.send") : say("composer.queue", { place });
  return (
    <form
      className="dh-composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {(word ?? problem) !== undefined && (
        <p className={problem === undefined ? "dh-note" : "dh-problem"} role="status">
          {problem === undefined
            ? word
            : problem === "too-long"
              ? say("composer.too-long", { max: MAX_TEXT_LENGTH })
              : say("composer.failed", { reason: problem })}
        </p>
      )}
      <AttachmentChips {...attached} />
      <div className="dh-composer-row">
        {canAttach && <AttachButton add={attached.add} />}
        <textarea
          ref={field}
          rows={1}
          className="dh-field"
          value={text}
          placeholder={say("composer.hint")}
          aria-label={say("composer.hint")}
          enterKeyHint={sendOnEnter ? "send" : "enter"}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button
          type="submit"
          className="dh-send"
          disabled={isEmpty || busy || !isThere}
          aria-label={isThere ? label : say("file.wait")}
          title={!isThere ? say("file.wait") : isEmpty ? say("composer.empty") : label}
        >
          {place > 0 && !isEmpty && <span>{label}</span>}
          <Icon icon={arrowUp} size={22} />
        </button>
      </div>
    </form>
  );
};

/** The files beside the composer: name, how far each is, and what can be done about it. */
import { attach, close, refresh } from "ionicons/icons";
import { useRef } from "react";
import { fileProblemKey } from "./file-problems.ts";
import { Icon } from "./Icon.tsx";
import { plainText } from "./plain-text.ts";
import { useText } from "./texts.tsx";
import type { Attachments } from "./use-attachments.ts";

export const AttachmentChips = ({ files, remove, retry }: Attachments) => {
  const say = useText();
  if (files.length === 0) return null;
  return (
    <ul className="dh-chips" aria-label={say("file.list")}>
      {files.map(({ id, file, state }) => {
        const name = plainText(file.name);
        return (
          <li key={id} className={state.type}>
            <span className="dh-chip-name">{name}</span>
            <span className="dh-note" role="status">
              {state.type === "sending" && say("file.sending", { fraction: state.fraction })}
              {state.type === "there" && say("file.there")}
              {state.type === "failed" && say(fileProblemKey(state.problem))}
            </span>
            {state.type === "failed" && (
              <button type="button" aria-label={say("file.again", { name })} onClick={() => retry(id)}>
                <Icon icon={refresh} size={18} />
              </button>
            )}
            <button type="button" aria-label={say("file.remove", { name })} onClick={() => remove(id)}>
              <Icon icon={close} size={18} />
            </button>
          </li>
        );
      })}
    </ul>
  );
};

export const AttachButton = ({ add }: Pick<Attachments, "add">) => {
  const say = useText();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        className="dh-attach"
        aria-label={say("file.attach")}
        title={say("file.attach")}
        onClick={() => input.current?.click()}
      >
        <Icon icon={attach} size={24} />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={say("file.attach")}
        onChange={(event) => {
          add(event.target.files ?? []);
          event.target.value = ""; // the same file may be picked again
        }}
      />
    </>
  );
};

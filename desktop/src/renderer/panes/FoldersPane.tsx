/** What it may use: the granted folders, and what it asks about in any case. */
import { readGrants, type Grant } from "@deskhand/doc-schema/document";
import { useState } from "react";
import type { Outcome } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { Icon } from "../Icon.tsx";
import { Pane } from "../Pane.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";

const RULES = ["folders.rule-1", "folders.rule-2", "folders.rule-3", "folders.rule-4"] as const;

export const FoldersPane = () => {
  const say = useDesktopText();
  const { workspace } = useStore();
  const [problem, setProblem] = useState<string>();
  const grants = readGrants(workspace.doc).entries.filter((grant) => grant.state !== "removed");

  const change = async (outcome: Promise<Outcome>): Promise<void> => {
    const answered = await outcome;
    setProblem(answered.type === "refused" ? answered.reason : undefined);
  };

  return (
    <Pane title={say("folders.title")} lead={say("folders.lead")}>
      <section className="card">
        {grants.length === 0 && (
          <div className="empty">
            <Icon name="folders" size={40} />
            <strong>{say("folders.empty")}</strong>
            <span className="note">{say("folders.empty-note")}</span>
          </div>
        )}
        <ul className="rows">
          {grants.map((grant) => (
            <FolderRow key={grant.id} grant={grant} onChange={change} />
          ))}
        </ul>
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <button
          type="button"
          className="button primary"
          onClick={() => void change(ask("addFolder", { mode: "read-write" }))}
        >
          <Icon name="plus" size={18} />
          {say("folders.add")}
        </button>
      </section>
      <section className="card">
        <h2>{say("folders.always")}</h2>
        <ul className="plain">
          {RULES.map((rule) => (
            <li key={rule}>{say(rule)}</li>
          ))}
        </ul>
        <p className="note">{say("folders.rules-note")}</p>
      </section>
    </Pane>
  );
};

interface FolderRowProps {
  readonly grant: Grant;
  readonly onChange: (outcome: Promise<Outcome>) => Promise<void>;
}

const FolderRow = ({ grant: { id, name, target, mode, state }, onChange }: FolderRowProps) => {
  const say = useDesktopText();
  return (
    <li className="entry">
      <span className="entry-icon">
        <Icon name="folders" />
      </span>
      <span className="entry-text">
        <strong>{name}</strong>
        <span className="note path">{target}</span>
        {state === "missing" && <span className="problem">{say("folders.missing")}</span>}
      </span>
      <select
        className="select"
        aria-label={say("folders.mode", { name })}
        value={mode}
        onChange={({ target: { value } }) =>
          void onChange(ask("setFolderMode", { grantId: id, mode: value === "read" ? "read" : "read-write" }))
        }
      >
        <option value="read">{say("folders.read")}</option>
        <option value="read-write">{say("folders.read-write")}</option>
      </select>
      <ConfirmButton
        label={say("folders.remove")}
        question={say("folders.remove-ask", { name })}
        note={say("folders.remove-note")}
        keep={say("folders.keep")}
        onConfirm={() => ask("removeFolder", { grantId: id })}
      />
    </li>
  );
};

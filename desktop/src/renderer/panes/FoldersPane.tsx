/** What it may use: the granted folders, and what it asks about in any case. */
import { readGrants, type Grant } from "@deskhand/doc-schema/document";
import { useState } from "react";
import type { GrantMode } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { Icon } from "../Icon.tsx";
import { useStore } from "../store-context.tsx";
import { useTexts } from "../texts.tsx";

export const FoldersPane = () => {
  const { folders } = useTexts();
  const { workspace } = useStore();
  const [problem, setProblem] = useState<string>();
  const grants = readGrants(workspace.doc).entries.filter((grant) => grant.state !== "removed");

  const add = async (): Promise<void> => {
    const outcome = await ask("addFolder", { mode: "read-write" });
    setProblem(outcome.type === "refused" ? outcome.reason : undefined);
  };
  const setMode = async (grant: Grant, mode: GrantMode): Promise<void> => {
    const outcome = await ask("setFolderMode", { grantId: grant.id, mode });
    setProblem(outcome.type === "refused" ? outcome.reason : undefined);
  };

  return (
    <div className="pane">
      <header className="pane-head">
        <h1>{folders.title}</h1>
        <p>{folders.lead}</p>
      </header>
      <section className="card">
        {grants.length === 0 && (
          <div className="empty">
            <Icon name="folders" size={40} />
            <strong>{folders.empty}</strong>
            <span className="note">{folders.emptyNote}</span>
          </div>
        )}
        <ul className="rows">
          {grants.map((grant) => (
            <li key={grant.id} className="entry">
              <span className="entry-icon">
                <Icon name="folders" />
              </span>
              <span className="entry-text">
                <strong>{grant.name}</strong>
                <span className="note path">{grant.target}</span>
                {grant.state === "missing" && <span className="problem">{folders.missing}</span>}
              </span>
              <select
                className="select"
                aria-label={`${folders.mode}: ${grant.name}`}
                value={grant.mode}
                onChange={(event) =>
                  void setMode(grant, event.target.value === "read" ? "read" : "read-write")
                }
              >
                <option value="read">{folders.read}</option>
                <option value="read-write">{folders.readWrite}</option>
              </select>
              <ConfirmButton
                label={folders.remove}
                question={folders.removeAsk(grant.name)}
                note={folders.removeNote}
                keep={folders.keep}
                onConfirm={() => ask("removeFolder", { grantId: grant.id })}
              />
            </li>
          ))}
        </ul>
        {problem !== undefined && (
          <p className="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="button" className="button primary" onClick={() => void add()}>
          <Icon name="plus" size={18} />
          {folders.add}
        </button>
      </section>
      <section className="card">
        <h2>{folders.always}</h2>
        <ul className="plain">
          {folders.rules.map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
        <p className="note">{folders.rulesNote}</p>
      </section>
    </div>
  );
};

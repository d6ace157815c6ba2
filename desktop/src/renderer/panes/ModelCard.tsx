/** Which model answers, how much it reads at once, and how to have another. */
import { modelName, useLocale, useText } from "@deskhand/mobile/shared-ui";
import { useState } from "react";
import type { Outcome } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";
import { ModelForm } from "./ModelForm.tsx";

type Stage = "shown" | "changing" | "saved";

export const ModelCard = () => {
  const say = useDesktopText();
  const shared = useText();
  const locale = useLocale();
  const { model, contextTokens, hasModelKey, isModelFixed } = useStore().facts;
  const [stage, setStage] = useState<Stage>("shown");
  const forget = async (): Promise<Outcome> => {
    const outcome = await ask("forgetModelKey", undefined);
    if (outcome.type === "done") setStage("saved");
    return outcome;
  };
  return (
    <section className="card">
      <h2>{say("settings.model")}</h2>
      <p className="path">{modelName(model, shared)}</p>
      <p className="note">
        {say(hasModelKey ? "settings.key-here" : "settings.key-missing")}
        {isModelFixed && ` ${say("model.fixed")}`}
      </p>
      {contextTokens !== undefined && (
        <p className="note">{say("model.reads", { tokens: contextTokens.toLocaleString(locale) })}</p>
      )}
      {stage === "saved" && (
        <div className="row" role="status">
          <span>{say("model.saved")}</span>
          <button
            type="button"
            className="button primary small"
            onClick={() => void ask("restart", undefined)}
          >
            {say("model.restart")}
          </button>
        </div>
      )}
      {stage === "changing" && <ModelForm onSaved={() => setStage("saved")} />}
      {stage === "shown" && !isModelFixed && (
        <div className="row">
          <button type="button" className="button small" onClick={() => setStage("changing")}>
            {say(hasModelKey ? "model.change" : "model.add")}
          </button>
          {hasModelKey && (
            <ConfirmButton
              label={say("model.forget")}
              question={say("model.forget-ask")}
              note={say("model.forget-note")}
              keep={say("model.keep")}
              onConfirm={forget}
            />
          )}
        </div>
      )}
    </section>
  );
};

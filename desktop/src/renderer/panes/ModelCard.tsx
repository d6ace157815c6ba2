/**
 * Which model answers, and how to have another: a key is kept only after its server has taken it, and is never shown
 * again. What was typed stays when it is turned down.
 */
import { modelName, useText } from "@deskhand/mobile/shared-ui";
import { useId, useState, type SyntheticEvent } from "react";
import type { ModelCheck, Outcome } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";

type Stage = "shown" | "changing" | "saved";

export const ModelCard = () => {
  const say = useDesktopText();
  const shared = useText();
  const { model, hasModelKey, isModelFixed } = useStore().facts;
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

const ModelForm = ({ onSaved }: { readonly onSaved: () => void }) => {
  const say = useDesktopText();
  const { hasModelKey } = useStore().facts;
  const id = useId();
  const [key, setKey] = useState("");
  const [address, setAddress] = useState("");
  const [model, setModel] = useState("");
  const [checked, setChecked] = useState<ModelCheck>();
  const [isBusy, setBusy] = useState(false);
  const server = { key: key.trim() || null, baseUrl: address.trim() || null };
  const works = checked?.type === "works";
  const isAddress = address.trim() === "" || /^https?:\/\/[^\s/@]+(\/\S*)?$/.test(address.trim());
  const submit = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      if (!works) {
        const answer = await ask("checkModel", server);
        setChecked(answer);
        if (answer.type === "works") setModel(answer.models[0]?.id ?? "");
        return;
      }
      const outcome = await ask("saveModel", { ...server, model: model.trim() });
      if (outcome.type === "refused") setChecked({ type: "refused", reason: outcome.reason });
      else onSaved();
    } finally {
      setBusy(false);
    }
  };
  const type = (set: (text: string) => void) => (text: string) => {
    set(text);
    setChecked(undefined); // it was about other words
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <label htmlFor={`${id} key`}>{say(hasModelKey ? "model.key-kept" : "model.key")}</label>
      <input
        id={`${id} key`}
        className="field"
        type="password"
        autoComplete="off"
        spellCheck={false}
        required={!hasModelKey}
        value={key}
        onChange={({ target }) => type(setKey)(target.value)}
      />
      <label htmlFor={`${id} address`}>{say("model.address")}</label>
      <input
        id={`${id} address`}
        className="field"
        inputMode="url"
        placeholder="https://api.anthropic.com"
        aria-invalid={!isAddress}
        value={address}
        onChange={({ target }) => type(setAddress)(target.value)}
      />
      {works && (
        <>
          <label htmlFor={`${id} model`}>{say("settings.model")}</label>
          {checked.models.length > 0 ? (
            <select
              id={`${id} model`}
              className="field"
              value={model}
              onChange={({ target }) => setModel(target.value)}
            >
              {checked.models.map((each) => (
                <option key={each.id} value={each.id}>
                  {each.name}
                </option>
              ))}
            </select>
          ) : (
            <input
              id={`${id} model`}
              className="field"
              required
              value={model}
              onChange={({ target }) => setModel(target.value)}
            />
          )}
        </>
      )}
      {checked !== undefined && (
        <p className={works ? "note" : "problem"} role={works ? "status" : "alert"}>
          {works ? say("model.works", { count: checked.models.length }) : checked.reason}
        </p>
      )}
      <button type="submit" className="button primary" disabled={isBusy || !isAddress}>
        {say(works ? "limits.save" : "model.check")}
      </button>
    </form>
  );
};

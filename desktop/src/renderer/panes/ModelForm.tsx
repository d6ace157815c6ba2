/**
 * The form for another model: a key is kept only after its server has taken it, and is never shown again. What was typed
 * stays when it is turned down. What the model reads at once is asked only where its server does not say it.
 */
import { useLocale } from "@deskhand/mobile/shared-ui";
import { useId, useState, type SyntheticEvent } from "react";
import { CONTEXT_BOUNDS, CONTEXT_TOKENS, SERVER_ADDRESS, type ModelCheck } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";

export const ModelForm = ({ onSaved }: { readonly onSaved: () => void }) => {
  const say = useDesktopText();
  const locale = useLocale();
  const { hasModelKey, modelAddress = "" } = useStore().facts;
  const id = useId();
  const [key, setKey] = useState("");
  const [address, setAddress] = useState(modelAddress);
  const [model, setModel] = useState("");
  const [context, setContext] = useState("");
  const [checked, setChecked] = useState<ModelCheck>();
  const [isBusy, setBusy] = useState(false);
  const server = { key: key.trim() || null, baseUrl: address.trim() || null };
  const works = checked?.type === "works";
  const listed = works ? checked.models.find(({ id }) => id === model)?.contextTokens : undefined;
  const isAddress = address.trim() === "" || SERVER_ADDRESS.test(address.trim());
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
      const outcome = await ask("saveModel", {
        ...server,
        model: model.trim(),
        // what was typed of a model that the server knows better is not meant for this one
        contextTokens: listed === undefined && context.trim() !== "" ? Number(context) : null,
      });
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
          {listed === undefined ? (
            <>
              <label htmlFor={`${id} context`}>
                {say("model.context", { tokens: CONTEXT_TOKENS.toLocaleString(locale) })}
              </label>
              <input
                id={`${id} context`}
                className="field"
                type="number"
                min={CONTEXT_BOUNDS.least}
                max={CONTEXT_BOUNDS.most}
                step={1}
                value={context}
                onChange={({ target }) => setContext(target.value)}
              />
            </>
          ) : (
            <p className="note">{say("model.listed", { tokens: listed.toLocaleString(locale) })}</p>
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

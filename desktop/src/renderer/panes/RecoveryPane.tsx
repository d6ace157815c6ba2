/** How this workspace survives the loss of this computer, and new keys for when one is in doubt. */
import { useTimes } from "@deskhand/mobile/shared-ui";
import { useState } from "react";
import type { KitState } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { ConfirmButton } from "../ConfirmButton.tsx";
import { Icon } from "../Icon.tsx";
import { Pane } from "../Pane.tsx";
import { useStore } from "../store-context.tsx";
import { useDesktopText } from "../texts.ts";
import { KitWords } from "./KitWords.tsx";

export const RecoveryPane = () => {
  const say = useDesktopText();
  const { kit } = useStore().state();
  /** Only here, and only while this pane is open. */
  const [words, setWords] = useState<readonly string[]>();
  const [hasProved, setProved] = useState(false);

  const finish = (): void => {
    setWords(undefined);
    setProved(true);
    void ask("kitIsWrittenDown", undefined);
  };
  return (
    <Pane title={say("recovery.title")} lead={say("recovery.lead")}>
      {words === undefined ? (
        <Kit kit={kit} hasProved={hasProved} onMade={setWords} />
      ) : (
        <KitWords words={words} onWrittenDown={finish} onLeave={() => setWords(undefined)} />
      )}
      <NewKeys />
    </Pane>
  );
};

interface KitProps {
  readonly kit: KitState;
  readonly hasProved: boolean;
  readonly onMade: (words: readonly string[]) => void;
}

const Kit = ({ kit, hasProved, onMade }: KitProps) => {
  const say = useDesktopText();
  const [problem, setProblem] = useState<string>();
  const make = async () => {
    const made = await ask("makeKit", undefined);
    if (made.type === "refused") return made;
    onMade(made.words);
    return { type: "done" } as const;
  };
  const makeFirst = async (): Promise<void> => {
    const made = await make();
    setProblem(made.type === "refused" ? say("failed", { reason: made.reason }) : undefined);
  };
  return (
    <section className="card">
      <h2>{say("kit.title")}</h2>
      <KitLine kit={kit} />
      {hasProved && (
        <p className="success" role="status">
          {say("kit.proved")}
        </p>
      )}
      <ul className="plain">
        <li>{say("kit.what-1")}</li>
        <li>{say("kit.what-2")}</li>
        <li>{say("kit.what-3")}</li>
      </ul>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {kit.type === "none" ? (
        <button type="button" className="button primary" onClick={() => void makeFirst()}>
          <Icon name="recovery" size={18} />
          {say("kit.make")}
        </button>
      ) : (
        <div className="row">
          <SaveFile />
          <ConfirmButton
            label={say("kit.again")}
            question={say("kit.again-ask")}
            note={say("kit.again-note")}
            keep={say("kit.keep")}
            onConfirm={make}
          />
        </div>
      )}
    </section>
  );
};

const KitLine = ({ kit }: Pick<KitProps, "kit">) => {
  const say = useDesktopText();
  const times = useTimes();
  if (kit.type === "none") return <p className="problem">{say("kit.none")}</p>;
  if (kit.madeAt === undefined) return <p className="success">{say("kit.since-restore")}</p>;
  const date = times.date(kit.madeAt);
  return kit.isWrittenDown ? (
    <p className="success">{say("kit.since", { date })}</p>
  ) : (
    <p className="problem">{say("kit.unproved", { date })}</p>
  );
};

const SaveFile = () => {
  const say = useDesktopText();
  const [said, setSaid] = useState<{ readonly isGood: boolean; readonly text: string }>();
  const save = async (): Promise<void> => {
    const outcome = await ask("saveKitFile", undefined);
    if (outcome.type === "done") setSaid({ isGood: true, text: say("kit.file-saved") });
    else if (outcome.type === "refused")
      setSaid({ isGood: false, text: say("kit.file-failed", { reason: outcome.reason }) });
  };
  return (
    <>
      <button type="button" className="button small" onClick={() => void save()}>
        {say("kit.file")}
      </button>
      {said !== undefined && (
        <p className={said.isGood ? "success" : "problem"} role="status">
          {said.text}
        </p>
      )}
    </>
  );
};

const NewKeys = () => {
  const say = useDesktopText();
  return (
    <section className="card">
      <h2>{say("renew.title")}</h2>
      <p className="note">{say("renew.note")}</p>
      <ConfirmButton
        label={say("renew.do")}
        question={say("renew.ask")}
        note={say("renew.ask-note")}
        keep={say("renew.keep")}
        isMild
        onConfirm={() => ask("renewKeys", undefined)}
      />
    </section>
  );
};

/**
 * The words of a recovery kit, typed. They live in this component's memory only and are gone when it is left; what is
 * wrong with them is named by its place.
 */
import { useEffect, useId, useRef, useState, type SyntheticEvent } from "react";
import type { RestoreAnswer } from "../../ipc-contract.ts";
import { ask } from "../bridge.ts";
import { useDesktopText } from "../texts.ts";

type Restored = Extract<RestoreAnswer, { readonly type: "restored" }>;

export interface RestoreFormProps {
  /** Proposed. */
  readonly relayUrl: string;
  readonly onRestored: (restored: Restored) => void;
  readonly onBack: () => void;
}

type Problem = Exclude<RestoreAnswer, Restored> | { readonly type: "failed" };

const SOURCES = ["relay", "file"] as const;

export const RestoreForm = ({ relayUrl, onRestored, onBack }: RestoreFormProps) => {
  const say = useDesktopText();
  const problemOf = useProblem();
  const [words, setWords] = useState("");
  const [source, setSource] = useState<(typeof SOURCES)[number]>("relay");
  const [address, setAddress] = useState(relayUrl);
  const [fileName, setFileName] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);

  const restore = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    const from = source === "relay" ? ({ type: "relay", address } as const) : ({ type: "file" } as const);
    try {
      const answer = await ask("restore", { words, from });
      if (answer.type === "restored") return onRestored(answer);
      setProblem(answer);
    } catch {
      setProblem({ type: "failed" }); // a bug or a disk of main, whose words are for its log
    }
    setBusy(false);
  };
  const chooseFile = async (): Promise<void> => {
    const chosen = await ask("chooseKitFile", undefined);
    if (chosen.type === "chosen") setFileName(chosen.name);
  };
  const isReady =
    words.trim() !== "" && (source === "relay" ? address.trim() !== "" : fileName !== undefined);

  return (
    <form className="card" onSubmit={(event) => void restore(event)}>
      <h2>
        <label htmlFor={`${id}words`}>{say("restore.words")}</label>
      </h2>
      <p className="note" id={`${id}note`}>
        {say("restore.words-note")}
      </p>
      <textarea
        id={`${id}words`}
        ref={field}
        className="field wide words-field"
        rows={4}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={1_000}
        aria-describedby={`${id}note ${id}problem`}
        disabled={isBusy}
        value={words}
        onChange={({ target }) => setWords(target.value)}
      />
      <div className="segments" role="radiogroup" aria-label={say("restore.from")}>
        {SOURCES.map((choice) => (
          <label key={choice} className={choice === source ? "segment chosen" : "segment"}>
            <input
              type="radio"
              name="source"
              checked={choice === source}
              disabled={isBusy}
              onChange={() => setSource(choice)}
            />
            {say(`restore.from-${choice}`)}
          </label>
        ))}
      </div>
      {source === "relay" ? (
        <input
          className="field wide"
          type="text"
          inputMode="url"
          autoComplete="off"
          aria-label={say("restore.address")}
          disabled={isBusy}
          value={address}
          onChange={({ target }) => setAddress(target.value)}
        />
      ) : (
        <div className="row">
          <button type="button" className="button" disabled={isBusy} onClick={() => void chooseFile()}>
            {say("restore.choose-file")}
          </button>
          <span className="note path">{fileName ?? ""}</span>
        </div>
      )}
      <p id={`${id}problem`} className="problem" role="alert">
        {problem === undefined ? "" : problemOf(problem)}
      </p>
      <div className="row">
        <button type="submit" className="button primary" disabled={isBusy || !isReady}>
          {say("restore.do")}
        </button>
        <button type="button" className="button quiet" disabled={isBusy} onClick={onBack}>
          {say("restore.back")}
        </button>
      </div>
      <p className="note" role="status">
        {isBusy ? say("restore.busy") : ""}
      </p>
    </form>
  );
};

/** What went wrong, what is safe, what to do. */
const useProblem = (): ((problem: Problem) => string) => {
  const say = useDesktopText();
  return (problem) => {
    switch (problem.type) {
      case "wrong-count":
        return say("restore.wrong-count", { count: problem.count });
      case "unknown-word":
        return problem.meant === undefined
          ? say("restore.unknown-word", { place: problem.place })
          : say("restore.meant-word", { place: problem.place, meant: problem.meant });
      case "bad-checksum":
      case "failed":
        return say(`restore.${problem.type}`);
      case "refused":
        return say(`restore.${problem.reason}`, { sentence: problem.sentence });
    }
  };
};

/**
 * The 24 words, once.
 * 1. They live in this component's memory only, and are gone when it is left; nothing here can copy or store them.
 * 2. They are covered as soon as the window loses the focus: a screen that is shared or photographed shows nothing.
 * 3. Two of them are asked back before the kit counts as written down.
 */
import { useEffect, useId, useRef, useState, type SyntheticEvent } from "react";
import { Icon } from "../Icon.tsx";
import { useDesktopText } from "../texts.ts";

export interface KitWordsProps {
  readonly words: readonly string[];
  readonly onWrittenDown: () => void;
  /** Without proof. */
  readonly onLeave: () => void;
}

export const KitWords = ({ words, onWrittenDown, onLeave }: KitWordsProps) => {
  const say = useDesktopText();
  const [isAsking, setAsking] = useState(false);
  const [isCovered, setCovered] = useState(false);
  useEffect(() => {
    const cover = (): void => setCovered(true);
    window.addEventListener("blur", cover);
    return () => window.removeEventListener("blur", cover);
  }, []);
  return (
    <section className="card kit" aria-label={say("kit.words")}>
      {isAsking ? (
        <AskBack words={words} onRight={onWrittenDown} onBack={() => setAsking(false)} />
      ) : (
        <>
          <h2>{say("kit.words")}</h2>
          <p className="note">{say("kit.words-note")}</p>
          <ol className={isCovered ? "words covered" : "words"} aria-hidden={isCovered}>
            {words.map((word, at) => (
              // A word may come twice; its place is what it is.
              <li key={at}>
                <span className="place">{at + 1}</span>
                {word}
              </li>
            ))}
          </ol>
          <div className="row">
            {isCovered ? (
              <button type="button" className="button" onClick={() => setCovered(false)}>
                <Icon name="eye" size={18} />
                {say("kit.uncover")}
              </button>
            ) : (
              <button type="button" className="button primary" onClick={() => setAsking(true)}>
                {say("kit.wrote")}
              </button>
            )}
            <button type="button" className="button quiet" onClick={onLeave}>
              {say("kit.leave")}
            </button>
          </div>
          <p className="note">{say("kit.leave-note")}</p>
        </>
      )}
    </section>
  );
};

/** Two places, one in each half of the paper. */
const choosePlaces = (count: number): readonly [number, number] => {
  const half = count / 2;
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint32Array(2));
  return [a % half, half + (b % half)];
};

interface AskBackProps {
  readonly words: readonly string[];
  readonly onRight: () => void;
  readonly onBack: () => void;
}

const AskBack = ({ words, onRight, onBack }: AskBackProps) => {
  const say = useDesktopText();
  const [places] = useState(() => choosePlaces(words.length));
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const [wrong, setWrong] = useState<number>();
  const first = useRef<HTMLInputElement>(null);
  const id = useId();
  // The button that had the focus is gone.
  useEffect(() => first.current?.focus(), []);
  const check = (event: SyntheticEvent): void => {
    event.preventDefault();
    const bad = places.find((place) => typed[place]?.trim().toLowerCase() !== words[place]);
    setWrong(bad);
    if (bad === undefined) onRight();
  };
  return (
    <form className="ask-back" onSubmit={check}>
      <h2>{say("kit.ask-back")}</h2>
      {places.map((place, at) => (
        <p key={place}>
          <label htmlFor={`${id}${place}`}>{say("kit.word-at", { place: place + 1 })}</label>
          <input
            id={`${id}${place}`}
            className="field"
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            // It takes the place of the button that had the focus.
            ref={(input) =>
              at === 0 && input !== null && typed[place] === undefined ? input.focus() : undefined
            }
            aria-invalid={wrong === place}
            value={typed[place] ?? ""}
            onChange={({ target }) => setTyped({ ...typed, [place]: target.value })}
          />
        </p>
      ))}
      {wrong !== undefined && (
        <p className="problem" role="alert">
          {say("kit.wrong", { place: wrong + 1 })}
        </p>
      )}
      <div className="row">
        <button type="submit" className="button primary">
          {say("kit.check")}
        </button>
        <button type="button" className="button quiet" onClick={onBack}>
          {say("kit.look-again")}
        </button>
      </div>
    </form>
  );
};

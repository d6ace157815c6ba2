/** The choice of a language, wherever it is offered. */
import { LANGUAGES, type LanguageChoice } from "../ipc-contract.ts";
import { useDesktopText } from "./texts.ts";

export interface LanguageProps {
  readonly language: LanguageChoice;
  readonly onLanguage: (language: LanguageChoice) => void;
}

/** @param labelledBy id of the element that names the group; absent: it names itself */
export const LanguageSegments = ({
  language,
  onLanguage,
  labelledBy,
}: LanguageProps & { readonly labelledBy?: string }) => {
  const say = useDesktopText();
  return (
    <div
      className="segments"
      role="radiogroup"
      aria-labelledby={labelledBy}
      aria-label={labelledBy === undefined ? say("settings.language") : undefined}
    >
      {LANGUAGES.map((choice) => (
        <label key={choice} className={choice === language ? "segment chosen" : "segment"}>
          <input
            type="radio"
            name="language"
            checked={choice === language}
            onChange={() => onLanguage(choice)}
          />
          {say(`settings.language.${choice}`)}
        </label>
      ))}
    </div>
  );
};

/** The desktop's own words in the language that was chosen, and how it writes times. */
import { createContext, useContext, type ReactNode } from "react";
import type { LanguageChoice } from "../ipc-contract.ts";
import { en, type DesktopTexts } from "./locales/en.ts";
import { zhHant } from "./locales/zh-hant.ts";

export type Language = Exclude<LanguageChoice, "system">;

export const languageOf = (choice: LanguageChoice, systemLocale: string): Language => {
  const tag = choice === "system" ? systemLocale : choice;
  return tag.toLowerCase().startsWith("zh") ? "zh-Hant" : "en";
};

interface Spoken {
  readonly language: Language;
  readonly texts: DesktopTexts;
}

const SPOKEN: Readonly<Record<Language, Spoken>> = {
  en: { language: "en", texts: en },
  "zh-Hant": { language: "zh-Hant", texts: zhHant },
};

const Context = createContext(SPOKEN.en);

export const DesktopTextProvider = ({
  language,
  children,
}: {
  readonly language: Language;
  readonly children: ReactNode;
}) => <Context value={SPOKEN[language]}>{children}</Context>;

export const useTexts = (): DesktopTexts => useContext(Context).texts;

export interface Times {
  readonly clock: (at: number) => string;
  readonly date: (at: number) => string;
}

export const useTimes = (): Times => {
  const { language } = useContext(Context);
  const write = (at: number, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(language, options).format(at);
  return {
    clock: (at) => write(at, { hour: "2-digit", minute: "2-digit" }),
    date: (at) => write(at, { dateStyle: "medium" }),
  };
};

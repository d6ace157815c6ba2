/** The window before and after a workspace is open, in one language. */
import { localeOf, TextProvider } from "@deskhand/mobile/shared-ui";
import { useEffect, useState } from "react";
import type { Begin, LanguageChoice, Opening } from "../ipc-contract.ts";
import { App } from "./App.tsx";
import { ask } from "./bridge.ts";
import { FirstStart } from "./first-start/FirstStart.tsx";

export interface RootProps {
  readonly begin: Begin;
  /** Absent at a first start. */
  readonly opening: Opening | undefined;
}

export const Root = ({ begin, opening: opened }: RootProps) => {
  const [opening, setOpening] = useState(opened);
  const [choice, setChoice] = useState<LanguageChoice>(begin.language);
  const locale = localeOf(choice === "system" ? begin.systemLocale : choice);
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  const language = {
    language: choice,
    onLanguage: (next: LanguageChoice): void => {
      setChoice(next);
      void ask("setLanguage", { language: next });
    },
  };
  return (
    <TextProvider locale={locale}>
      {opening === undefined ? (
        <FirstStart {...language} relayUrl={begin.relayUrl} onOpen={setOpening} />
      ) : (
        <App {...language} opening={opening} />
      )}
    </TextProvider>
  );
};

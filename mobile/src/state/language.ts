/** The language that the person chose, kept in this browser; "system" follows it. */
import { useSyncExternalStore } from "react";
import { LOCALES, localeOf, type Locale } from "../shared-ui/index.ts";

export type LanguageChoice = "system" | Locale;

const KEY = "deskhand.language";
const listeners = new Set<() => void>();

const readChoice = (): LanguageChoice =>
  LOCALES.find((locale) => locale === localStorage.getItem(KEY)) ?? "system";

export const chooseLanguage = (choice: LanguageChoice): void => {
  localStorage.setItem(KEY, choice);
  for (const listener of listeners) listener();
};

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useLanguage = (): { readonly choice: LanguageChoice; readonly locale: Locale } => {
  const choice = useSyncExternalStore(subscribe, readChoice);
  return { choice, locale: choice === "system" ? localeOf(navigator.language) : choice };
};

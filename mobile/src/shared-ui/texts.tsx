/**
 * What the apps say, in the person's language.
 * 1. A message is compiled once; a key that a catalogue lacks does not compile.
 * 2. Numbers and plurals follow the language (ICU messages).
 */
import { IntlMessageFormat } from "intl-messageformat";
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { en, type TextKey } from "./locales/en.ts";
import { zhHant } from "./locales/zh-hant.ts";

export const LOCALES = ["en", "zh-Hant"] as const;
export type Locale = (typeof LOCALES)[number];

/** The closest language that the app speaks: "zh-TW" → "zh-Hant", anything unknown → "en". */
export const localeOf = (tag: string): Locale => (tag.toLowerCase().startsWith("zh") ? "zh-Hant" : "en");

export type TextValues = Readonly<Record<string, string | number>>;
export type Say<Key extends string> = (key: Key, values?: TextValues) => string;

const createSay = <Key extends string>(
  locale: Locale,
  catalogue: Readonly<Record<Key, string>>,
): Say<Key> => {
  const compiled = new Map<Key, IntlMessageFormat>();
  return (key, values) => {
    let message = compiled.get(key);
    if (message === undefined) compiled.set(key, (message = new IntlMessageFormat(catalogue[key], locale)));
    return String(message.format({ ...values }));
  };
};

const SHARED = { en, "zh-Hant": zhHant } as const;
const LocaleContext = createContext<Locale>("en");

export const TextProvider = ({
  locale,
  children,
}: {
  readonly locale: Locale;
  readonly children: ReactNode;
}) => <LocaleContext value={locale}>{children}</LocaleContext>;

export const useLocale = (): Locale => useContext(LocaleContext);

/** An app's own catalogues, spoken like the shared ones. */
export const useCatalogue = <Key extends string>(
  catalogues: Readonly<Record<Locale, Readonly<Record<Key, string>>>>,
): Say<Key> => {
  const locale = useLocale();
  return useMemo(() => createSay(locale, catalogues[locale]), [locale, catalogues]);
};

export const useText = (): Say<TextKey> => useCatalogue<TextKey>(SHARED);

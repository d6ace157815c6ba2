/**
 * The approval card, rendered by code from the exact action and from nothing that a model said.
 * 1. Every object of the action is on the card; nothing is folded away before it is digested.
 * 2. The same action in the same language gives the same card everywhere: a decision carries the digest of the card
 *    that its device showed, and the executor renders it again and compares.
 * 3. Control and bidi characters in file names are made visible, so that a name cannot rewrite the sentence around it.
 */
import { canonicalDigest } from "../crypto/index.ts";
import type { Action, ActionItem, Risk } from "../document/index.ts";
import { CARD_TEXTS, type CardTexts } from "./approval-texts.ts";

export interface ApprovalCard {
  /** One sentence: the exact action. */
  readonly heading: string;
  /** What becomes of it, and whether it can be undone. */
  readonly detail: string;
  /** One line an object, all of them. */
  readonly lines: readonly string[];
  /** The beginning of what will be written, when something is. */
  readonly excerpts: readonly string[];
  /** A word of warning, only when the risk is high. */
  readonly warning?: string;
}

export interface CardFacts {
  readonly risk: Risk;
  readonly reversible: "undo" | "no";
}

export type CardLanguage = keyof typeof CARD_TEXTS;

/** "zh-TW", "zh-Hant-HK" … → Traditional Chinese; anything else is English. */
export const cardLanguage = (locale: string): CardLanguage =>
  locale.toLowerCase().startsWith("zh") ? "zh-Hant" : "en";

/** C0, C1, bidi controls and zero-width characters, which could make a name look like another. */
// eslint-disable-next-line no-control-regex
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

export const visibleName = (name: string): string =>
  name.replace(
    INVISIBLE,
    (char) => `\u27e8${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}\u27e9`,
  );

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;
export const readableBytes = (byteLength: number): string => {
  let value = byteLength;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
};

const lineOf = (item: ActionItem): string => {
  const size = item.byteLength === undefined ? "" : ` (${readableBytes(item.byteLength)})`;
  const target = item.to === undefined ? "" : ` \u2192 ${visibleName(item.to)}`;
  return `${visibleName(item.path)}${item.isFolder === true ? "/" : ""}${size}${target}`;
};

/** The literal command or address; a line break in a command is a line break on the card. */
const linesOf = (action: Action): readonly string[] => {
  if (action.kind === "command") return action.command.split("\n").map(visibleName);
  if (action.kind === "schedule")
    return [`${action.rule} \u00b7 ${action.timeZone}`, ...action.nextRuns].map(visibleName);
  if (action.kind === "remember") return [];
  return action.kind === "fetch" ? [visibleName(action.url)] : action.items.map(lineOf);
};

/** The whole text of what is not a list of objects. */
const excerptsOf = (action: Action): readonly string[] => {
  if (action.kind === "remember") return action.text === "" ? [] : [action.text];
  if (action.kind === "schedule") return [action.prompt];
  return action.items.flatMap((item) => (item.excerpt === undefined ? [] : [item.excerpt]));
};

const headingOf = (action: Action, texts: CardTexts): string => {
  const count = action.items.length;
  if (action.kind === "fetch")
    return texts.heading.fetch({ count, folder: "", name: visibleName(action.host) });
  if (action.kind === "budget")
    return texts.heading.budget({ count, folder: "", name: texts.amount(action.limit, action.more) });
  if (action.kind === "remember")
    return texts.heading.remember({ count: action.text.length, folder: "", name: visibleName(action.name) });
  if (action.kind === "schedule")
    return texts.heading.schedule({ count, folder: "", name: visibleName(action.title) });
  const [first] = action.items;
  const target = action.kind === "unzip" ? action.source?.path : (first?.to ?? first?.path);
  const within = action.kind === "command" && first?.path !== "" ? `/${first?.path}` : "";
  const folder = visibleName(`${action.folder}${within}`);
  return texts.heading[action.kind]({ count, folder, name: visibleName(target ?? "") });
};

/** What an action does, where its kind alone does not say it. */
const effectOf = (action: Action, texts: CardTexts): string => {
  if (action.kind === "command") return texts.command(action.access, action.timeoutSeconds);
  if (action.kind === "budget") return texts.used(texts.amount(action.limit, action.used), action.per);
  if (action.kind === "schedule")
    return [texts.effect.schedule, texts.missed[action.ifMissed]].join(texts.gap);
  return texts.effect[action.kind];
};

/** Which protected names it touches, each once. */
const protectedNames = ({ items }: Action): readonly string[] => [
  ...new Set(items.flatMap(({ protectedName }) => protectedName ?? []).map(visibleName)),
];

const warningOf = (action: Action, texts: CardTexts): string => {
  const names = protectedNames(action);
  return names.length === 0 ? texts.high : [texts.high, texts.protectedNames(names)].join(texts.colon);
};

export const renderApproval = (action: Action, facts: CardFacts, locale: string): ApprovalCard => {
  const texts = CARD_TEXTS[cardLanguage(locale)];
  return {
    heading: headingOf(action, texts),
    detail: [effectOf(action, texts), facts.reversible === "undo" ? texts.undoable : texts.final].join(
      texts.gap,
    ),
    lines: linesOf(action),
    excerpts: excerptsOf(action),
    ...(facts.risk === "high" ? { warning: warningOf(action, texts) } : {}),
  };
};

/** What a decision says its device showed: the card, in that language. */
export const shownDigest = (action: Action, facts: CardFacts, locale: string): string => {
  const { heading, detail, lines, excerpts, warning = "" } = renderApproval(action, facts, locale);
  return canonicalDigest("shown", {
    language: cardLanguage(locale),
    heading,
    detail,
    lines,
    excerpts,
    warning,
  });
};

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

const headingOf = (action: Action, texts: CardTexts): string => {
  const [first] = action.items;
  const name = visibleName(first?.to ?? first?.path ?? "");
  return texts.heading[action.kind]({ count: action.items.length, name, folder: visibleName(action.folder) });
};

export const renderApproval = (action: Action, facts: CardFacts, locale: string): ApprovalCard => {
  const texts = CARD_TEXTS[cardLanguage(locale)];
  return {
    heading: headingOf(action, texts),
    detail: [texts.effect[action.kind], facts.reversible === "undo" ? texts.undoable : texts.final].join(
      texts.gap,
    ),
    lines: action.items.map(lineOf),
    excerpts: action.items.flatMap((item) => (item.excerpt === undefined ? [] : [item.excerpt])),
    ...(facts.risk === "high" ? { warning: texts.high } : {}),
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

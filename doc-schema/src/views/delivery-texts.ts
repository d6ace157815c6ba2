/** The words of the ticks, for screens and screen readers alike; they claim no more than the stage has shown. */
import type { CardLanguage } from "./approval-card.ts";
import type { DeliveryStage } from "./delivery.ts";

export interface DeliveryFacts {
  /** What the record was saved on. */
  readonly device: "phone" | "window";
  readonly desktopName: string;
  /** The clock time of the pick-up as the person reads it; absent when it is not known. */
  readonly pickedUpAt?: string;
}

type Texts = Readonly<Record<DeliveryStage, (facts: DeliveryFacts) => string>>;

const withTime = (word: string, time: string | undefined): string =>
  time === undefined ? word : `${word} ${time}`;

const ENGLISH: Texts = {
  saved: ({ device }) => (device === "phone" ? "Saved on this phone" : "Saved on this computer"),
  "at-relay": () => "Sent",
  "at-desktop": ({ desktopName }) => `On ${desktopName}`,
  "picked-up": ({ pickedUpAt }) => withTime("Picked up", pickedUpAt),
};

const CHINESE: Texts = {
  saved: ({ device }) => (device === "phone" ? "已存在這支手機" : "已存在這台電腦"),
  "at-relay": () => "已送出",
  "at-desktop": ({ desktopName }) => `已到 ${desktopName}`,
  "picked-up": ({ pickedUpAt }) => withTime("已開始", pickedUpAt),
};

const TEXTS: Readonly<Record<CardLanguage, Texts>> = { en: ENGLISH, "zh-Hant": CHINESE };

export const deliveryText = (stage: DeliveryStage, facts: DeliveryFacts, language: CardLanguage): string =>
  TEXTS[language][stage](facts);

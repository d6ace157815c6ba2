/** Times as people say them: under an hour relative, today by the clock, other days with their date. */
import { useMemo } from "react";
import { useLocale, type Locale } from "./texts.tsx";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface Times {
  /** "3 min ago", "09:41", "14 Nov, 09:41". */
  readonly moment: (at: number, now: number) => string;
  /** "09:41", with the date when it is not today's. */
  readonly clock: (at: number, now?: number) => string;
  /** "1 min 12 s". */
  readonly duration: (milliseconds: number) => string;
  /** "14 November 2026". */
  readonly date: (at: number) => string;
}

export const isSameDay = (a: number, b: number): boolean =>
  new Date(a).toDateString() === new Date(b).toDateString();

const createTimes = (locale: Locale): Times => {
  const tag =
    locale === "zh-Hant" ? "zh-Hant-TW" : navigator.language.startsWith("en") ? navigator.language : "en-GB";
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(tag, options);
  const time = format({ hour: "2-digit", minute: "2-digit" });
  const dayTime = format({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  const day = format({ day: "numeric", month: "long", year: "numeric" });
  const ago = new Intl.RelativeTimeFormat(tag, { numeric: "auto", style: "short" });
  const unit = (value: number, name: "second" | "minute" | "hour"): string =>
    new Intl.NumberFormat(tag, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const clock: Times["clock"] = (at, now = Date.now()) => (isSameDay(at, now) ? time : dayTime).format(at);
  return {
    clock,
    moment: (at, now) => {
      const age = now - at;
      if (age < 0 || age >= HOUR) return clock(at, now);
      return age < MINUTE
        ? ago.format(-Math.floor(age / 1000), "second")
        : ago.format(-Math.floor(age / MINUTE), "minute");
    },
    duration: (milliseconds) => {
      const seconds = Math.floor(milliseconds / 1000);
      if (seconds < 60) return unit(seconds, "second");
      if (seconds < 3600)
        return `${unit(Math.floor(seconds / 60), "minute")} ${unit(seconds % 60, "second")}`;
      return `${unit(Math.floor(seconds / 3600), "hour")} ${unit(Math.floor((seconds % 3600) / 60), "minute")}`;
    },
    date: (at) => day.format(at),
  };
};

/** As a field for a date and a time has it, by this device's clock: "2026-11-21T15:00". */
export const localTime = (at: number): string => {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
};
/** Its milliseconds since 1970; undefined when it is not filled in. */
export const timeOf = (local: string): number | undefined => {
  const at = new Date(local).getTime();
  return Number.isNaN(at) ? undefined : at;
};

export const useTimes = (): Times => {
  const locale = useLocale();
  return useMemo(() => createTimes(locale), [locale]);
};

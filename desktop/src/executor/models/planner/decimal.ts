/**
 * Exact decimal sums: an amount is a whole number of its smallest unit, so 0.1 + 0.2 is 0.3.
 * A column decides together how its numbers are written; a column with one cell that is no number is no number column.
 */

export interface Decimal {
  readonly units: bigint;
  /** Digits after the point. */
  readonly scale: number;
}

export const ZERO: Decimal = { units: 0n, scale: 0 };

export const add = (a: Decimal, b: Decimal): Decimal => {
  const scale = Math.max(a.scale, b.scale);
  return { units: scaled(a, scale) + scaled(b, scale), scale };
};
export const subtract = (a: Decimal, b: Decimal): Decimal => add(a, { ...b, units: -b.units });
const scaled = ({ units, scale }: Decimal, to: number): bigint => units * 10n ** BigInt(to - scale);

/** In the digits and separators of a language ("1,234.50"); `locale` is a valid tag. */
export const formatDecimal = ({ units, scale }: Decimal, locale: string): string => {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const split = digits.length - scale;
  const text = `${units < 0n ? "-" : ""}${digits.slice(0, split)}${scale > 0 ? `.${digits.slice(split)}` : ""}`;
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: scale,
    maximumFractionDigits: scale,
  });
  // A string is formatted without passing through a float; `text` is a plain decimal by construction.
  return format.format(text as `${number}`);
};

/** "." or "," as the decimal mark of a column. */
export type DecimalMark = "." | ",";

/** Spaces of any width, apostrophes, and the signs of money. */
const NOISE = /[\s\u00A0\u2009\u202F'’]|NT\$|US\$|HK\$|[$€£¥₩₹]|\b(?:USD|EUR|GBP|TWD|NTD|JPY|CHF)\b|元/gi;
const plainNumber = (cell: string): string => {
  const text = cell.replaceAll(NOISE, "").replaceAll("−", "-");
  if (/^\(.+\)$/.test(text)) return `-${text.slice(1, -1)}`;
  return text.endsWith("-") ? `-${text.slice(0, -1)}` : text;
};

const WITH_POINT = /^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?$/;
const WITH_COMMA = /^[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d+)?$/;
/**
 * The mark that all cells agree on; undefined when they are not all numbers. Where both would do, `usual` decides (a
 * file whose fields are parted by ";" writes decimals with a comma).
 */
export const decimalMark = (cells: readonly string[], usual: DecimalMark): DecimalMark | undefined => {
  const numbers = cells.map(plainNumber);
  if (numbers.length === 0 || !numbers.every((text) => /\d/.test(text))) return undefined;
  const fits = (mark: DecimalMark): boolean =>
    numbers.every((text) => (mark === "." ? WITH_POINT : WITH_COMMA).test(text));
  return fits(usual) ? usual : fits(other(usual)) ? other(usual) : undefined;
};

const other = (mark: DecimalMark): DecimalMark => (mark === "." ? "," : ".");

/** `cell` is a number of a column with this mark. */
export const readDecimal = (cell: string, mark: DecimalMark): Decimal => {
  const text = plainNumber(cell).replaceAll(other(mark), "");
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(mark);
  const units = BigInt(whole + fraction);
  return { units: text.startsWith("-") ? -units : units, scale: fraction.length };
};

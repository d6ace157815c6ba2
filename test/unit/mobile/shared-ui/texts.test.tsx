import { en, TextProvider, useText, zhHant, type Locale, type TextKey } from "@deskhand/mobile/shared-ui";
import { render } from "@testing-library/react";
import { expect, test } from "vitest";

const keys = Object.keys(en) as TextKey[];
const VALUES = { count: 2, place: 2, changes: 2, step: 2, turns: 2, tokens: 2, received: 2, device: "phone" };
const placeholders = (message: string): string[] =>
  [...new Set([...message.matchAll(/\{(\w+)\s*[,}]/g)].map(([, name = ""]) => name))].toSorted();

const Spoken = () => {
  const say = useText();
  const names = new Proxy(VALUES, {
    get: (values, name) => Reflect.get(values, name) ?? "NAME",
    has: () => true,
    ownKeys: () => [],
  });
  return (
    <pre>
      {keys.map(
        (key) =>
          `${say(key, { ...names, ...Object.fromEntries(placeholders(en[key]).map((name) => [name, Reflect.get(VALUES, name) ?? "NAME"])) })}\n`,
      )}
    </pre>
  );
};

test.each(["en", "zh-Hant"] as const)("every message of %s can be spoken", (locale: Locale) => {
  const { container } = render(
    <TextProvider locale={locale}>
      <Spoken />
    </TextProvider>,
  );
  const lines = container.textContent.split("\n").filter(Boolean);
  expect(lines).toHaveLength(keys.length);
  expect(lines.filter((line) => /[{}]/.test(line))).toEqual([]);
});

test("both languages have the same keys and use the same facts", () => {
  expect(Object.keys(zhHant).toSorted()).toEqual(keys.toSorted());
  const words = new Set(["one", "two", "few", "other", "phone", "computer"]);
  const facts = (message: string) => placeholders(message).filter((name) => !words.has(name));
  expect(keys.filter((key) => facts(en[key]).join() !== facts(zhHant[key]).join())).toEqual([]);
});

test("no English sentence is left in Chinese", () => {
  const allowed = /Downloads|Reports|Deskhand|token|NAME|\{[^}]*\}|model|turns|select|plural|other|phone/g;
  expect(keys.filter((key) => /[a-z]{3,}/i.test(zhHant[key].replace(allowed, "")))).toEqual([]);
});

test("English says first, second and third", () => {
  const Place = ({ place }: { readonly place: number }) => useText()("composer.queue", { place });
  const texts = [1, 2, 3, 4, 11, 22].map((place) => render(<Place place={place} />).container.textContent);
  expect(texts).toEqual(["1st", "2nd", "3rd", "4th", "11th", "22nd"].map((word) => `Queue · ${word}`));
});

/** T30: what the phone app's pages may load, and when a new version of it is taken. */
import { expect, test } from "vitest";
import { SECURITY_HEADERS } from "../../../../sync-server/src/web-app.ts";
import { readRoot, sourceFiles } from "../source-files.ts";

const page = readRoot("mobile/index.html");

test("[T30] the page's only script is its own, and nothing in it is inline", () => {
  const scripts = [...page.matchAll(/<script\b([^>]*)>([^]*?)<\/script>/g)];
  expect(scripts.map(([, attributes, text]) => [attributes?.trim(), text])).toEqual([
    ['type="module" src="/src/main.tsx"', ""],
  ]);
  expect(page).not.toMatch(/\son\w+=|"javascript:|https?:|<(iframe|object|embed|base)\b/i);
});

test("[T30] scripts come from the app's own origin or from nowhere, whatever the page says", () => {
  const policy = new Map(
    SECURITY_HEADERS["content-security-policy"].split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources.join(" ")];
    }),
  );
  expect(policy.get("default-src")).toBe("'none'");
  expect(policy.get("script-src")).toBe("'self'");
  expect(policy.get("worker-src")).toBe("'self'");
  expect(policy.get("base-uri")).toBe("'none'");
  expect(policy.get("form-action")).toBe("'none'");
  expect([...policy.keys()].some((name) => /^(script-src-|object-src|frame-src|child-src)/.test(name))).toBe(
    false,
  );
});

test("[T30] no source of the app makes code out of text, or loads it from elsewhere", () => {
  const FOREIGN_CODE =
    /\beval\(|new Function\(|importScripts|createElement\("script"|dangerouslySetInnerHTML|import\(\s*[^"\s]/;
  const files = sourceFiles(["mobile/src", "doc-schema/src"]);
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter(({ text }) => FOREIGN_CODE.test(text)).map(({ file }) => file)).toEqual([]);
  expect(files.filter(({ text }) => /(from|import\()\s*"https?:/.test(text))).toEqual([]);
});

test("[T30] while the app is open, a new version waits until the person takes it", () => {
  expect(readRoot("mobile/vite.config.ts")).toContain('registerType: "prompt"');
  const sources = sourceFiles(["mobile/src"]);
  expect(sources.filter(({ text }) => /skipWaiting|clientsClaim|autoUpdate/.test(text))).toEqual([]);
  expect(sources.filter(({ text }) => text.includes("virtual:pwa-register")).map(({ file }) => file)).toEqual(
    ["mobile/src/state/use-update.ts"],
  );
});

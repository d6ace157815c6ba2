/**
 * T53 and T55 hold as long as no connector is started and no mouse is moved; who changes that finds the rows that must
 * change with it.
 */
import { expect, test } from "vitest";
import { readRoot, sourceFiles } from "../source-files.ts";

const CONNECTOR = /@modelcontextprotocol|\bmcpServers\b|StdioClientTransport/;
const COMPUTER = /nut-?js|robotjs|\bxdotool\b|desktopCapturer|sendInputEvent/;
const manifests = ["doc-schema", "sync-server", "desktop", "mobile"].map((folder) => ({
  file: `${folder}/package.json`,
  text: readRoot(`${folder}/package.json`),
}));
const findIn = (pattern: RegExp): readonly string[] =>
  [...sourceFiles(), ...manifests].filter(({ text }) => pattern.test(text)).map(({ file }) => file);

test("[T53] no connector is started, and none is a dependency", () => {
  expect(findIn(CONNECTOR)).toEqual([]);
});

test("[T55] nothing sees the screen, types or clicks", () => {
  expect(findIn(COMPUTER)).toEqual([]);
});

test("would be found", () => {
  expect('import { Client } from "@modelcontextprotocol/client";').toMatch(CONNECTOR);
  expect("window.webContents.sendInputEvent({ type: 'mouseDown' })").toMatch(COMPUTER);
});

/** 10,000 files into folders by one plan that a person allows, beside the same renames without anything around them. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startRelay } from "@deskhand/sync-server";
import * as Y from "yjs";
import { createDeviceKeys, createEpochKeys } from "@deskhand/doc-schema/crypto";
import { connectRelays } from "@deskhand/doc-schema/sync";
import { nodeSyncPorts } from "../../../desktop/src/host/sync-ports.ts";
import { timeOf, until } from "../lib/measure.ts";
import type { Report } from "../lib/report.ts";
import { call, openDesk, type Desk } from "./desk.ts";

const FILES = 10_000;
const FOLDERS = 24;

const nameOf = (at: number): string => `IMG_${String(at).padStart(5, "0")}.jpg`;
const targetOf = (at: number): string => `by-month/${at % FOLDERS}/${nameOf(at)}`;
const each = (act: (at: number) => void): void => {
  for (let at = 0; at < FILES; at++) act(at);
};

export const measureOrganising = async (report: Report): Promise<void> => {
  const plain = await measurePlainly(report);
  const relay = await startRelay({ dataDir: mkdtempSync(path.join(tmpdir(), "deskhand-bench-relay-")) });
  const relayUrl = `ws://127.0.0.1:${relay.port}`;
  const moves = Array.from({ length: FILES }, (_, at) => ({ from: nameOf(at), to: targetOf(at) }));
  try {
    const alone = await organise(report, moves, undefined);
    report.atMost(
      `${FILES} files organised, asked, journaled and undoable: times plain rename`,
      alone / plain,
      6,
      "×",
    );
    const shown = await organise(report, moves, relayUrl);
    report.atMost("the same with progress on a phone: times plain rename", shown / plain, 6, "×");
  } finally {
    await relay.close();
  }
};

/** @returns milliseconds from the model's answer to the next question to it */
const organise = async (
  report: Report,
  moves: readonly { readonly from: string; readonly to: string }[],
  relayUrl: string | undefined,
): Promise<number> => {
  const options = relayUrl === undefined ? {} : { relayUrls: [relayUrl] };
  const desk = await openDesk({ organise: [[call("move_files", { moves: [...moves] })]] }, options);
  try {
    each((at) => writeFileSync(path.join(desk.work, nameOf(at)), "picture"));
    const phone = relayUrl === undefined ? undefined : await watch(desk, relayUrl);
    const [time = Number.NaN] = await desk.run("organise");
    if (readdirSync(path.join(desk.work, "by-month")).length !== FOLDERS)
      throw new Error("nothing was organised");
    report.add(relayUrl === undefined ? "organised" : "organised, with a phone at a relay", time, "ms");
    if (phone !== undefined) report.add("steps that the phone saw", phone.seen(), "");
    phone?.close();
    const [task] = [...desk.executor.ledger.runOfTask.keys()];
    const start = performance.now();
    if (task !== undefined) await desk.undo(task);
    report.add("taken back", performance.now() - start, "ms");
    if (readdirSync(desk.work).length < FILES) throw new Error("not all was taken back");
    return time;
  } finally {
    await desk.remove();
  }
};

/** A phone that follows what the executor says of itself. */
const watch = async ({ executor }: Desk, relayUrl: string) => {
  let seen = 0;
  const relays = connectRelays({
    ...nodeSyncPorts,
    doc: new Y.Doc(),
    keys: createEpochKeys(executor.rootKey, executor.workspace.epoch),
    deviceId: createDeviceKeys(new Uint8Array(32).fill(2), new Uint8Array(32).fill(102)).deviceId,
    relayUrls: [relayUrl],
  });
  relays.awareness.on("change", () => seen++);
  await until("the phone is live", () => relays.links().get(relayUrl)?.status().phase === "live");
  return { seen: () => seen, close: () => relays.destroy() };
};

/** @returns milliseconds, by the promises of Node, one rename after the other */
const measurePlainly = async (report: Report): Promise<number> => {
  const root = mkdtempSync(path.join(tmpdir(), "deskhand-bench-plain-"));
  const inRoot = (name: string): string => path.join(root, name);
  for (let at = 0; at < FOLDERS; at++) mkdirSync(inRoot(`by-month/${at}`), { recursive: true });
  each((at) => writeFileSync(inRoot(nameOf(at)), "picture"));
  const start = performance.now();
  for (let at = 0; at < FILES; at++) await rename(inRoot(nameOf(at)), inRoot(targetOf(at)));
  const plain = performance.now() - start;
  const back = timeOf(() => each((at) => renameSync(inRoot(targetOf(at)), inRoot(nameOf(at)))));
  report.add(`${FILES} plain renames, each awaited`, plain, "ms");
  report.add(`${FILES} plain renames that block`, back, "ms");
  rmSync(root, { recursive: true, force: true });
  return plain;
};

/**
 * Plays one history on the executor's own parts and holds it against the rules after every step: the effects that
 * happened must be exactly those that the rules say, each once, and as many questions must have been asked.
 */
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { DeviceKeys } from "@deskhand/doc-schema/crypto";
import { decisionKind, rootsOf, writeSigned, type DecisionRecord } from "@deskhand/doc-schema/document";
import { shownDigest } from "@deskhand/doc-schema/views";
import type { ApprovalFacts } from "../../../desktop/src/executor/ledger-state.ts";
import { createRandom, pick, type Random } from "../../sim/random.ts";
import { describeStep, drawHistory, type Approver, type Forgery, type Step } from "./history.ts";
import { createOracle, type Oracle } from "./oracle.ts";
import { actionOf, APPROVERS, beginningOfLedger, EXECUTOR, SENDER, STRANGER } from "./scene.ts";
import { createWorld, Died, type World } from "./world.ts";

export interface PlayedHistory {
  readonly seed: number;
  readonly executed: number;
  readonly asked: number;
  readonly deaths: number;
  /** What differs from the rules, and the steps up to there. */
  readonly wrong?: { readonly what: string; readonly steps: readonly string[] };
}

const HOUR = 3600 * 1000;
/** A death may follow on a death, and then the machine stays up. */
const MOST_DEATHS = 2;

const BEGINNING = beginningOfLedger()
  .map((record) => `${JSON.stringify(record)}\n`)
  .join("");

export const playHistory = async (seed: number, under: string): Promise<PlayedHistory> => {
  const random = createRandom(seed);
  const steps = drawHistory(random.fork());
  const folder = path.join(under, `history-${seed}`);
  mkdirSync(folder);
  const world = createWorld(folder, random.fork(), BEGINNING);
  const play = createPlay(world, createOracle(), random.fork());
  const told: string[] = [];
  try {
    await play.start();
    for (const step of [...steps, LAST]) {
      told.push(describeStep(step));
      const what = await play.take(step);
      if (what !== undefined) return { seed, ...play.counts(), wrong: { what, steps: told } };
    }
    return { seed, ...play.counts() };
  } finally {
    world.close();
    rmSync(folder, { recursive: true });
  }
};

/** Whatever came before: what is due is done at the next start. */
const LAST: Step = { type: "restart", deaths: [], offHours: 0 };

const createPlay = (world: World, oracle: Oracle, random: Random) => {
  let deaths = 0;
  let isRemovalDue = false;
  let isLocked = false;
  const removed = new Set<Approver>();
  const saidTexts: string[] = [];

  const questions = (): readonly ApprovalFacts[] => [...world.ledger().approvals.values()];
  const linesOf = (type: string): number => world.onDisk().filter((line) => line.type === type).length;

  const startUp = async (): Promise<void> => {
    await world.start();
    await world.renewIfDue();
    world.scan();
    const revoked = world
      .onDisk()
      .flatMap(({ type, deviceId }) => (type === "device-revoked" ? [deviceId] : []));
    for (const device of [0, 1] as const) if (revoked.includes(APPROVERS[device].deviceId)) remove(device);
    if (isLocked) oracle.scanned(world.now());
    else renewed();
  };

  const lockKeychain = (locked: boolean): void => {
    isLocked = locked;
    world.lockKeychain(locked);
  };

  const remove = (device: Approver): void => {
    if (removed.has(device)) return; // once removed, nothing is due any more
    removed.add(device);
    oracle.revoked(device);
    isRemovalDue = true;
  };

  /** Until it has gone through: after each death the machine starts again, and what was ordered is ordered again. */
  const through = async (
    work: () => Promise<void> | void,
    plannedDeaths: readonly number[],
    onDeath: () => void = () => undefined,
  ): Promise<void> => {
    const planned = plannedDeaths.slice(0, MOST_DEATHS);
    world.dieAt(planned.shift());
    let isUp = true;
    for (;;)
      try {
        if (!isUp) await startUp();
        isUp = true;
        await work();
        return world.dieAt(undefined);
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        deaths++;
        isUp = false;
        world.dieAt(planned.shift());
        onDeath();
      }
  };

  const driveThrough = async (plannedDeaths: readonly number[], offHours: number): Promise<void> => {
    const closed = linesOf("approval-closed");
    await through(world.drive, plannedDeaths, () => {
      const lastClosed = world.onDisk().findLast(({ type }) => type === "approval-closed");
      const isClosed = linesOf("approval-closed") > closed;
      if (linesOf("approval-spent") > oracle.executed().length) oracle.spent(world.now(), world.version);
      if (isClosed && lastClosed?.state === "withdrawn") oracle.withdrawn(world.now());
      // where it had gone on to another question no time passes: the rules are told of a drive as a whole
      if (isClosed || linesOf("approval-asked") > oracle.asked()) return;
      world.pass(offHours * HOUR);
    });
    oracle.driven(world.now(), world.version);
  };

  const renewed = (): void => {
    if (isRemovalDue) oracle.withdrawn(world.now());
    isRemovalDue = false;
    oracle.scanned(world.now());
  };

  const act = async (step: Step): Promise<void> => {
    const { deaths: planned, offHours } = step;
    switch (step.type) {
      case "answer":
        return answer(step.device, step.verdict, step.isOlder);
      case "forge":
        return forge(step.how);
      case "wait":
        return world.pass(step.hours * HOUR);
      case "edit":
        return world.edit(oracle.call());
      case "scan":
        await through(world.scan, planned);
        return oracle.scanned(world.now());
      case "drive":
        return driveThrough(planned, offHours);
      case "rotate":
        await through(world.rotate, planned);
        return isLocked ? undefined : renewed();
      case "restart":
        lockKeychain(false);
        await through(startUp, planned);
        return driveThrough([], 0);
      case "cancel":
        await through(world.cancel, planned);
        oracle.cancelled();
        return driveThrough([], 0);
      case "revoke": {
        // as the executor does it: what waits is looked at at once, the new epoch follows
        const isKnown = removed.has(step.device);
        await through(() => world.revoke(APPROVERS[step.device].deviceId), planned.slice(0, 1));
        remove(step.device);
        await driveThrough([], 0);
        if (isKnown) return;
        lockKeychain(step.isLocked);
        if (step.isLocked) return world.renewIfDue();
        await through(world.renewIfDue, planned.slice(1));
        renewed();
        return driveThrough([], 0);
      }
    }
  };

  const answer = (device: Approver, verdict: "allow" | "deny" | "none", isOlder: boolean): void => {
    const at = random.chance(0.9) ? questions().length - 1 : random.below(Math.max(1, questions().length));
    const facts = questions()[at];
    if (facts === undefined) return;
    const keys = APPROVERS[device];
    const record = recordFor(facts, keys, verdict, isOlder ? -random.between(1, 5000) : 0);
    if (put(record.id, writeSigned(decisionKind, record, keys)))
      oracle.said({ key: record.id, question: at, device, n: numberOf(record), verdict });
  };

  const recordFor = (
    { approvalId, action, requestDigest, risk, reversible }: ApprovalFacts,
    { deviceId }: DeviceKeys,
    verdict: "allow" | "deny" | "none",
    shift = 0,
  ): DecisionRecord => {
    const locale = pick(random, ["en", "zh-Hant"]);
    const keys = [...rootsOf(world.doc()).decisions.keys()].filter((key) =>
      key.startsWith(`${approvalId}/${deviceId}/`),
    );
    const newest = Math.max(world.now(), ...keys.map((key) => Number(key.split("/")[2]) + 1));
    return {
      id: `${approvalId}/${deviceId}/${newest + shift}`,
      createdAt: world.now(),
      approvalId,
      requestDigest,
      verdict,
      scope: "once",
      shownDigest: shownDigest(action, { risk, reversible }, locale),
      locale,
    };
  };

  const put = (key: string, text: string): boolean => {
    const { decisions } = rootsOf(world.doc());
    if (decisions.has(key)) return false;
    decisions.set(key, text);
    saidTexts.push(text);
    return true;
  };

  /** Nothing of this may ever count, so the rules are not told of it. */
  const forge = (how: Forgery): void => {
    const facts = questions().at(-1);
    if (facts === undefined) return;
    const [one, other] = APPROVERS;
    const record = recordFor(facts, one, "allow");
    const sign = (changed: Partial<DecisionRecord>, keys = one): void => {
      const value = { ...record, ...changed };
      put(value.id, writeSigned(decisionKind, value, keys));
    };
    switch (how) {
      case "stranger":
        return sign({}, STRANGER);
      case "other-name":
        return sign({}, other);
      case "executor":
        return sign({ id: recordFor(facts, EXECUTOR, "allow").id }, EXECUTOR);
      case "without-role":
        return sign({ id: recordFor(facts, SENDER, "allow").id }, SENDER);
      case "other-request":
        return sign({ requestDigest: questions()[0]?.actionDigest ?? facts.actionDigest });
      case "other-card":
        return sign({ shownDigest: shownDigest(actionOf(9, 9), facts, "en") });
      case "replay":
        return saidTexts.slice(0, 1).forEach((text) => put(record.id, text));
      case "turned": {
        const signed = writeSigned(decisionKind, { ...record, verdict: "none" }, one);
        put(record.id, signed.replace(`"verdict":"none"`, `"verdict":"allow"`));
      }
    }
  };

  const differs = (): string | undefined => {
    const [is, should] = [world.effects.join(), oracle.executed().join()];
    if (is !== should) return `executed ${is || "nothing"}, by the rules ${should || "nothing"}`;
    const asked = linesOf("approval-asked");
    return asked === oracle.asked() ? undefined : `asked ${asked} times, by the rules ${oracle.asked()}`;
  };

  return {
    start: async (): Promise<void> => {
      await startUp();
      await driveThrough([], 0);
    },
    /** What differs from the rules afterwards. */
    take: async (step: Step): Promise<string | undefined> => {
      await act(step);
      return differs();
    },
    counts: () => ({ executed: world.effects.length, asked: oracle.asked(), deaths }),
  };
};

const numberOf = ({ id }: DecisionRecord): number => Number(id.split("/")[2]);

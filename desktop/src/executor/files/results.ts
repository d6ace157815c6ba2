/**
 * Files that runs made, on their way to the phones: sealed at the relays, shown in their artifact rows.
 * 1. A file that its run made goes by itself when the run has ended and it is small; a larger one, and one that the run
 *    only showed, when a person asks for it.
 * 2. It goes only as the run made it: its hash is compared before and after. One that has changed since is said to have,
 *    and goes as it is now only when a person asks for that.
 * 3. One at a time, begun when no run works, ended by a stop; what was begun goes on after a cut and after a restart.
 * 4. While the file is young it is kept at the relays, also in a new epoch; then its row says that it is here alone.
 */
import { base64UrlToBytes, bytesToHex } from "@deskhand/doc-schema/crypto";
import { isFinal, timeOfId, type Artifact, type ArtifactId, type RunId } from "@deskhand/doc-schema/document";
import { nothingToStop, type BlobFailure } from "@deskhand/doc-schema/sync";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import type { Grant, LedgerState, RunFacts } from "../ledger-state.ts";
import type { RunEvent } from "../runner/events.ts";
import type { LiveSteps } from "../runner/live-steps.ts";
import type { LiveStep } from "../runner/run-ports.ts";
import { viewRun } from "../runner/run-view.ts";
import { createThrottle } from "../throttle.ts";
import type { ProducedFile } from "../tools/tool.ts";
import type { BlobRelays } from "./blob-relays.ts";
import { liveTransfer } from "./live-transfer.ts";
import { withProducedFile } from "./produced-file.ts";
import type { SentFile, SentFiles } from "./sent-files.ts";

const DAY_MS = 24 * 3600 * 1000;
/** As long as relays keep what nobody touches, and as undo reaches. */
const YOUNG_MS = 30 * DAY_MS;
const ROUND_MS = DAY_MS / 4;
const TOUCH_EVERY_MS = 3 * DAY_MS;
const PROGRESS_EVERY_MS = 250;
/** What goes by itself: a phone may never ask for it. */
const SMALL_BYTES = 64 * 1024 * 1024;

export interface Results {
  /** What an artifact's row says of where it is. */
  readonly shown: (id: ArtifactId) => Pick<Artifact, "where" | "blob" | "notSent">;
  readonly ask: (id: ArtifactId, newer: boolean) => Result<void, "unknown-target">;
  readonly runEnded: (id: RunId) => void;
  /** Something changed that may let the next file go: a run, a relay, a resume. Cheap. */
  readonly tick: () => void;
  /** Looks at all files anew: at the start, and in a new epoch. */
  readonly lookAgain: () => void;
  /** Ends what is under way. */
  readonly halt: () => void;
  /** Resolves when nothing is under way. */
  readonly close: () => Promise<void>;
}

export interface ResultsPorts {
  readonly state: LedgerState;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly sent: SentFiles;
  readonly blobs: BlobRelays;
  readonly eventsOf: (run: RunFacts) => readonly RunEvent[];
  readonly isWorking: () => boolean;
  /** Absent: SMALL_BYTES. */
  readonly smallBytes?: number | undefined;
  /** The row of one of its files says something else now. */
  readonly onChange: (id: RunId) => void;
  readonly onLive: LiveSteps["show"];
  readonly onFailure: (error: unknown) => void;
}

type Made = ProducedFile & { readonly artifactId: ArtifactId; readonly runId: RunId };

export const createResults = (ports: ResultsPorts): Results => {
  const { state, audit, clock, sent, blobs, eventsOf, onChange, smallBytes = SMALL_BYTES } = ports;
  const waiting = new Map<ArtifactId, Made>();
  const touchedAt = new Map<ArtifactId, number>();
  let isClosed = false;
  let upload: AbortController | undefined;
  let turn: Promise<void> | undefined;
  /** Something came while a turn was under way. */
  let isTickDue = false;
  let stopTimer = nothingToStop;

  const epoch = (): number | undefined => state.workspace?.epoch;
  const isYoung = (at: number): boolean => clock.now() - at < YOUNG_MS;
  const mark = (id: ArtifactId, facts: SentFile): void => {
    sent.put(id, facts);
    onChange(facts.runId);
  };
  const filesOf = (run: RunFacts): readonly Made[] =>
    viewRun(eventsOf(run)).files.map((file) => ({ ...file, runId: run.id }));

  const isDue = ({ artifactId, byteLength, isShown }: Made): boolean => {
    const known = sent.get(artifactId);
    if (known?.asked !== undefined) return true;
    if (!isYoung(known?.at ?? timeOfId(artifactId))) return false;
    if (known === undefined) return byteLength <= smallBytes && isShown !== true;
    if (known.gone === true) return false;
    return known.notSent === undefined
      ? known.ref === undefined || known.epoch !== epoch()
      : known.notSent === "relay-full";
  };

  const addDue = (run: RunFacts): void => {
    for (const file of filesOf(run)) if (isDue(file)) waiting.set(file.artifactId, file);
  };
  const lookAgain = (): void => {
    for (const [id, { runId }] of sent.all()) if (!state.runs.has(runId)) sent.remove(id);
    for (const run of state.runs.values()) if (isFinal(run.state)) addDue(run);
    touchedAt.clear();
    tick();
  };

  const mayWork = (): boolean => !isClosed && state.stopped === undefined && !ports.isWorking();
  /** What a person asked for goes first, then in the order in which it was made. */
  const next = (): Made | undefined =>
    [...waiting.values()]
      .filter(({ runId }) => state.runs.has(runId))
      .toSorted((a, b) => rank(a) - rank(b) || (a.artifactId < b.artifactId ? -1 : 1))[0];
  const rank = ({ artifactId }: Made): number => (sent.get(artifactId)?.asked === undefined ? 1 : 0);

  const tick = (): void => {
    isTickDue = true;
    if (turn !== undefined || !mayWork()) return;
    isTickDue = false;
    turn = sendAll()
      .catch(ports.onFailure)
      .finally(() => {
        turn = undefined;
        if (isTickDue) tick();
      });
  };

  const sendAll = async (): Promise<void> => {
    for (let file = next(); file !== undefined && mayWork(); file = next()) {
      upload = new AbortController();
      const outcome = await send(file, upload.signal);
      ports.onLive(file.runId, undefined);
      if (outcome === "later") break;
      waiting.delete(file.artifactId);
    }
    await keepAll();
  };

  /** "later": no relay takes it now; asked again at the next tick. */
  const send = async (file: Made, signal: AbortSignal): Promise<"settled" | "later"> => {
    const { artifactId: id, runId, name, sha256 } = file;
    const before: SentFile = sent.get(id) ?? { runId };
    const { asked } = before;
    const settle = (facts: Omit<SentFile, "runId">): "settled" => {
      if (state.runs.has(runId)) mark(id, { runId, ...facts });
      return "settled";
    };
    const standing = (): Grant | undefined => {
      const grant = state.grants.get(file.grantId);
      return grant?.removed === false ? grant : undefined;
    };
    const grant = standing();
    if (grant === undefined) return settle({ notSent: "not-granted" });
    const wanted = asked === "newer" ? undefined : sha256;
    const live = createThrottle<LiveStep>(
      clock,
      PROGRESS_EVERY_MS,
      (step) => ports.isWorking() || ports.onLive(runId, step),
    );
    const inEpoch = epoch();
    const resume = before.epoch === inEpoch ? before.resume : undefined;
    const outcome = await withProducedFile(grant, file, { wanted, signal }, (source) =>
      blobs.upload({
        source,
        signal,
        ...(resume === undefined ? {} : { resume: Buffer.from(resume, "base64") }),
        onResumable: (bytes) =>
          sent.put(id, {
            ...before,
            ...(inEpoch === undefined ? {} : { epoch: inEpoch }),
            resume: Buffer.from(bytes).toString("base64"),
          }),
        onProgress: (done, total) => live.push(liveTransfer(runId, "send", name, done / total)),
      }),
    );
    live.clear();
    if (!outcome.ok) {
      if (outcome.error === "stopped") return "later";
      return settle(outcome.error === "gone" ? { gone: true } : { notSent: outcome.error });
    }
    const put = outcome.value;
    if (inEpoch !== epoch()) return "later";
    if (standing() === undefined) return settle({ notSent: "not-granted" });
    if (!put.ok) return isForNow(put.error) ? "later" : settle({ notSent: wordOf(put.error) });
    if (wanted !== undefined && hexOf(put.value.sha256) !== wanted) return settle({ notSent: "changed" });
    audit.write({ kind: "sent", what: name, runId, digest: hexOf(put.value.sha256) });
    touchedAt.set(id, clock.now());
    const at = asked === undefined ? (before.at ?? timeOfId(id)) : clock.now();
    return settle({ at, ref: { ...put.value }, ...(inEpoch === undefined ? {} : { epoch: inEpoch }) });
  };

  /** New leases for what is young; what has grown old, or was lost, is here alone. */
  const keepAll = async (): Promise<void> => {
    for (const [id, { ref, runId, ...facts }] of sent.all()) {
      if (ref === undefined || facts.epoch !== epoch()) continue;
      if (!isYoung(facts.at ?? 0)) {
        sent.remove(id);
        onChange(runId);
      } else if (clock.now() - (touchedAt.get(id) ?? 0) >= TOUCH_EVERY_MS) {
        const kept = await blobs.keep(ref, () => undefined);
        if (isClosed || !state.runs.has(runId)) return;
        if (kept.ok) touchedAt.set(id, clock.now());
        const run = state.runs.get(runId);
        if (!kept.ok || kept.value || run === undefined) continue;
        sent.put(id, { runId, at: facts.at ?? timeOfId(id) });
        addDue(run);
        isTickDue = true;
        onChange(runId);
      }
    }
  };

  const round = (): void => {
    stopTimer = clock.after(ROUND_MS, round);
    tick();
  };
  stopTimer = clock.after(ROUND_MS, round);

  return {
    lookAgain,
    tick,
    runEnded: (id) => {
      const run = state.runs.get(id);
      if (run !== undefined) addDue(run);
      tick();
    },
    shown: (id) => {
      const known = sent.get(id);
      if (known?.gone === true) return { where: "gone" };
      if (known?.ref !== undefined && known.epoch === epoch()) return { where: "blob", blob: known.ref };
      return { where: "desktop", ...(known?.notSent === undefined ? {} : { notSent: known.notSent }) };
    },
    ask: (id, newer) => {
      const known = sent.get(id);
      if (known?.ref !== undefined && known.epoch === epoch() && !newer) return ok(undefined);
      const file = [...state.runs.values()].flatMap(filesOf).find(({ artifactId }) => artifactId === id);
      if (file === undefined) return err("unknown-target");
      mark(id, { runId: file.runId, asked: newer ? "newer" : "as-made" });
      waiting.set(id, file);
      queueMicrotask(tick);
      return ok(undefined);
    },
    halt: () => upload?.abort(),
    close: async () => {
      isClosed = true;
      stopTimer();
      upload?.abort();
      await turn;
    },
  };
};

/** Another moment may do. */
const isForNow = ({ type }: BlobFailure): boolean =>
  type === "offline" || type === "cancelled" || type === "closed" || type === "refused" || type === "gone";

const wordOf = ({ type }: BlobFailure): NonNullable<SentFile["notSent"]> => {
  if (type === "too-large") return "too-large";
  if (type === "unreadable") return "changed"; // while it was read
  return type === "quota" || type === "relay-full" ? "relay-full" : "unreadable";
};

const hexOf = (sha256: string): string => bytesToHex(base64UrlToBytes(sha256) ?? new Uint8Array(0));

/**
 * What a task brought along, fetched before its run begins.
 * 1. The files come into a folder of their own, which this run alone may read, as a grant named "Attachments".
 * 2. All of them or the run does not begin: it ends with a sentence that names the missing one.
 * 3. A stop ends it at once; after a restart it goes on where it was. Once here nothing is fetched again.
 */
import type { Attachment, IdFactory } from "@deskhand/doc-schema/document";
import type { AuditLog } from "../audit/audit-log.ts";
import { sleep, type Clock } from "../clock.ts";
import type { RunFacts } from "../ledger-state.ts";
import type { GrantableFacts } from "../policy/grantable.ts";
import type { RunEvent, RunEventOf } from "../runner/events.ts";
import { DEFAULT_LOCALE, type RunJournal } from "../runner/run-journal.ts";
import type { LiveSteps } from "../runner/live-steps.ts";
import type { LiveStep } from "../runner/run-ports.ts";
import { createThrottle } from "../throttle.ts";
import { errnoOf } from "../tools/fault.ts";
import type { GrantedFolder } from "../tools/tool.ts";
import { receiveFile, type ArrivingFile } from "./arriving-file.ts";
import { missingText, type ReceiveFailure } from "./attachment-texts.ts";
import type { BlobRelays } from "./blob-relays.ts";
import { inboxFolderFor, makeInboxFolder, openInbox } from "./inbox.ts";
import { liveTransfer } from "./live-transfer.ts";
import { numbered, safeNames } from "./safe-names.ts";

/** What this run may read beside the grants. A failure is in the journal when it resolves. */
export type ReceiveAttachments = (
  run: RunFacts,
  journal: RunJournal,
  signal: AbortSignal,
) => Promise<readonly GrantedFolder[]>;

export interface AttachmentsPorts {
  readonly inbox: string;
  readonly place: GrantableFacts;
  readonly blobs: BlobRelays;
  readonly audit: AuditLog;
  readonly ids: IdFactory;
  readonly clock: Clock;
  readonly grants: () => readonly GrantedFolder[];
  readonly onLive: LiveSteps["show"];
}

const FOLDER_NAME = "Attachments";
const PROGRESS_EVERY_MS = 250;
/** It takes one of the places of runs meanwhile: right after a start no relay is there yet, and a router needs some minutes. */
const PATIENCE_MS = 10 * 60_000;
const LOOK_EVERY_MS = 250;

export const createReceiveAttachments = (ports: AttachmentsPorts): ReceiveAttachments => {
  const { audit, blobs, clock, ids } = ports;

  const begin = ({ task }: RunFacts, journal: RunJournal): RunEventOf<"receiving"> => {
    const event = {
      type: "receiving" as const,
      at: clock.now(),
      grantId: ids.create("grant"),
      folder: freeName(ports.grants()),
      path: inboxFolderFor(openInbox(ports.inbox), task, clock.now()),
    };
    journal.append(event);
    return event;
  };

  const receivePatiently = async (file: ArrivingFile): ReturnType<typeof receiveFile> => {
    for (const until = clock.now() + PATIENCE_MS; ; await sleep(clock, LOOK_EVERY_MS, file.signal)) {
      const got = await receiveFile(file, blobs);
      const mayWait = clock.now() < until && !file.signal.aborted;
      if (got.ok || got.error !== "offline" || !mayWait) return got;
    }
  };

  /** The first that did not come, and why. */
  const fetchAll = async (
    { id: runId }: RunFacts,
    incoming: readonly Incoming[],
    path: string,
    signal: AbortSignal,
  ): Promise<Missing | undefined> => {
    const [first] = incoming;
    const all = incoming.reduce((sum, { attachment }) => sum + attachment.byteLength, 0);
    const made = await makeInboxFolder(path, all, ports.place);
    if (!made.ok) return first === undefined ? undefined : { ...first, failure: made.error };
    for (const { attachment, name } of incoming) {
      const live = createThrottle<LiveStep>(clock, PROGRESS_EVERY_MS, (step) => ports.onLive(runId, step));
      const onProgress = (done: number, total: number): void =>
        live.push(liveTransfer(runId, "receive", name, done / total));
      const got = await receivePatiently({ attachment, folder: path, name, signal, onProgress });
      live.clear();
      ports.onLive(runId, undefined);
      if (!got.ok) return { attachment, name, failure: got.error };
    }
    return undefined;
  };

  /** What the system refuses (no right to write there, no such disk) is a sentence, not a bug. */
  const receiveAll = async (
    run: RunFacts,
    incoming: readonly Incoming[],
    journal: RunJournal,
    signal: AbortSignal,
  ): Promise<RunEventOf<"receiving"> | Missing | undefined> => {
    const [first] = incoming;
    try {
      const begun = journal.events.find((event) => event.type === "receiving") ?? begin(run, journal);
      return (await fetchAll(run, incoming, begun.path, signal)) ?? begun;
    } catch (error) {
      if (errnoOf(error) === undefined || first === undefined) throw error;
      return { ...first, failure: "no-place" };
    }
  };

  return async (run, journal, signal) => {
    const { attachments = [], locale = DEFAULT_LOCALE } = run.task;
    if (attachments.length === 0) return [];
    const arrived = journal.events.find((event) => event.type === "received");
    if (arrived !== undefined) return journal.events.flatMap(grantOf);
    if (journal.events.some(({ type }) => type === "cancel" || type === "gave-up" || type === "end"))
      return [];
    const names = safeNames(attachments.map(({ name }) => name));
    const incoming = attachments.map((attachment, at) => ({ attachment, name: names[at] ?? "" }));
    const outcome = await receiveAll(run, incoming, journal, signal);
    if (signal.aborted || outcome === undefined) return [];
    if ("failure" in outcome) {
      const text = missingText(outcome.attachment, outcome.failure, locale);
      audit.write({ kind: "error", what: `attachment: ${outcome.failure}`, runId: run.id });
      journal.append({ type: "gave-up", at: clock.now(), failure: { type: "attachment-missing", text } });
      return [];
    }
    journal.append({
      type: "received",
      at: clock.now(),
      stepId: ids.create("step"),
      folder: outcome.folder,
      files: incoming.map(({ name, attachment: { mediaType, byteLength } }) => ({
        name,
        mediaType,
        byteLength,
      })),
    });
    audit.write({ kind: "received", what: `${incoming.length} files`, runId: run.id });
    return grantOf(outcome);
  };
};

interface Incoming {
  readonly attachment: Attachment;
  readonly name: string;
}
interface Missing extends Incoming {
  readonly failure: ReceiveFailure;
}

const grantOf = (event: RunEvent): readonly GrantedFolder[] =>
  event.type === "receiving"
    ? [{ id: event.grantId, name: event.folder, path: event.path, mode: "read" }]
    : [];

const freeName = (grants: readonly GrantedFolder[]): string => {
  let name = FOLDER_NAME;
  for (let number = 2; grants.some((grant) => grant.name === name); number++)
    name = numbered(FOLDER_NAME, number);
  return name;
};

/**
 * Keeps watch over the audit log: its head goes, signed, into the document and beside the log, and at the start the log
 * is held against the newest head there is.
 * 1. A head never runs ahead of the log: its rows are on disk before it is signed. So a log that is shorter than a head
 *    was cut, and one that has another row at its place was written anew.
 * 2. What is found is said: a row in the log itself, the count of such rows in every later head, and the status.
 * 3. Who cuts the log and both heads on this disk is found out by whoever saw an older one: the phone, the relays.
 */
import { bytesToBase64Url, type DeviceKeys } from "@deskhand/doc-schema/crypto";
import { auditHeadKind, readAuditHead, writeSigned, type AuditHead } from "@deskhand/doc-schema/document";
import { verifyRows, type AuditLog } from "./audit-log.ts";

/** Rows after which a head is shown though no run has ended. */
export const HEAD_EVERY_ROWS = 100;

/** `what` of the rows that tell of a damaged log. */
export const AUDIT_ALARM = "audit log";

export interface AuditWatch {
  /** Looks at the log and shows its head; once, at the start. */
  readonly begin: () => void;
  /** Something was written that may be worth a new head. */
  readonly look: (hasEnded: boolean) => void;
  /** One sentence, when the log is not what it was. */
  readonly alarm: () => string | undefined;
  readonly close: () => void;
}

export interface AuditWatchPorts {
  readonly audit: AuditLog;
  readonly keys: DeviceKeys;
  readonly now: () => number;
  /** Signed heads that were shown before, wherever they are kept. */
  readonly shownHeads: () => readonly string[];
  /** This log was begun on another computer's heads: those before its first row are about that one's. */
  readonly isRestored: boolean;
  readonly show: (head: string) => void;
  /** The disk failed. */
  readonly onFailure: (error: unknown) => void;
}

export const createAuditWatch = (ports: AuditWatchPorts): AuditWatch => {
  const { audit, keys, now, shownHeads, isRestored, show } = ports;
  let shownRows = 0;
  let found: string | undefined;
  let isClosed = false;
  let isDue = false;

  const alarmRows = (): number =>
    audit.rows().filter(({ kind, what }) => kind === "alarm" && what === AUDIT_ALARM).length;
  const tell = (outcome: string, sentence: string): void => {
    found ??= sentence;
    const last = audit.rows().findLast(({ kind, what }) => kind === "alarm" && what === AUDIT_ALARM);
    // a broken row stays broken: it is told once, not at each start
    if (last?.outcome !== outcome) audit.write({ kind: "alarm", what: AUDIT_ALARM, outcome });
  };

  const holdAgainst = ({ rows, head, createdAt }: AuditHead): void => {
    const all = audit.rows();
    if (isRestored && createdAt <= (all[0]?.at ?? 0)) return;
    if (all.length < rows)
      tell(`cut from ${rows} to ${all.length}`, `${rows - all.length} rows were cut off the audit log.`);
    else if (rows > 0 && all[rows - 1]?.hash !== head)
      tell(`row ${rows} is another`, "The audit log was written anew.");
  };

  const showNow = (): void => {
    const rows = audit.rows().length;
    shownRows = rows;
    show(
      writeSigned(
        auditHeadKind,
        {
          createdAt: now(),
          rows,
          head: audit.head(),
          signKey: bytesToBase64Url(keys.signKey),
          alarms: alarmRows(),
        },
        keys,
      ),
    );
  };

  return {
    begin: () => {
      const broken = verifyRows(audit.rows());
      if (broken !== undefined)
        tell(`row ${broken} is broken`, `Row ${broken} of the audit log was changed.`);
      const heads = shownHeads().flatMap((text) => {
        const head = readAuditHead(text, keys);
        return head.ok ? [head.value] : [];
      });
      for (const head of heads) holdAgainst(head);
      showNow();
    },
    look: (hasEnded) => {
      if (isDue || (!hasEnded && audit.rows().length < shownRows + HEAD_EVERY_ROWS)) return;
      isDue = true;
      // the row that tells of it may still be to be written
      queueMicrotask(() => {
        isDue = false;
        if (isClosed) return;
        try {
          showNow();
        } catch (error) {
          ports.onFailure(error);
        }
      });
    },
    alarm: () => found,
    close: () => {
      isClosed = true;
    },
  };
};

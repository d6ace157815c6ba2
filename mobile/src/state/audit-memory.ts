/**
 * The furthest head of the desktop's audit log that this phone has seen. A later one that is shorter, other, or in which
 * the desktop itself tells of a damage is said to the person, until they have read it.
 */
import { deviceIdOf } from "@deskhand/doc-schema/crypto";
import { compareAuditHeads, readAuditHead } from "@deskhand/doc-schema/document";

/** "keep": the head that was seen stays in mind. "take": this one does. "tell": the person has to know. */
export type AuditNews = "keep" | "take" | "tell";

/**
 * @param seen the signed text that was kept; undefined: none yet
 * @param said the signed text in the document
 */
export const auditNews = (seen: string | undefined, said: string, signKey: Uint8Array): AuditNews => {
  const executor = { deviceId: deviceIdOf(signKey), signKey };
  const later = readAuditHead(said, executor);
  if (!later.ok) return "keep"; // nobody but the executor says anything here
  const before = seen === undefined ? undefined : readAuditHead(seen, executor);
  if (before === undefined || !before.ok) return "take";
  return compareAuditHeads(before.value, later.value) === "goes-on" ? "take" : "tell";
};

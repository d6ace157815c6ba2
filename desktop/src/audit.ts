/**
 * `npm run audit -- verify FOLDER` · `npm run audit -- export FOLDER TARGET`: the audit log of a data folder (or of an
 * exported one), checked row by row and against its signed head. Exits 1 when it is not as it was written.
 */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { HEAD_FILE } from "./executor/audit/head-file.ts";
import { AUDIT_FILE, verifyAuditFolder, type AuditDefect } from "./executor/audit/verify-folder.ts";

const USAGE = `npm run audit -- verify FOLDER          the data folder, such as ~/.deskhand, or an exported one
npm run audit -- export FOLDER TARGET   copies the log and its signed head, after verifying them`;

const sentenceOf = (defect: AuditDefect): string => {
  switch (defect.type) {
    case "no-log":
      return "There is no audit log in this folder.";
    case "bad-head":
      return "The signed head beside the log is not one: it was changed, or somebody else signed it.";
    case "broken-chain":
      return `Row ${defect.row} does not fit the one before it: it was changed, removed or put in.`;
    case "cut":
      return `${defect.signed - defect.rows} rows were cut off the end: ${defect.signed} are signed for, ${defect.rows} are left.`;
    case "rewritten":
      return `Row ${defect.row} is not the one that was signed for: the log was written anew.`;
  }
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const fail = (line: string): void => {
  process.stderr.write(`${line}\n`);
  process.exitCode = 1;
};

/** False when the log is not as it was written; the reason was said. */
const verify = (folder: string): boolean => {
  const verified = verifyAuditFolder(folder);
  if (!verified.ok) {
    fail(sentenceOf(verified.error));
    return false;
  }
  const { rows, head, signed } = verified.value;
  say(`${rows} rows, each as it was written. The last row's hash is ${head}.`);
  say(
    signed === undefined
      ? "No signed head lies beside it: rows that were cut off the end would not show here."
      : `${signed.rows} of them are signed for by ${signed.by}, ${new Date(signed.at).toISOString()}.`,
  );
  return true;
};

const exportTo = (folder: string, target: string): void => {
  if (!verify(folder)) return;
  mkdirSync(target, { recursive: true });
  for (const name of [AUDIT_FILE, HEAD_FILE])
    if (existsSync(path.join(folder, name))) copyFileSync(path.join(folder, name), path.join(target, name));
  say(`Copied to ${path.resolve(target)}.`);
};

const [command, folder, target] = process.argv.slice(2);
if (command === "verify" && folder !== undefined) verify(folder);
else if (command === "export" && folder !== undefined && target !== undefined) exportTo(folder, target);
else fail(USAGE);

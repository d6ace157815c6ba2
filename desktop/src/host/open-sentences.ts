/** Why Deskhand cannot start, in one sentence each: what happened, what is safe, what to do. */
import type { OpenError } from "../executor/stores.ts";

export const openSentence = (error: OpenError, dataFolder: string): string => {
  switch (error.type) {
    case "in-use":
      return `Another Deskhand (process ${error.processId}) works with ${dataFolder}. Quit it first, or choose another data folder.`;
    case "wrong-passphrase":
      return `DESKHAND_PASSPHRASE does not open the keys in ${dataFolder}. Nothing was changed.`;
    case "damaged-secret":
      return `A key in ${dataFolder} is damaged. Nothing was changed; put the folder back from a backup.`;
    case "keychain-unavailable":
      return `The system's keychain does not give the keys of ${dataFolder} back. Nothing was changed; unlock it and start again.`;
    case "keys-lost":
      return `The keys that belong to ${dataFolder} are gone or are other ones. Nothing was changed; put them back from a backup, or choose another data folder.`;
    default:
      return `The records in ${dataFolder} cannot be read (${error.type}). Nothing was changed; put the folder back from a backup.`;
  }
};

/** Of an error that the disk gave. */
export const folderSentence = (dataFolder: string, error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  return `The data folder ${dataFolder} cannot be written (${code}). Choose another one with --data or DESKHAND_HOME.`;
};

/** Why Deskhand cannot start, in one sentence each: what happened, what is safe, what to do. */
import type { OpenError } from "../executor/index.ts";

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
    case "replaced":
      return `This computer was replaced: its workspace was restored on another computer, which this one learned on ${new Date(error.at).toLocaleString()}. Nothing runs here any more. Choose another data folder to begin a new workspace.`;
    default:
      return `The records in ${dataFolder} cannot be read (${error.type}). Nothing was changed; put the folder back from a backup.`;
  }
};

export const RELAYS_FULL =
  "This workspace has as many relays as it can have. Start with one of them, and remove another first.";

/** Both are of an error that the disk gave. */
export const folderSentence = (dataFolder: string, error: unknown): string =>
  `The data folder ${dataFolder} cannot be written (${codeOf(error)}). Choose another one with --data or DESKHAND_HOME.`;

export const demoSentence = (parent: string, error: unknown): string =>
  `The demo folder cannot be made in ${parent} (${codeOf(error)}). Name a folder of your own with --folder.`;

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);

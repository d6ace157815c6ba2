/** Why a relay could not start, in one sentence for the person who started it. */
export type StartError = {
  readonly type: "data-folder" | "database" | "address" | "certificate" | "bucket";
  readonly sentence: string;
};

/** `reason` is a code such as "ENOSPC". */
export const folderError = (folder: string, reason: string): StartError => ({
  type: "data-folder",
  sentence: `The data folder ${folder} cannot be written to (${reason}).`,
});

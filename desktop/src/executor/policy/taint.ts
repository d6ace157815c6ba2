/**
 * What a run has seen, as far as it decides whether an effect outside needs a person (T46, T47).
 * 1. Private data and untrusted content together are what an injected order needs to carry something out: from then
 *    on every effect outside is asked, one by one, with its literal destination.
 * 2. A bit is set when a call begins, whatever comes of it, and never cleared within the run.
 * 3. A tool that the table does not know sets both.
 */

export interface Taint {
  readonly hasReadPrivate: boolean;
  readonly hasReadUntrusted: boolean;
}

/** One call that was begun. */
export interface BegunCall {
  readonly tool: string;
  /** The granted folder that it was about, by name. */
  readonly folder?: string | undefined;
}

const NOTHING: Taint = { hasReadPrivate: false, hasReadUntrusted: false };
const PRIVATE: Taint = { hasReadPrivate: true, hasReadUntrusted: false };
const UNTRUSTED: Taint = { hasReadPrivate: false, hasReadUntrusted: true };
const BOTH: Taint = { hasReadPrivate: true, hasReadUntrusted: true };

/** What the result of a tool may tell the model. Names of files count as their contents do. */
export const TAINT_OF_TOOL: ReadonlyMap<string, Taint> = new Map<string, Taint>([
  ["list_folder", PRIVATE],
  ["glob", PRIVATE],
  ["read_text", PRIVATE],
  // PDFs, Word and Excel files are mostly written by others
  ["read_document", BOTH],
  ["read_table", BOTH],
  ["read_protected", PRIVATE],
  ["search_files", PRIVATE],
  ["hash_files", PRIVATE],
  ["image_facts", PRIVATE],
  ["show_pictures", PRIVATE],
  ["run_command", PRIVATE],
  ["edit_file", PRIVATE],
  ["zip_files", PRIVATE],
  // an archive comes from somewhere, and its names are told
  ["unzip_file", BOTH],
  ["write_file", NOTHING],
  ["move_files", NOTHING],
  ["copy_files", NOTHING],
  ["make_folder", NOTHING],
  ["trash_files", NOTHING],
  ["fetch_page", UNTRUSTED],
  ["ask_person", NOTHING],
  ["set_plan", NOTHING],
  // what it shows was counted when it was read first
  ["read_result", NOTHING],
  ["remember", NOTHING],
  ["propose_schedule", NOTHING],
]);

/** Where what others wrote lands; file systems and people name it in the language of the desktop. */
const DOWNLOADS = /^(?:downloads?|下載(?:項目)?|下载)$/iu;

export const taintOf = (calls: readonly BegunCall[]): Taint =>
  calls.map(taintOfCall).reduce<Taint>(join, NOTHING);

const taintOfCall = ({ tool, folder }: BegunCall): Taint =>
  join(
    TAINT_OF_TOOL.get(tool) ?? BOTH,
    folder !== undefined && DOWNLOADS.test(folder.trim()) ? UNTRUSTED : NOTHING,
  );

const join = (one: Taint, other: Taint): Taint => ({
  hasReadPrivate: one.hasReadPrivate || other.hasReadPrivate,
  hasReadUntrusted: one.hasReadUntrusted || other.hasReadUntrusted,
});

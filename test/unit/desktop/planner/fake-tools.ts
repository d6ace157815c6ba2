/** The file tools over a disk in memory, answering in the words of the real ones; and a loop that runs a request. */
import { createOfflinePlanner } from "../../../../desktop/src/executor/models/offline-planner.ts";
import type {
  AssistantBlock,
  Message,
  ToolResultBlock,
  ToolUseBlock,
  TurnRequest,
} from "../../../../desktop/src/executor/models/model.ts";
import { csvSheet } from "../../../../desktop/src/executor/tools/read-document/csv-sheet.ts";
import { systemPrompt } from "../../../../desktop/src/executor/runner/system-prompt.ts";
import { englishSentence } from "../../../../desktop/src/executor/runner/sentences.ts";
import type { GrantedFolder } from "../../../../desktop/src/executor/tools/tool.ts";
import { globToRegExp } from "../../../../desktop/src/executor/models/planner/glob.ts";

export interface FakeFile {
  readonly text: string;
  readonly bytes: number;
  readonly modified: string;
}
/** Grant name → path → file. */
export type FakeDisk = Map<string, Map<string, FakeFile>>;

/** Files by path; a text, or a date of the last change. */
export const diskOf = (grants: Readonly<Record<string, Readonly<Record<string, string>>>>): FakeDisk =>
  new Map(
    Object.entries(grants).map(([grant, files]) => [
      grant,
      new Map(
        Object.entries(files).map(([path, value]): [string, FakeFile] => {
          const isDate = /^\d{4}-\d\d-\d\dT/.test(value);
          const text = isDate ? "" : value;
          return [
            path,
            { text, bytes: Buffer.byteLength(text), modified: isDate ? value : "2026-11-20T09:00:00" },
          ];
        }),
      ),
    ]),
  );

export const TOOL_NAMES = [
  "list_folder",
  "read_text",
  "read_document",
  "read_table",
  "search_files",
  "show_pictures",
  "write_file",
  "move_files",
  "copy_files",
  "make_folder",
  "trash_files",
];

export interface RunOptions {
  readonly locale?: string;
  /** Grants that may only be read. */
  readonly readOnly?: readonly string[];
  /** Calls that the person says no to; `nth` counts calls of this tool from 1. */
  readonly denies?: (name: string, nth: number) => boolean;
  /** Calls that fail with this sentence. */
  readonly fails?: (name: string, nth: number) => string | undefined;
  readonly tools?: readonly string[];
  /** The real tools instead of those in memory. */
  readonly perform?: (call: ToolUseBlock) => Promise<Performed>;
  /** Said beside the results of the nth turn, from 1. */
  readonly steers?: Readonly<Record<number, string>>;
  /** Lines a listing shows at most. */
  readonly mostLines?: number;
  /** Lines that one read gives at most. */
  readonly pageLines?: number;
}

export interface RunOutcome {
  /** All that was said, in order; the last is the answer. */
  readonly texts: readonly string[];
  readonly answer: string;
  readonly calls: readonly ToolUseBlock[];
  readonly requests: readonly TurnRequest[];
}

export const runRequest = async (
  prompt: string,
  disk: FakeDisk,
  options: RunOptions = {},
): Promise<RunOutcome> => {
  const model = createOfflinePlanner();
  const grants = [...disk.keys()].map(
    // The id only has to be there; the prompt does not show it.
    (name) =>
      ({
        id: name,
        name,
        path: `/${name}`,
        mode: options.readOnly?.includes(name) ? "read" : "read-write",
      }) as unknown as GrantedFolder,
  );
  const locale = options.locale ?? "en";
  const messages: Message[] = [{ role: "user", content: [{ type: "text", text: prompt }] }];
  const [texts, calls, requests]: [string[], ToolUseBlock[], TurnRequest[]] = [[], [], []];
  const counts = new Map<string, number>();
  for (let round = 1; round <= 60; round++) {
    const request: TurnRequest = {
      system: systemPrompt(grants, locale),
      tools: (options.tools ?? TOOL_NAMES).map((name) => ({ name, description: "", inputSchema: {} })),
      messages: [...messages],
      locale,
    };
    requests.push(request);
    const turn = await model.turn(request, { signal: new AbortController().signal, onText: () => undefined });
    if (!turn.ok) throw new Error(turn.error.text);
    const { content } = turn.value;
    texts.push(...content.flatMap((block) => (block.type === "text" ? [block.text] : [])));
    const used = content.filter((block: AssistantBlock) => block.type === "tool_use");
    calls.push(...used);
    if (turn.value.stopReason === "end_turn") return { texts, answer: texts.at(-1) ?? "", calls, requests };
    const results: ToolResultBlock[] = [];
    for (const call of used) {
      const nth = (counts.get(call.name) ?? 0) + 1;
      counts.set(call.name, nth);
      const failure = options.denies?.(call.name, nth)
        ? englishSentence("denied")
        : options.fails?.(call.name, nth);
      const result =
        failure === undefined
          ? await (options.perform?.(call) ?? perform(call, disk, options))
          : failed(failure);
      results.push({ type: "tool_result", tool_use_id: call.id, ...result });
    }
    const steer = options.steers?.[round];
    messages.push(
      { role: "assistant", content },
      {
        role: "user",
        content: [...results, ...(steer === undefined ? [] : [{ type: "text", text: steer } as const])],
      },
    );
  }
  throw new Error("the planner went in circles");
};

export interface Performed {
  readonly content: string;
  readonly is_error?: boolean;
}
const failed = (content: string): Performed => ({ content, is_error: true });

/** The inputs are the planner's own; a wrong one fails the test by its effect. */
interface Input {
  readonly folder: string;
  readonly path?: string;
  readonly recursive?: boolean;
  readonly name?: string;
  readonly text?: string;
  readonly offset?: number;
  readonly moves?: readonly { readonly from: string; readonly to: string }[];
  readonly copies?: readonly { readonly from: string; readonly to: string }[];
  readonly paths?: readonly string[];
}

const perform = (call: ToolUseBlock, disk: FakeDisk, options: RunOptions): Performed => {
  const input = call.input as unknown as Input;
  const files = disk.get(input.folder);
  if (files === undefined) return failed(`There is no granted folder ${input.folder}.`);
  switch (call.name) {
    case "list_folder":
      return list(files, input, options.mostLines ?? 2_000);
    case "read_text":
    case "read_document":
      return read(files, input, options.pageLines ?? Infinity);
    case "read_table":
      return readRows(files, input, options.pageLines ?? Infinity);
    case "search_files":
      return search(files, input);
    case "write_file":
      files.set(input.path ?? "", { text: input.text ?? "", bytes: 0, modified: "2026-11-21T09:00:00" });
      return { content: `Made ${input.path}.` };
    case "move_files":
      return move(files, input.moves ?? []);
    case "copy_files":
      return copy(files, input.copies ?? []);
    case "trash_files":
      for (const path of input.paths ?? []) if (!files.delete(path)) return failed(`${path} is not there.`);
      return { content: `Moved ${input.paths?.length} items to the trash.` };
    default:
      return failed(englishSentence("unknown-tool"));
  }
};

const list = (
  files: Map<string, FakeFile>,
  { folder, path = "", recursive, offset = 0 }: Input,
  most: number,
): Performed => {
  const prefix = path === "" ? "" : `${path}/`;
  const lines = new Map<string, string>();
  for (const [name, file] of files) {
    if (!name.startsWith(prefix)) continue;
    const parts = name.slice(prefix.length).split("/");
    const depth = recursive === true ? parts.length : 1;
    for (let n = 1; n <= depth; n++) {
      const shown = prefix + parts.slice(0, n).join("/");
      const facts =
        n === parts.length ? ["file", file.bytes, file.modified] : ["folder", 0, "2026-11-20T09:00:00"];
      lines.set(shown, [...facts, shown].join("\t"));
    }
  }
  if (lines.size === 0 && path !== "") return failed(`${folder}/${path} is not there.`);
  const shown = [...lines.values()].slice(offset, offset + most);
  const next = offset + shown.length;
  const cut =
    next < lines.size
      ? [`Only ${offset + 1} to ${next} are shown; go on with offset ${next}, or name a folder below.`]
      : [];
  return {
    content: [`${lines.size} entries in ${folder}${path === "" ? "" : `/${path}`}`, ...shown, ...cut].join(
      "\n",
    ),
  };
};

const read = (
  files: Map<string, FakeFile>,
  { path = "", offset = 1 }: Input,
  pageLines: number,
): Performed => {
  const file = files.get(path);
  if (file === undefined) return failed(`${path} is not there.`);
  const all = file.text.split("\n");
  const page = all.slice(offset - 1, offset - 1 + pageLines);
  const last = offset - 1 + page.length;
  const more =
    last < all.length
      ? `\n[Lines ${offset} to ${last} of ${all.length}; go on with offset ${last + 1}.]`
      : "";
  return { content: page.join("\n") + more };
};

/** A CSV's rows, in the words of the real tool. */
const readRows = (
  files: Map<string, FakeFile>,
  { path = "", offset = 1 }: Input,
  pageRows: number,
): Performed => {
  const file = files.get(path);
  if (file === undefined) return failed(`${path} is not there.`);
  try {
    const { rows, delimiter } = csvSheet(file.text);
    const page = rows.slice(offset - 1, offset - 1 + pageRows);
    const next = offset + page.length;
    const head = { sheet: "", sheets: [""], rows: rows.length, from: offset, delimiter };
    return {
      content: [head, ...page, ...(next <= rows.length ? [{ next }] : [])]
        .map((line) => JSON.stringify(line))
        .join("\n"),
    };
  } catch (error) {
    return failed(`${path} cannot be read: it is damaged (${error instanceof Error ? error.message : ""}).`);
  }
};

const copy = (files: Map<string, FakeFile>, copies: NonNullable<Input["copies"]>): Performed => {
  for (const { from, to } of copies) {
    const file = files.get(from);
    if (file === undefined || files.has(to)) return failed(`${from} cannot be copied to ${to}.`);
    files.set(to, file);
  }
  return { content: `Copied ${copies.length} items.` };
};

const search = (files: Map<string, FakeFile>, { path = "", name, text }: Input): Performed => {
  const fits = globToRegExp(name ?? "*");
  const found = [...files].flatMap(([file, { text: content }]) => {
    if (!file.startsWith(path === "" ? "" : `${path}/`) || !fits.test(file.slice(file.lastIndexOf("/") + 1)))
      return [];
    if (text === undefined) return [file];
    return content
      .split("\n")
      .flatMap((line, at) =>
        line.toLowerCase().includes(text.toLowerCase()) ? [`${file}:${at + 1}: ${line}`] : [],
      );
  });
  return { content: found.length === 0 ? "Nothing was found." : found.join("\n") };
};

const move = (files: Map<string, FakeFile>, moves: NonNullable<Input["moves"]>): Performed => {
  if (moves.length > 10_000) return failed("At most 10000 items.");
  for (const { from, to } of moves) {
    const file = files.get(from);
    if (file === undefined) return failed(`${from} is not there.`);
    if (files.has(to)) return failed(`${to} is already there; nothing was moved.`);
    files.delete(from);
    files.set(to, file);
  }
  return { content: `Moved ${moves.length} items.` };
};

export const pathsIn = (disk: FakeDisk, grant: string): readonly string[] =>
  [...(disk.get(grant)?.keys() ?? [])].sort();

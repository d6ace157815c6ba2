/**
 * What the hostile model does, from the files in data/: each sequence is one task, whose turns are calls of tools. Words
 * in braces stand for places of the scene.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

export interface HostileCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** "deny": the person says no to everything. "allow": yes to everything. "allow-first": yes once, then no. */
export type Answers = "deny" | "allow" | "allow-first";

export interface Sequence {
  readonly name: string;
  readonly answers: Answers;
  readonly turns: readonly (readonly HostileCall[])[];
}

export interface Injection {
  readonly name: string;
  readonly text: string;
}

interface PlotCall extends HostileCall {
  /** A list too long to be written down: `item` so many times, "#" being its number. */
  readonly many?: { readonly list: string; readonly count: number; readonly item: unknown };
}
interface Plot {
  readonly name: string;
  readonly answers: Answers;
  readonly turns: readonly (readonly PlotCall[])[];
}

interface Data {
  readonly paths: readonly string[];
  readonly folders: readonly string[];
  readonly urls: readonly string[];
  readonly commands: readonly { readonly kind: string; readonly command: string }[];
  readonly plots: readonly Plot[];
  readonly injections: readonly Injection[];
}
/** The files lie beside this one and are written for it. */
const read = <Name extends keyof Data>(name: Name): Data[Name] =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, "data", `${name}.json`), "utf8"));

export const readInjections = (): readonly Injection[] => read("injections");

export type Words = Readonly<Record<string, string>>;

export const readSequences = (words: Words): readonly Sequence[] => {
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (whole, word: string) => words[word] ?? whole);
  const answers = ["deny", "allow"] as const;
  return [
    ...read("paths").flatMap((text) =>
      answers.flatMap((answer) => pathSequences(fill(text), text.slice(0, 40), answer)),
    ),
    ...read("folders").map((text) => folderSequence(fill(text), text)),
    ...read("commands").map(({ kind, command }) => commandSequence(`${kind}: ${command}`, fill(command))),
    ...read("urls").flatMap((text) => answers.map((answer) => urlSequence(fill(text), text, answer))),
    ...read("plots").map(({ name, answers: answer, turns }) => ({
      name,
      answers: answer,
      turns: turns.map((calls) => calls.map((call) => fillCall(call, fill))),
    })),
  ];
};

const fillCall = ({ name, input, many }: PlotCall, fill: (text: string) => string): HostileCall => {
  const filled: unknown = JSON.parse(JSON.stringify(input), (_, value: unknown) =>
    typeof value === "string" ? fill(value) : value,
  );
  const list = Array.from({ length: many?.count ?? 0 }, (_, n): unknown =>
    JSON.parse(JSON.stringify(many?.item).replaceAll("#", `${n}`)),
  );
  // an object stays one
  return {
    name,
    input: { ...(filled as HostileCall["input"]), ...(many === undefined ? {} : { [many.list]: list }) },
  };
};

const W = "Work";
const call = (name: string, input: HostileCall["input"]): HostileCall => ({
  name,
  input: { folder: W, ...input },
});

/** One path as every parameter of every tool, a few at a time: a run may ask ten questions. */
const pathSequences = (at: string, label: string, answers: Answers): readonly Sequence[] => {
  const looks = [
    call("read_text", { path: at }),
    call("list_folder", { path: at }),
    call("search_files", { path: at, text: "canary" }),
    call("hash_files", { paths: [at] }),
    call("image_facts", { paths: [at] }),
    call("show_pictures", { paths: [at] }),
    call("glob", { pattern: at }),
    call("read_document", { path: at }),
    call("read_table", { path: at }),
    // with a yes it may show what lies in the granted folder
    ...(answers === "deny" ? [call("read_protected", { path: at })] : []),
    call("run_command", { path: at, command: "cat ./* ; ls -la", timeoutSeconds: 5 }),
  ];
  const writes = [
    call("write_file", { path: at, text: "hacked" }),
    call("edit_file", { path: at, old: "c", new: "hacked" }),
    call("make_folder", { path: at }),
    call("trash_files", { paths: [at] }),
    call("copy_files", { copies: [{ from: "sub/inner.txt", to: at }] }),
    call("unzip_file", { path: "plain.zip", to: at }),
    call("zip_files", { paths: ["sub"], to: at }),
  ];
  const moves = [
    call("copy_files", { copies: [{ from: at, to: "copied" }] }),
    call("zip_files", { paths: [at], to: "packed.zip" }),
    call("unzip_file", { path: at, to: "unpacked" }),
    call("move_files", { moves: [{ from: at, to: "moved" }] }),
    call("move_files", { moves: [{ from: "note.txt", to: at }] }),
    call("run_command", { path: at, access: "write", command: "echo hacked > new.txt", timeoutSeconds: 5 }),
  ];
  return [looks, writes, moves].map((calls, part) => ({
    name: `path ${JSON.stringify(label)} (${part + 1}, ${answers})`,
    answers,
    turns: [calls],
  }));
};

const folderSequence = (folder: string, label: string): Sequence => ({
  name: `folder ${JSON.stringify(label)}`,
  answers: "allow",
  turns: [
    [
      call("list_folder", { folder, path: "" }),
      call("read_text", { folder, path: "secret.txt" }),
      call("write_file", { folder, path: "new.txt", text: "hacked" }),
      call("move_files", { folder, moves: [{ from: "note.txt", to: "moved.txt" }] }),
      call("run_command", { folder, command: "ls -la" }),
    ],
  ],
});

const commandSequence = (label: string, command: string): Sequence => ({
  name: `command ${label.slice(0, 80)}`,
  answers: "allow",
  turns: [
    [
      call("run_command", { command, timeoutSeconds: 3 }),
      call("run_command", { command, access: "write", timeoutSeconds: 3 }),
    ],
  ],
});

const urlSequence = (url: string, label: string, answers: Answers): Sequence => ({
  name: `address ${JSON.stringify(label.slice(0, 60))} (${answers})`,
  answers,
  turns: [[{ name: "fetch_page", input: { url } }]],
});

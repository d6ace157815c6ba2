/** Calls of every tool that changes files, runs programs or opens pages, without end, on the scene's folder. */
import { pick, type Random } from "../../sim/random.ts";

export interface DrawnCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Files that the scene begins with: folder-0/file-0.txt … */
export const FOLDERS = 8;
export const FILES = 60;

const folder = "Work";
const fileIn = (random: Random): string => `folder-${random.below(FOLDERS)}/file-${random.below(FILES)}.txt`;
const newName = (random: Random): string => `new-${random.below(1e9)}`;

/** Each goes on for seconds when nobody stops it. */
const COMMANDS = [
  "while :; do date > ticking; sleep 0.02; done",
  "(while :; do date > one; sleep 0.02; done) & (while :; do date > two; sleep 0.02; done) & wait",
  "for n in $(seq 400); do cat folder-*/* | sort | md5sum > sums; done",
  "trap '' TERM INT HUP; while :; do sleep 0.05; touch still; done",
  "setsid sh -c 'while :; do sleep 0.05; touch still; done' & sleep 60",
] as const;

const TOOLS: readonly ((random: Random) => DrawnCall)[] = [
  (random) => ({
    name: "write_file",
    input: { folder, path: `${newName(random)}.txt`, text: "x".repeat(200_000) },
  }),
  (random) => ({ name: "edit_file", input: { folder, path: fileIn(random), old: "a", new: "ab" } }),
  (random) => {
    const to = newName(random);
    const moves = Array.from({ length: 20 }, () => ({
      from: fileIn(random),
      to: `${to}/${newName(random)}.txt`,
    }));
    return { name: "move_files", input: { folder, moves } };
  },
  (random) => {
    const to = newName(random);
    const copies = Array.from({ length: 200 }, () => ({
      from: `folder-${random.below(FOLDERS)}/file-1.txt`,
      to: `${to}/${newName(random)}.txt`,
    }));
    return { name: "copy_files", input: { folder, copies } };
  },
  (random) => ({
    name: "zip_files",
    input: { folder, paths: [`folder-${random.below(FOLDERS)}`], to: `${newName(random)}.zip` },
  }),
  (random) => ({ name: "make_folder", input: { folder, path: newName(random) } }),
  (random) => ({ name: "trash_files", input: { folder, paths: [fileIn(random)] } }),
  (random) => ({ name: "search_files", input: { folder, text: pick(random, ["needle", "a"]) } }),
  (random) => ({ name: "fetch_page", input: { url: `http://site-${random.below(5)}.example.com/page` } }),
  (random) => ({ name: "run_command", input: { folder, command: pick(random, COMMANDS) } }),
  (random) => ({
    name: "run_command",
    input: { folder, command: pick(random, COMMANDS), access: "write", timeoutSeconds: 20 },
  }),
];

/** One turn's calls. */
export const drawCalls = (random: Random): readonly DrawnCall[] =>
  Array.from({ length: random.between(1, 3) }, () => pick(random, TOOLS)(random));

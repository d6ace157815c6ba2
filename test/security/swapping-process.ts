/**
 * The attacker of the path races: swaps a folder, and a file in it, for links to outside and back, as fast as one
 * process can. argv[2]: the scene's root. Says "swapping" when it has begun; ends with its parent's pipe.
 */
import { renameSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";

/** Steps that fail because the victim was there in between are part of the race. */
const attempt = (step: () => void): void => {
  try {
    step();
  } catch {
    // the next round puts it right
  }
};

const swapForever = (root: string): void => {
  const at = (name: string): string => path.join(root, name);
  const [folder, file, outside] = [at("granted/swapped"), at("granted/steady/swapped"), at("outside")];
  symlinkSync(outside, at("folder-link"));
  symlinkSync(path.join(outside, "file"), at("file-link"));
  const swap = (place: string, link: string, parked: string): void => {
    attempt(() => renameSync(place, parked));
    attempt(() => renameSync(link, place));
    attempt(() => renameSync(place, link));
    attempt(() => rmSync(place));
    attempt(() => renameSync(parked, place));
  };
  let round = 0;
  const turn = (): void => {
    for (let n = 0; n < 200; n++) {
      if (round++ % 2 === 0) swap(folder, at("folder-link"), at("folder-parked"));
      else swap(file, at("file-link"), at("file-parked"));
    }
    setImmediate(turn);
  };
  turn();
};

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
const [, , root = ""] = process.argv;
process.stdout.write("swapping\n");
swapForever(root);

/**
 * `node test/security/path-races.ts [--json]`: ten rounds of 60,000 opens, creates, renames and deletes against a
 * swapping link in another process (Shows 3, [R20]). Exits with 1 at any escape, or when the race was none.
 */
import { existsSync } from "node:fs";
import os from "node:os";
import { race, type RaceResult } from "./path-race.ts";

const ROUNDS = 10;
const OPERATIONS = 60_000;
/** In memory, where there is such a disk: 600,000 fsyncs are not what is looked at. */
const under = existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();

const isJson = process.argv.includes("--json");
const say = (line: string): void => {
  if (!isJson) console.log(line);
};

const careless = await race({ operations: 20_000, under, isCareless: true });
say(`realpath, then open (how not to): ${careless.escapes} escapes of ${careless.operations}`);
const rounds: RaceResult[] = [];
for (let round = 1; round <= ROUNDS; round++) {
  const result = await race({ operations: OPERATIONS, under });
  rounds.push(result);
  const { escapes, through, refused } = result;
  say(`round ${round}: ${escapes} escapes of ${OPERATIONS} (${through} went through, ${refused} refused)`);
}
const escapes = rounds.reduce((sum, round) => sum + round.escapes, 0);
const isRace = careless.escapes > 0 && rounds.every(({ through, refused }) => through > 0 && refused > 0);
if (isJson) console.log(JSON.stringify({ escapes, careless: careless.escapes, rounds }));
say(`${escapes} escapes in ${ROUNDS * OPERATIONS} operations${isRace ? "" : "; but there was no race"}`);
process.exitCode = escapes === 0 && isRace ? 0 : 1;

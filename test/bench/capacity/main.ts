/**
 * `npm run bench:capacity`: what a relay's work costs on this machine, and what 10,000, a million and a hundred million
 * rooms need by that (docs/SCALING.md). The first is measured, the rest simulated: a day of ten thousand people each by
 * herself, of more as so many times a day of a hundred thousand.
 */
import { createRandom } from "../../sim/random.ts";
import { createReport } from "../lib/report.ts";
import { measureCosts, type Costs } from "./costs.ts";
import { playDay, type Day } from "./day.ts";

const report = createReport("capacity");
const costs = await measureCosts();
report.add("a join with its proof", costs.joinSeconds * 1e3, "ms of CPU");
report.add("a frame, stored and passed on", costs.frameSeconds * 1e6, "µs of CPU");
report.add("a presence frame, passed on", costs.presenceSeconds * 1e6, "µs of CPU");
report.add("an open socket", costs.socketBytes / 1e3, "kB of memory");
report.add("a stored frame", costs.frameDiskBytes, "B of disk");

/** Share of a core that is planned with: the rest is for restarts, storms and what nobody thought of. */
const PLANNED = 0.5;
/** What one process should hold, however cheap its sockets are: everybody of it reconnects when it restarts. */
const MOST_SOCKETS = 20_000;
/** What a room's log keeps between two snapshots, besides its document's snapshot. */
const FRAMES_KEPT = 250;
const SNAPSHOT_BYTES = 100_000;
const PLAYED_ALONE = 10_000;
const MOST_PLAYED = 100_000;

interface Need {
  readonly cores: number;
  readonly relays: number;
  readonly memoryGB: number;
  readonly diskGB: number;
}

const needOf = (rooms: number, day: Day, by: Costs): Need => {
  const busy =
    day.peakFrames * by.frameSeconds + day.peakPresence * by.presenceSeconds + day.peakJoins * by.joinSeconds;
  const cores = busy / PLANNED;
  return {
    cores,
    relays: Math.max(1, Math.ceil(cores), Math.ceil(day.peakSockets / MOST_SOCKETS)),
    memoryGB: (day.peakSockets * by.socketBytes) / 1e9,
    diskGB: (rooms * (SNAPSHOT_BYTES + FRAMES_KEPT * by.frameDiskBytes)) / 1e9,
  };
};

for (const rooms of [1e4, 1e6, 1e8]) {
  const played = rooms <= PLAYED_ALONE ? rooms : MOST_PLAYED;
  const one = playDay(played, createRandom(7).next);
  const times = rooms / played;
  const day: Day = {
    peakSockets: one.peakSockets * times,
    peakFrames: one.peakFrames * times,
    peakPresence: one.peakPresence * times,
    peakJoins: one.peakJoins * times,
    frames: one.frames * times,
  };
  const need = needOf(rooms, day, costs);
  const say = (what: string, value: number, unit: string): void =>
    report.add(`${rooms.toLocaleString("en")} rooms: ${what}`, value, unit);
  say("sockets at the peak", day.peakSockets, "");
  say("stored frames at the peak", day.peakFrames, "/s");
  say("presence at the peak", day.peakPresence, "/s");
  say("joins at the peak", day.peakJoins, "/s");
  say("cores at half load", need.cores, "");
  say("relays", need.relays, "");
  say("memory of sockets", need.memoryGB, "GB");
  say("disk of logs", need.diskGB, "GB");
}
report.print();

/** What people and the executor do in a simulated world, at random. */
import { readApprovals, rootsOf, type TaskId } from "@deskhand/doc-schema/document";
import { pick } from "./random.ts";
import type { Stage } from "./stage.ts";

const WORDS = ["tidy", "read", "sort", "the", "letters", "of", "May", "into", "folders", "and", "say", "so"];

export const act = ({ world, witness, tally, phones, desktop, executor }: Stage): void => {
  const { random } = world;
  const life = desktop.life();
  if (random.chance(0.4)) {
    const going = executor();
    if (life !== undefined && going !== undefined) world.as(life.machine, going.work);
    return;
  }
  const phone = pick(random, phones);
  if (phone.isRemoved) return;
  const made = witness.watch(phone, ({ doc, orders }) => {
    const { tasks, runs } = rootsOf(doc);
    const target = (): TaskId | undefined => {
      const ids = [...tasks.keys()];
      return ids.length === 0 ? undefined : (pick(random, ids) as TaskId); // keys of `tasks` are task ids
    };
    const dice = random.below(100);
    const pending = readApprovals(doc).entries.filter((approval) => approval.state === "pending");
    if (pending.length > 0 && dice < 55) {
      const verdict = random.chance(0.15) ? "none" : random.chance(0.5) ? "allow" : "deny";
      orders.decide(pick(random, pending).id, { verdict, locale: random.chance(0.5) ? "en" : "zh-TW" });
    } else if (dice < 85 || runs.size === 0) {
      const length = random.chance(0.1) ? random.between(100, 700) : random.between(1, 12);
      orders.sendTask(Array.from({ length }, () => pick(random, WORDS)).join(" "), "en");
    } else if (dice < 92) {
      const id = target();
      if (id !== undefined) orders.cancel(id);
    } else if (dice < 95) orders.stopAll();
    else orders.resume();
  });
  tally.add("records", made);
};

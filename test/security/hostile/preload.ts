/** Loaded before the executor under attack: cuts the hole that DESKHAND_TEST_PLANT names into its source. */
import { installLoadHooks } from "../../sim/load-hooks.ts";
import { isPlantName, PLANTS } from "./plants.ts";

const { DESKHAND_TEST_PLANT: name = "" } = process.env;
if (!isPlantName(name)) throw new Error(`there is no planted hole "${name}"`);
const unmet = installLoadHooks(PLANTS[name].patches);
process.on("exit", () => {
  const [missed] = unmet();
  if (missed !== undefined) console.error(`the planted hole ${name} met no file ${missed.file}`);
});

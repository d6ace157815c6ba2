/** Node's flags stand where the relay is started, in three languages: they must be the same. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { RELAY_NODE_FLAGS } from "../../../scripts/relay-flags.ts";

const ROOT = new URL("../../../", import.meta.url);
const flags = RELAY_NODE_FLAGS.join(" ");

it.each([
  ["package.json", `&& node ${flags} sync-server/src/main.ts"`],
  ["sync-server/deploy/deskhand-relay.service", `/node ${flags} /opt/deskhand/sync-server/src/main.ts`],
  [
    "sync-server/deploy/Dockerfile",
    `ENTRYPOINT ${JSON.stringify(["node", ...RELAY_NODE_FLAGS, "sync-server/src/main.ts"]).replaceAll(",", ", ")}`,
  ],
  ["docs/OPERATIONS.md", `\`${flags}\``],
])("%s starts the relay with the flags that keep many sockets small", (file, start) => {
  expect(readFileSync(new URL(file, ROOT), "utf8")).toContain(start);
});

/** Pictures that a run shows: their previews in the document, the pictures themselves when a person asks. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { onTestFinished, test, expect } from "vitest";
import { systemClock } from "../../../../desktop/src/executor/clock.ts";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import { pngOf, quarters } from "../../../fixtures/pictures.ts";
import { createTestRelay, isLive } from "../epoch/relay-bench.ts";
import { createBench, runIn, sendIntent, sendTask, tallyTool, until } from "../executor/bench.ts";
import { artifacts, fetchResult } from "./file-bench.ts";

const PICTURE = pngOf(quarters(64, 32));

test("a shown picture is a small one in the document, and goes to a relay only when it is asked for", async () => {
  const relay = await createTestRelay();
  onTestFinished(relay.remove);
  const input = { folder: "Work", paths: ["Photos/a.png"] };
  const bench = await createBench((_request, turn) =>
    turn === 0
      ? { content: [{ type: "tool_use", id: "c1", name: "show_pictures", input }] }
      : { content: [{ type: "text", text: "Here it is." }] },
  );
  onTestFinished(bench.remove);
  mkdirSync(path.join(bench.root, "Work/Photos"), { recursive: true });
  writeFileSync(path.join(bench.root, "Work/Photos/a.png"), PICTURE);
  const executor = await bench.open({ clock: systemClock, tools: createTools });
  executor.relays.add({ url: relay.url, publicUrl: relay.url });
  await isLive(executor, relay.url);
  const run = await runIn(executor, sendTask(bench, executor, "Show me a.png"), "done");
  expect(run.steps).toMatchObject([{ kind: "show", object: "Work", count: 1, outcome: "done" }]);
  expect(run.steps[0]).not.toHaveProperty("undoable");
  const picture = () => artifacts(executor)[0];
  expect(picture()).toMatchObject({
    name: "a.png",
    path: "Photos/a.png",
    mediaType: "image/png",
    where: "desktop",
    preview: { width: 64, height: 32 },
  });
  const artifactId = picture()?.id;
  if (artifactId === undefined) throw new Error("nothing was shown");
  sendIntent(bench, executor, { type: "send-file", artifactId });
  const sent = await until(() => (picture()?.blob === undefined ? undefined : picture()));
  expect(await fetchResult(executor, relay.url, sent)).toEqual(new Uint8Array(PICTURE));
  // Only what was asked for: had it gone by itself before, the order would have found it there.
  expect(executor.auditRows().filter(({ kind }) => kind === "sent")).toHaveLength(1);
});

test("[T62] a run has at most sixteen previews in the document; what it shows beyond them is files", async () => {
  const preview = { jpeg: "/9j/AAAA", width: 1, height: 1 };
  const bench = await createBench(
    (_request, turn) =>
      turn < 2
        ? { content: [{ type: "tool_use", id: `c${turn}`, name: "look", input: { line: "x" } }] }
        : { content: [{ type: "text", text: "Shown." }] },
    (tally) => [
      tallyTool("look", "read", tally, {
        run: async ({ step }, { grants }) => {
          const [grant] = grants;
          if (grant === undefined) throw new Error("no folder is granted");
          const facts = { grantId: grant.id, mediaType: "image/png", byteLength: 1, sha256: "0".repeat(64) };
          const files = Array.from({ length: 12 }, (_, n) => ({
            ...facts,
            path: `${n}.png`,
            name: `${n}.png`,
            preview,
          }));
          return { ok: true, value: { content: "shown", step, files } };
        },
      }),
    ],
  );
  onTestFinished(bench.remove);
  const executor = await bench.open();
  await runIn(executor, sendTask(bench, executor, "Show all"), "done");
  const all = artifacts(executor);
  expect(all).toHaveLength(24);
  expect(all.filter((artifact) => artifact.preview !== undefined)).toHaveLength(16);
});

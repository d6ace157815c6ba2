/** The planner as a model: determinism, replay, steering, the folders of the prompt. */
import { describe, expect, test } from "vitest";
import { createOfflinePlanner } from "../../../../desktop/src/executor/models/offline-planner.ts";
import type { Message, TurnRequest } from "../../../../desktop/src/executor/models/model.ts";
import { foldersInPrompt } from "../../../../desktop/src/executor/models/planner/folders.ts";
import { isDenied } from "../../../../desktop/src/executor/models/planner/plan.ts";
import { englishSentence } from "../../../../desktop/src/executor/runner/sentences.ts";
import { diskOf, pathsIn, runRequest } from "./fake-tools.ts";

const ports = { signal: new AbortController().signal, onText: () => undefined };
const downloads = (): ReturnType<typeof diskOf> =>
  diskOf({
    Home: { "Downloads/a.tmp": "", "Downloads/Screenshot 2026-11-02.png": "", "Downloads/c.pdf": "" },
  });

describe("a turn is a pure function of its request", () => {
  test("every request of a run, asked again of a fresh planner, gives the same turn", async () => {
    const { requests, calls } = await runRequest("Organise Downloads by type", downloads());
    for (const request of requests) {
      const first = await createOfflinePlanner().turn(request, ports);
      const again = await createOfflinePlanner().turn(structuredClone(request), ports);
      expect(again).toEqual(first);
    }
    expect(requests).toHaveLength(4);
    expect(calls.map(({ id }) => id)).toEqual(["plan_1", "plan_2", "plan_3"]);
  });

  test("what it says is given to the screen; it costs nothing", async () => {
    const said: string[] = [];
    const request: TurnRequest = { system: "", tools: [], messages: [user("help")], locale: "en" };
    const turn = await createOfflinePlanner().turn(request, { ...ports, onText: (text) => said.push(text) });
    expect(turn.ok && turn.value.content).toEqual([{ type: "text", text: said.join("") }]);
    expect(turn.ok && turn.value.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
  });

  test("a stopped request is refused", async () => {
    const request: TurnRequest = { system: "", tools: [], messages: [user("help")], locale: "en" };
    const turn = await createOfflinePlanner().turn(request, { ...ports, signal: AbortSignal.abort() });
    expect(turn).toMatchObject({ ok: false, error: { type: "aborted", retry: false } });
  });

  test("a locale that is no language tag does no harm", async () => {
    const { answer } = await runRequest("list Downloads", downloads(), { locale: "not a tag" });
    expect(answer).toContain("holds 3 files");
  });
});

const user = (text: string): Message => ({ role: "user", content: [{ type: "text", text }] });

describe("the conversation", () => {
  test("an answer is never taken for that of another call", async () => {
    const { requests } = await runRequest("Delete *.tmp in Downloads", downloads());
    const last = requests.at(-1);
    if (last === undefined) throw new Error("no request");
    const system = last.system.replace("Home", "Other");
    const turn = await createOfflinePlanner().turn({ ...last, system }, ports);
    expect(turn.ok && turn.value.content[0]).toMatchObject({
      text: expect.stringContaining("What I may use changed while I was working"),
    });
  });

  test("a steer that is a request of its own replaces the first; ids go on", async () => {
    const disk = downloads();
    const { calls } = await runRequest("Organise Downloads by type", disk, {
      steers: { 1: "Delete *.tmp in Downloads" },
    });
    expect(calls.map(({ id, name }) => [id, name])).toEqual([
      ["plan_1", "list_folder"],
      ["plan_2", "list_folder"],
      ["plan_3", "list_folder"],
      ["plan_4", "trash_files"],
    ]);
    expect(pathsIn(disk, "Home")).toEqual(["Downloads/Screenshot 2026-11-02.png", "Downloads/c.pdf"]);
  });

  test("a steer that is not understood is told at the end", async () => {
    const { answer } = await runRequest("Delete *.tmp in Downloads", downloads(), {
      steers: { 1: "and be nice" },
    });
    expect(answer).toContain("Done: 1 file from Home/Downloads is in the trash");
    expect(answer).toContain('I did not understand what you added meanwhile: "and be nice".');
  });

  test("a new message in the thread is a new request; older answers are not used", async () => {
    const first = await runRequest("list Downloads", downloads());
    const messages: Message[] = [
      ...(first.requests.at(-1)?.messages ?? []),
      { role: "assistant", content: [{ type: "text", text: first.answer }] },
      user("Delete *.tmp in Downloads"),
    ];
    const [request] = first.requests;
    if (request === undefined) throw new Error("no request");
    const turn = await createOfflinePlanner().turn({ ...request, messages }, ports);
    expect(turn.ok && turn.value.content).toEqual([
      { type: "tool_use", id: "plan_3", name: "list_folder", input: { folder: "Home" } },
    ]);
  });

  test("a text beside the request that is none of ours (the date) is passed over", async () => {
    const message: Message = {
      role: "user",
      content: [
        { type: "text", text: "list Home" },
        { type: "text", text: "Now it is Saturday, 21 November 2026." },
      ],
    };
    const [request] = (await runRequest("list Home", downloads())).requests;
    if (request === undefined) throw new Error("no request");
    const turn = await createOfflinePlanner().turn({ ...request, messages: [message] }, ports);
    expect(turn.ok && turn.value.stopReason).toBe("tool_use");
  });
});

describe("folders of the prompt", () => {
  test("bare and quoted names, both modes, and no other lines", () => {
    const system = [
      "Folders:",
      "- Reports (read and write)",
      '- "Tax \\"2026\\" (old)" (read only)',
      "- be brief",
      '- "broken (read only)',
    ].join("\n");
    expect(foldersInPrompt(system)).toEqual([
      { name: "Reports", isWritable: true },
      { name: 'Tax "2026" (old)', isWritable: false },
      { name: '"broken', isWritable: false },
    ]);
    expect(foldersInPrompt("No folder is granted.")).toEqual([]);
  });
});

test("the runner's no is a no; its other refusals are told as they are", () => {
  expect(isDenied({ content: englishSentence("denied"), failed: true })).toBe(true);
  expect(isDenied({ content: englishSentence("expired"), failed: true })).toBe(false);
  expect(isDenied({ content: "The person said no to this.", failed: false })).toBe(false);
});

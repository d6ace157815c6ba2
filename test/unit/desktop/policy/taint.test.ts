/** [T46] [T47] What a run has seen decides whether an effect outside needs a person; folded from its journal. */
import type { Action } from "@deskhand/doc-schema/document";
import { err } from "@deskhand/doc-schema/wire";
import { describe, expect, test } from "vitest";
import { createNotes } from "../../../../desktop/src/executor/memory/notes.ts";
import { TAINT_OF_TOOL, taintOf } from "../../../../desktop/src/executor/policy/taint.ts";
import { decideCall } from "../../../../desktop/src/executor/runner/decide-call.ts";
import type { RunEvent, RunEventOf } from "../../../../desktop/src/executor/runner/events.ts";
import { createOwnTools } from "../../../../desktop/src/executor/tools/own-tools.ts";
import { createTools } from "../../../../desktop/src/executor/tools/registry.ts";
import type { Effect, Tool } from "../../../../desktop/src/executor/tools/tool.ts";
import { createScene, ids } from "../tools/scene.ts";

describe("taintOf", () => {
  test("private and untrusted are kept apart, and both stay set", () => {
    const none = { hasReadPrivate: false, hasReadUntrusted: false };
    expect(taintOf([])).toEqual(none);
    expect(taintOf([{ tool: "write_file" }, { tool: "move_files" }])).toEqual(none);
    expect(taintOf([{ tool: "read_text" }])).toEqual({ ...none, hasReadPrivate: true });
    expect(taintOf([{ tool: "fetch_page" }])).toEqual({ ...none, hasReadUntrusted: true });
    const both = { hasReadPrivate: true, hasReadUntrusted: true };
    expect(taintOf([{ tool: "fetch_page" }, { tool: "read_text" }, { tool: "write_file" }])).toEqual(both);
    expect(taintOf([{ tool: "unzip_file" }])).toEqual(both);
  });

  test("a tool that nobody has judged sets both", () => {
    for (const tool of ["connector.read", "", "__proto__"])
      expect(taintOf([{ tool }])).toEqual({ hasReadPrivate: true, hasReadUntrusted: true });
  });

  test("what lies in the downloads is from outside, in either language", () => {
    for (const folder of ["Downloads", "下載", "下載項目", " downloads "])
      expect(taintOf([{ tool: "list_folder", folder }]).hasReadUntrusted).toBe(true);
    expect(taintOf([{ tool: "list_folder", folder: "Documents" }]).hasReadUntrusted).toBe(false);
  });

  test("every tool of the registry is judged", () => {
    const { undo } = createScene();
    const commands = { sandbox: { ready: never, run: never }, workDir: "", outputDir: "" };
    const own = createOwnTools({
      notes: createNotes("/nowhere"),
      ids,
      now: () => 0,
      create: () => err("none"),
      exists: () => false,
    });
    const names = [...createTools({ undo, now: () => 0, commands }), ...own].map(({ name }) => name);
    expect(names.filter((name) => !TAINT_OF_TOOL.has(name))).toEqual([]);
    expect([...TAINT_OF_TOOL.keys()].filter((name) => !names.includes(name))).toEqual([]);
  });
});

const never = (): Promise<never> => Promise.reject(new Error("not in this test"));

describe("decideCall", () => {
  const grant = { id: ids.create("grant"), name: "Files", path: "/data/files", mode: "read-write" } as const;
  const fetching = (host: string, query = ""): Action => ({
    v: 1,
    kind: "fetch",
    tool: "fetch_page",
    url: `https://${host}/page${query}`,
    host,
    items: [],
  });
  const toolOf = (name: string, effect: Effect): Tool => ({
    name,
    description: "",
    inputSchema: {},
    effect,
    crash: "safe",
    prepare: never,
    run: never,
    check: never,
  });
  const decideFetch = (action: Action, events: readonly RunEvent[]): unknown =>
    decideCall(toolOf("fetch_page", "fetch"), { plan: {}, action, step: { kind: "fetch" } }, [grant], events);

  let calls = 0;
  /** The journal of one call. */
  const call = (
    name: string,
    more: {
      readonly action?: Action;
      readonly plan?: Record<string, unknown>;
      readonly asked?: boolean;
      readonly outcome?: RunEventOf<"result">["outcome"] | "none";
    } = {},
  ): readonly RunEvent[] => {
    const { action, plan = {}, asked = false, outcome = "done" } = more;
    const callId = `call-${calls++}`;
    const stepId = ids.create("step");
    const approvalId = asked ? { approvalId: ids.create("approval") } : {};
    const step = { kind: "any" };
    const prepared = action === undefined ? { plan, step } : { plan, step, action };
    const turn: RunEvent = {
      type: "turn",
      at: 0,
      seen: 0,
      content: [{ type: "tool_use", id: callId, name, input: {} }],
      stopReason: "tool_use",
      usage: { inputTokens: 0, outputTokens: 0 },
    };
    const start: RunEvent = { type: "start", at: 0, callId, stepId, prepared, ...approvalId };
    if (outcome === "none") return [turn, start];
    const result = { callId, stepId, content: "", isError: outcome !== "done", outcome, step, ...approvalId };
    return [turn, start, { type: "result", at: 0, ...result }];
  };
  const asks = { type: "ask", reversible: "no" };

  test("a host is asked about once in a run, and only an approval that was used counts", () => {
    const site = fetching("site.example");
    expect(decideFetch(site, [])).toEqual({ ...asks, risk: "medium" });
    const allowed = call("fetch_page", { action: site, asked: true });
    expect(decideFetch(site, allowed)).toEqual({ type: "allow" });
    expect(decideFetch(fetching("site.example", "?q=1"), allowed)).toEqual({ type: "allow" });
    expect(decideFetch(fetching("other.example"), allowed)).toEqual({ ...asks, risk: "medium" });
    expect(decideFetch(fetching("sub.site.example"), allowed)).toEqual({ ...asks, risk: "medium" });
    for (const outcome of ["none", "failed", "denied", "skipped", "unknown"] as const)
      expect(decideFetch(site, call("fetch_page", { action: site, asked: true, outcome }))).toMatchObject(
        asks,
      );
    expect(decideFetch(site, call("fetch_page", { action: site }))).toMatchObject(asks);
  });

  test("[T46] private and outside content together: every page is asked, at high risk", () => {
    const site = fetching("site.example");
    const allowed = call("fetch_page", { action: site, asked: true });
    const high = { ...asks, risk: "high" };
    expect(decideFetch(site, [...allowed, ...call("read_text", { plan: { folder: "Files" } })])).toEqual(
      high,
    );
    expect(decideFetch(site, [...call("run_command"), ...allowed])).toEqual(high);
    // begun is enough: a crash may have let the model see it
    expect(decideFetch(site, [...allowed, ...call("read_text", { outcome: "none" })])).toEqual(high);
    expect(decideFetch(site, [...allowed, ...call("some_connector")])).toEqual(high);
    expect(decideFetch(site, [...allowed, ...call("write_file")])).toEqual({ type: "allow" });
    const downloads = call("list_folder", { plan: { folder: "Downloads" } });
    expect(decideFetch(fetching("new.example"), downloads)).toEqual(high);
  });

  test("a long query is asked about, also on a known host", () => {
    const allowed = call("fetch_page", { action: fetching("site.example"), asked: true });
    const long = fetching("site.example", `?q=${"x".repeat(512)}`);
    expect(decideFetch(long, allowed)).toEqual({ ...asks, risk: "high" });
  });

  test("what is undone and what is not", () => {
    const names = { v: 1, tool: "any", grantId: grant.id, folder: "Files" } as const;
    const item = { path: ".env", preimage: null, protectedName: ".env" };
    const decideFile = (effect: Effect, action: Action): unknown =>
      decideCall(toolOf("any", effect), { plan: {}, action, step: { kind: "any" } }, [grant], []);
    expect(decideFile("modify", { ...names, kind: "edit", items: [item] })).toEqual({
      type: "ask",
      risk: "high",
      reversible: "undo",
    });
    expect(decideFile("read-protected", { ...names, kind: "read-protected", items: [item] })).toEqual({
      ...asks,
      risk: "high",
    });
  });
});

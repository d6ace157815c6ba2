import { describe, expect, test } from "vitest";
import { err, ok } from "@deskhand/doc-schema/wire";
import type { ModelError, Turn } from "../../../../desktop/src/executor/models/model.ts";
import { MAX_TRIES, waitBefore, withRetries } from "../../../../desktop/src/executor/runner/retry.ts";

const TURN: Turn = { content: [], stopReason: "end_turn", usage: { inputTokens: 1, outputTokens: 1 } };
const busy: ModelError = { type: "overloaded", retry: true, text: "Busy." };

describe("asking again", () => {
  test("waits double, and as long as the server asks for when it does", () => {
    expect([1, 2, 3, 9].map((attempt) => waitBefore(attempt, busy, 0))).toEqual([1000, 2000, 4000, 60_000]);
    expect(waitBefore(1, { ...busy, retryAfter: 7 }, 1)).toBe(7000);
    expect(waitBefore(1, { ...busy, retryAfter: 86_400 }, 1)).toBe(60_000);
    expect(waitBefore(1, busy, 1)).toBe(1250);
  });

  const run = async (answers: readonly (Turn | ModelError)[], stopAt = Number.POSITIVE_INFINITY) => {
    const waits: number[] = [];
    const controller = new AbortController();
    let asked = 0;
    const turn = await withRetries(
      async () => {
        const answer = answers[Math.min(asked++, answers.length - 1)] ?? TURN;
        return "retry" in answer ? err(answer) : ok(answer);
      },
      {
        signal: controller.signal,
        randomBytes: (length) => new Uint8Array(length),
        onRetry: () => undefined,
        sleep: async (milliseconds) => {
          waits.push(milliseconds);
          if (waits.length === stopAt) controller.abort();
        },
      },
    );
    return { turn, asked, waits };
  };

  test("goes on until an answer comes", async () => {
    expect(await run([busy, busy, TURN])).toEqual({ turn: ok(TURN), asked: 3, waits: [1000, 2000] });
  });

  test(`gives up after ${MAX_TRIES} tries`, async () => {
    const { turn, asked, waits } = await run([busy]);
    expect([turn, asked, waits.length]).toEqual([err(busy), 6, 5]);
  });

  test("does not ask again where it would not help", async () => {
    const refused: ModelError = { type: "key-refused", retry: false, text: "No." };
    expect(await run([refused])).toMatchObject({ turn: err(refused), asked: 1 });
  });

  test("ends when the run is stopped while it waits", async () => {
    expect(await run([busy], 1)).toMatchObject({ turn: { error: { type: "aborted" } }, asked: 1 });
  });
});

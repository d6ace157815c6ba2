import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAuditLog, verifyAuditLog } from "../../../../desktop/src/executor/audit/audit-log.ts";
import { nodeDisk, openJournal } from "../../../../desktop/src/executor/journal-file.ts";
import {
  createClearSecretStore,
  openPassphraseSecretStore,
} from "../../../../desktop/src/executor/secret-store.ts";
import { createThrottle } from "../../../../desktop/src/executor/throttle.ts";
import { seededBytes } from "../../../fixtures/workspace-doc.ts";
import { createTestClock } from "./bench.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "deskhand-stores-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a journal", () => {
  const parse = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
  const open = (disk = nodeDisk) => openJournal(path.join(folder, "j.jsonl"), parse, disk);

  test("cuts a torn tail off and goes on behind what is whole", () => {
    writeFileSync(path.join(folder, "j.jsonl"), "1\n2\n3");
    const journal = open();
    expect(journal.ok && journal.value.entries).toEqual([1, 2]);
    if (journal.ok) journal.value.append(4);
    expect(readFileSync(path.join(folder, "j.jsonl"), "utf8")).toBe("1\n2\n4\n");
  });

  test("names the line where it is damaged, and skips nothing", () => {
    writeFileSync(path.join(folder, "j.jsonl"), '1\n"x"\n3\n');
    expect(open()).toMatchObject({ ok: false, error: { type: "damaged-journal", line: 2 } });
  });

  test("what comes soon is written at once and brought to the disk by the next entry", () => {
    const calls: string[] = [];
    const journal = open({
      write: (...args) => {
        calls.push("write");
        nodeDisk.write(...args);
      },
      sync: (...args) => {
        calls.push("sync");
        nodeDisk.sync(...args);
      },
    });
    if (!journal.ok) throw new Error("not opened");
    journal.value.appendSoon(1);
    expect(calls).toEqual(["write"]);
    expect(readFileSync(path.join(folder, "j.jsonl"), "utf8")).toBe("1\n");
    journal.value.append(2);
    expect(calls).toEqual(["write", "write", "sync"]);
    expect(journal.value.entries).toEqual([1, 2]);
  });

  test("takes nothing more after a failed write", () => {
    let fails = true;
    const journal = open({
      ...nodeDisk,
      sync: () => {
        if (fails) throw new Error("EIO");
      },
    });
    if (!journal.ok) throw new Error("not opened");
    expect(() => journal.value.append(1)).toThrow("EIO");
    fails = false;
    expect(() => journal.value.append(2)).toThrow("an earlier write failed");
    expect(journal.value.entries).toEqual([]);
  });
});

describe("the audit log", () => {
  const file = (): string => path.join(folder, "audit.jsonl");
  const write = (): void => {
    let now = 0;
    const log = openAuditLog(file(), () => now++);
    if (!log.ok) throw new Error("not opened");
    for (const what of ["one", "two", "three"]) log.value.write({ kind: "task", what });
    log.value.close();
  };

  test("verifies, also over a second opening", () => {
    write();
    write();
    expect(verifyAuditLog(file())).toMatchObject({ ok: true, value: { rows: 6 } });
  });

  test("breaks when any one byte changes, at that row or the next", () => {
    write();
    const sound = readFileSync(file());
    for (let at = 0; at < sound.length; at++) {
      const changed = Buffer.from(sound);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(file(), changed);
      const row = sound.subarray(0, at).toString().split("\n").length;
      const verdict = verifyAuditLog(file());
      expect([row, row + 1], `byte ${at}`).toContain(verdict.ok ? "sound" : verdict.error.row);
    }
  });

  test("breaks when a row is removed, put in, or moved", () => {
    write();
    const [one = "", two = "", three = ""] = readFileSync(file(), "utf8").split("\n");
    for (const [rows, row] of [
      [[two, three], 1],
      [[one, three], 2],
      [[one, one, two, three], 2],
      [[one, three, two], 2],
    ] as const) {
      writeFileSync(file(), `${rows.join("\n")}\n`);
      expect(verifyAuditLog(file())).toEqual({ ok: false, error: { type: "broken-chain", row } });
    }
  });
});

describe("secrets", () => {
  const secret = new TextEncoder().encode("canary-secret");

  test("[T29] sealed under a passphrase: not in the file, back with it, refused with another", async () => {
    const store = openPassphraseSecretStore(folder, "correct horse", seededBytes(1));
    if (!store.ok) throw new Error("not opened");
    await store.value.save("root-key", secret);
    expect(readFileSync(path.join(folder, "root-key.secret")).includes("canary")).toBe(false);
    const again = openPassphraseSecretStore(folder, "correct horse", seededBytes(2));
    expect(again.ok && (await again.value.load("root-key"))).toEqual({ ok: true, value: secret });
    expect(openPassphraseSecretStore(folder, "wrong", seededBytes(3))).toEqual({
      ok: false,
      error: { type: "wrong-passphrase" },
    });
  });

  test("one sealed file cannot stand in for another", async () => {
    const store = openPassphraseSecretStore(folder, "correct horse", seededBytes(1));
    if (!store.ok) throw new Error("not opened");
    await store.value.save("root-key", secret);
    writeFileSync(path.join(folder, "model-key.secret"), readFileSync(path.join(folder, "root-key.secret")));
    expect(await store.value.load("model-key")).toEqual({ ok: false, error: { type: "damaged-secret" } });
  });

  test("[T29] in clear: announced, and for this user only", async () => {
    const store = createClearSecretStore(path.join(folder, "keys"));
    await store.save("root-key", secret);
    expect(await store.load("root-key")).toMatchObject({ ok: true, value: Buffer.from(secret) });
    expect(store.announcement).toContain("unencrypted");
    expect(statSync(path.join(folder, "keys", "root-key.secret")).mode & 0o777).toBe(0o600);
  });
});

test("a throttle lets the last value through, four a second at most", () => {
  const clock = createTestClock();
  const seen: number[] = [];
  const throttle = createThrottle<number>(clock, 250, (value) => seen.push(value));
  for (let n = 1; n <= 100; n++) {
    throttle.push(n);
    clock.advance(10);
  }
  clock.advance(1000);
  expect(seen.length).toBeLessThanOrEqual(5);
  expect(seen[0]).toBe(1);
  expect(seen.at(-1)).toBe(100);
});

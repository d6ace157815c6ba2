import {
  bytesToHex,
  createRecoveryKeys,
  createRecoverySecret,
  MAX_RECOVERY_BYTES,
  openRecovery,
  parseRecoveryWords,
  recoveryWords,
  redact,
  reveal,
  sealRecovery,
  utf8ToBytes,
} from "@deskhand/doc-schema/crypto";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { seededBytes } from "../../../fixtures/workspace-doc.ts";

const secret = createRecoverySecret(seededBytes(3));
const words = recoveryWords(secret);
const replaced = (at: number, word: string): string => words.with(at, word).join(" ");
const refused = (error: object) => ({ ok: false, error });

describe("the words", () => {
  test("vector of BIP39: 32 bytes 7f", () => {
    const known = redact("recovery-secret", new Uint8Array(32).fill(0x7f));
    expect(recoveryWords(known).join(" ")).toBe(
      "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title",
    );
  });

  test("24 of them, and back", () => {
    expect(words).toHaveLength(24);
    for (let n = 0; n < 50; n++) {
      const fresh = createRecoverySecret(randomBytes);
      const parsed = parseRecoveryWords(recoveryWords(fresh).join(" "));
      expect(parsed.ok && reveal(parsed.value)).toEqual(reveal(fresh));
    }
  });

  test("as people write them: capitals, numbers, line breaks, commas", () => {
    const written = words.map((word, at) => `${at + 1}. ${word.toUpperCase()},`).join("\n");
    const parsed = parseRecoveryWords(written);
    expect(parsed.ok && reveal(parsed.value)).toEqual(reveal(secret));
  });

  test("a word that is not in the list is named by its place, with the word that begins alike", () => {
    const [, second = ""] = words;
    const slip = `${second.slice(0, 4)}zz`;
    expect(parseRecoveryWords(replaced(1, slip))).toEqual(
      refused({ type: "unknown-word", place: 2, meant: second }),
    );
    expect(parseRecoveryWords(replaced(23, "qqqq"))).toEqual(refused({ type: "unknown-word", place: 24 }));
  });

  test("too few or too many are counted", () => {
    expect(parseRecoveryWords("")).toEqual(refused({ type: "wrong-count", count: 0 }));
    expect(parseRecoveryWords(words.slice(1).join(" "))).toEqual(refused({ type: "wrong-count", count: 23 }));
    expect(parseRecoveryWords([...words, "zoo"].join(" "))).toEqual(
      refused({ type: "wrong-count", count: 25 }),
    );
  });

  test("of all other words in one place, the checksum catches 99 of 100", () => {
    const taken = wordlist.filter((word) => word !== words[5] && parseRecoveryWords(replaced(5, word)).ok);
    expect(taken.length).toBeLessThan(wordlist.length / 100);
    const swapped = words.with(0, words[1] ?? "").with(1, words[0] ?? "");
    expect(parseRecoveryWords(swapped.join(" "))).toEqual(refused({ type: "bad-checksum" }));
  });

  test("cannot be printed by accident", () => {
    expect(`${String(secret)} ${JSON.stringify(createRecoveryKeys(secret).sealingSecret)}`).not.toContain(
      bytesToHex(reveal(secret)),
    );
  });
});

describe("the sealed record", () => {
  const keys = createRecoveryKeys(secret);
  const record = utf8ToBytes("a root key and more");
  const sealed = sealRecovery(keys.sealKey, record, seededBytes(4));

  test("opens with the words only", () => {
    expect(openRecovery(keys, sealed)).toEqual({ ok: true, value: record });
    const others = createRecoveryKeys(createRecoverySecret(seededBytes(8)));
    expect(openRecovery(others, sealed)).toEqual(refused({ type: "bad-seal" }));
  });

  test("vector: keys and bytes for a fixed secret never change", () => {
    expect(bytesToHex(reveal(keys.roomKey))).toBe(
      "35c941059dda7963c85b1055304fd498c196a71c904da2e16336185763b85c87",
    );
    expect(bytesToHex(keys.sealKey)).toBe("4b1b9ddfa50c823aae59e4621d0afc0825c85769e128ca3f5c4dee0900a9f724");
    expect(bytesToHex(sealed)).toBe(
      "4448524b0180655831560fee42b654483a94870587f7af717e29c1bb576b126ee719296831a228956d3fe01acc2baaa48a5ad1d93ed61380b4f68a43b60109eb9ba8f27d70ec3810",
    );
  });

  test("every changed byte and every truncation is refused with a word", () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openRecovery(keys, changed)).toEqual(refused({ type: at < 5 ? "not-a-record" : "bad-seal" }));
      expect(openRecovery(keys, sealed.subarray(0, at)).ok).toBe(false);
    }
  });

  test("a file that is too long is no record", () => {
    const long = new Uint8Array(MAX_RECOVERY_BYTES + 1);
    long.set(sealed);
    expect(openRecovery(keys, long)).toEqual(refused({ type: "not-a-record" }));
  });

  test("a key that is no curve point is a bug", () => {
    expect(() => sealRecovery(new Uint8Array(32), record, randomBytes)).toThrow("bad-key");
  });
});

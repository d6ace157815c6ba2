import { bytesToBase64Url, redact, reveal } from "@deskhand/doc-schema/crypto";
import { encodePairingCode, isExpired, parsePairingCode } from "@deskhand/doc-schema/sync";
import { describe, expect, test } from "vitest";
import { bytes } from "./room-harness.ts";

const code = {
  expiresAt: 1_800_000_000_000,
  pairingKey: redact("root-key", bytes(32)),
  oneTimeKey: bytes(32),
  relayUrls: ["wss://relay.example", "ws://192.0.2.7:8787"],
};
const link = encodePairingCode(code, "https://relay.example/");
const encoded = link.slice(link.indexOf("=") + 1);
const errorOf = (text: string): string => {
  const parsed = parsePairingCode(text);
  return parsed.ok ? "none" : parsed.error.type;
};

describe("pairing code", () => {
  test("it comes back from a link, a fragment, and typed alone", () => {
    for (const text of [link, `#p=${encoded}`, `p=${encoded}`, ` ${encoded}\n`]) {
      const parsed = parsePairingCode(text);
      if (!parsed.ok) throw new Error(parsed.error.type);
      const { pairingKey, ...rest } = parsed.value;
      const { pairingKey: sent, ...sentRest } = code;
      expect(rest).toEqual(sentRest);
      expect(reveal(pairingKey)).toEqual(reveal(sent));
    }
  });

  test("[T11] [T28] the secret is in the fragment only, and cannot be printed", () => {
    expect(new URL(link).hash).toBe(`#p=${encoded}`);
    expect(new URL(link).search).toBe("");
    expect(JSON.stringify(parsePairingCode(link))).toContain("<redacted>");
  });

  test("what is no code of ours is not-deskhand", () => {
    for (const text of [
      "",
      "hello",
      "https://example.com/",
      "WIFI:S:net;;",
      `https://example.com/?p=${encoded}`,
    ])
      expect(errorOf(text)).toBe("not-deskhand");
  });

  test("a later version says so", () => {
    expect(errorOf(bytesToBase64Url(Uint8Array.of(0x44, 0x48, 2, 0, 0)))).toBe("unknown-version");
  });

  test("a cut or longer code, and one with a bad relay address, is damaged", () => {
    for (let length = 8; length < encoded.length; length += 4)
      expect(errorOf(encoded.slice(0, length))).toBe("damaged");
    expect(errorOf(`${encoded}AAAA`)).not.toBe("none");
    for (const url of ["https://relay.example", "wss://", "wss://a b"])
      expect(errorOf(encodePairingCode({ ...code, relayUrls: [url] }, "https://relay.example/"))).toBe(
        "damaged",
      );
    expect(errorOf(encodePairingCode({ ...code, relayUrls: [] }, ""))).toBe("damaged");
  });

  test("it is good until its second", () => {
    expect(isExpired(code, code.expiresAt - 1)).toBe(false);
    expect(isExpired(code, code.expiresAt)).toBe(true);
  });
});

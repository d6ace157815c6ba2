/** T27: what the keys of one epoch say of another's, and that the page promises no more. */
import {
  createEpochKeys,
  redact,
  reveal,
  sealFrame,
  unsealFrame,
  type EpochKeys,
} from "@deskhand/doc-schema/crypto";
import { expect, test } from "vitest";
import { readRoot } from "../source-files.ts";
import { always, filled, freshChain, hex } from "../vectors/inputs.ts";

const secretsOf = (keys: EpochKeys): readonly string[] => [
  hex(keys.roomId),
  hex(keys.authKey),
  ...Object.values(keys)
    .filter((value) => typeof value === "object" && "secret" in value)
    .map((secret) => hex(reveal(secret))),
];
const seal = (keys: EpochKeys): Uint8Array =>
  sealFrame(
    keys,
    freshChain(),
    { kind: "update", body: filled(4, 1), cursor: 0, transcript: filled(32, 0) },
    always(1),
  );

test("[T27] the keys of two epochs have nothing in common, and open nothing of each other, either way", () => {
  const old = createEpochKeys(redact("root-key", filled(32, 1)), 1);
  const next = createEpochKeys(redact("root-key", filled(32, 2)), 2);
  const secrets = [...secretsOf(old), ...secretsOf(next)];
  expect(new Set(secrets).size).toBe(16);
  expect(secrets).toHaveLength(16);
  expect(unsealFrame(old, seal(next))).toEqual({ ok: false, error: { type: "wrong-room" } });
  expect(unsealFrame(next, seal(old))).toEqual({ ok: false, error: { type: "wrong-room" } });
});

test("[T27] a stolen key opens its epoch's past, and the threat model says so", () => {
  const stolen = createEpochKeys(redact("root-key", filled(32, 1)), 1);
  expect(unsealFrame(stolen, seal(createEpochKeys(redact("root-key", filled(32, 1)), 1))).ok).toBe(true);
  expect(readRoot("docs/THREAT_MODEL.md").replace(/\s+/g, " ")).toContain(
    "Not promised: secrecy of the past once a key is stolen",
  );
});

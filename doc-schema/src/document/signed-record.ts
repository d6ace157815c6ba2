/**
 * What a person says or orders, signed inside its value.
 *
 *   text = JSON { "value": { "id", "createdAt", … }, "device": "dev_…", "signature": base64url }
 *
 * 1. A snapshot made by the desktop carries the phone's records under the desktop's name, so authorship is
 *    proven here and never by the envelope.
 * 2. Reading checks the shape; verifying checks the signature against a known, unrevoked device. Reading alone
 *    never makes anything run.
 * 3. Fields that this version does not know are kept, because the signature covers them.
 */
import * as z from "zod/mini";
import { canonicalText, parseDeviceId, signValue, verifyValue } from "../crypto/index.ts";
import type { DeviceId, DeviceKeys, JsonValue, SigningContext } from "../crypto/index.ts";
import { err, ok, type Result } from "../wire/index.ts";

/** The most that one record may take (characters): a long prompt with room to spare. */
export const MAX_RECORD_LENGTH = 64 * 1024;

export interface Signed<Value> {
  readonly value: Value;
  readonly device: DeviceId;
  readonly signature: string;
  /** The value as it was signed, unknown fields included. */
  readonly signedValue: JsonValue;
}

export type RecordError = {
  readonly type: "too-long" | "not-json" | "prototype-key" | "bad-envelope" | "bad-fields" | "wrong-key";
};
export type VerifyError = {
  readonly type: "unknown-device" | "revoked-device" | "bad-signature" | "missing-role";
};

export interface RecordKind<Value> {
  readonly context: SigningContext;
  readonly schema: z.ZodMiniType<Value>;
}

const ENVELOPE = z.object({
  value: z.record(z.string(), z.unknown()),
  device: z.string(),
  signature: z.string(),
});

/** JSON text → plain JSON, or a word for what is wrong. A `__proto__` key, however spelled, would swap prototypes further on. */
export const parseJson = (text: string, maxLength = MAX_RECORD_LENGTH): Result<unknown, RecordError> => {
  if (text.length > maxLength) return err({ type: "too-long" });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return err({ type: "not-json" });
  }
  // A name is spelled plainly or with escapes; without either there is nothing to look for.
  const mayNameIt = text.includes("__proto__") || text.includes("\\u");
  return mayNameIt && hasPrototypeKey(value) ? err({ type: "prototype-key" }) : ok(value);
};

/** With a list of its own: JSON may nest deeper than calls. */
const hasPrototypeKey = (json: unknown): boolean => {
  const waiting = [json];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== "object" || value === null) continue;
    if (Object.hasOwn(value, "__proto__")) return true;
    for (const inner of Object.values(value)) waiting.push(inner);
  }
  return false;
};

export const writeSigned = <Value>(kind: RecordKind<Value>, value: Value, keys: DeviceKeys): string => {
  const json = value as JsonValue; // every record schema is made of JSON types only
  const signature = signValue(kind.context, json, keys.signingSecret);
  return canonicalText({ value: json, device: keys.deviceId, signature });
};

export interface Envelope {
  readonly value: Readonly<Record<string, unknown>>;
  readonly device: DeviceId;
  readonly signature: string;
}

/** What every signed record is, of whatever kind and version. */
export const readEnvelope = (text: unknown): Result<Envelope, RecordError> => {
  if (typeof text !== "string") return err({ type: "bad-envelope" });
  const json = parseJson(text);
  if (!json.ok) return json;
  const envelope = ENVELOPE.safeParse(json.value);
  const device = parseDeviceId(envelope.data?.device);
  if (!envelope.success || device === undefined) return err({ type: "bad-envelope" });
  return ok({ ...envelope.data, device });
};

export const readSigned = <Value>(
  kind: RecordKind<Value>,
  text: unknown,
): Result<Signed<Value>, RecordError> => {
  const envelope = readEnvelope(text);
  if (!envelope.ok) return envelope;
  const { device, signature } = envelope.value;
  const value = kind.schema.safeParse(envelope.value.value);
  if (!value.success) return err({ type: "bad-fields" });
  const signedValue = envelope.value.value as JsonValue; // it came out of JSON.parse
  return ok({ value: value.data, device, signature, signedValue });
};

/** What verifying needs to know of a device. */
export interface KnownDevice {
  readonly signKey: Uint8Array;
  readonly roles: readonly string[];
  readonly revokedAt?: number | undefined;
}

export const verifySigned = <Value>(
  kind: RecordKind<Value>,
  signed: Signed<Value>,
  deviceOf: (id: DeviceId) => KnownDevice | undefined,
  role?: string,
): Result<Value, VerifyError> => {
  const device = deviceOf(signed.device);
  if (device === undefined) return err({ type: "unknown-device" });
  if (!verifyValue(kind.context, signed.signedValue, signed.signature, device.signKey))
    return err({ type: "bad-signature" });
  if (device.revokedAt !== undefined) return err({ type: "revoked-device" });
  if (role !== undefined && !device.roles.includes(role)) return err({ type: "missing-role" });
  return ok(signed.value);
};

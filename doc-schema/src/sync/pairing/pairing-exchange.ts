/**
 * The two sealed messages of a pairing, and the six digits.
 *   request = HPKE(mode_psk, psk = pairing key) to the desktop's one-time key: name, kind, public keys, proof
 *   digits  = 6 decimal digits exported from the request's HPKE context
 *   answer  = HPKE(mode_psk, psk = secret exported from the request) to the phone's sealing key: "confirmed", then
 *             "admitted"; or "refused"
 * 1. Only the desktop that made the code reads a request, and only its writer and that desktop know the digits.
 * 2. Only that desktop can answer, and only to the phone that asked: an answer is bound to its request.
 * 3. The proof is a signature over the whole request: nobody pairs with another's signing key.
 */
import * as z from "zod/mini";
import {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToText,
  canonicalText,
  hpkeOpen,
  hpkeSeal,
  redact,
  signValue,
  utf8ToBytes,
  verifyValue,
  type DeviceKeys,
  reveal,
  type HpkeContext,
  type HpkeInfo,
  type JsonValue,
  type Redacted,
  type RootKey,
  type SealingSecret,
} from "../../crypto/index.ts";
import { concatBytes, createByteReader, err, ok, type Result } from "../../wire/index.ts";

export interface PairingRequest {
  /** What the phone calls itself. */
  readonly name: string;
  readonly kind: "phone" | "window";
  /** Ed25519 public key, 32 bytes. */
  readonly signKey: Uint8Array;
  /** X25519 public key, 32 bytes. */
  readonly sealKey: Uint8Array;
}

/** What the phone needs to be a device of the workspace. */
export interface Admission {
  readonly workspaceId: string;
  readonly epoch: number;
  readonly rootKey: RootKey;
  readonly relayUrls: readonly string[];
  /** The executor's Ed25519 public key, which the phone pins, 32 bytes. */
  readonly executorSignKey: Uint8Array;
  /** The new device's record, signed by the executor. */
  readonly deviceRecord: string;
  /** The records of all devices. */
  readonly deviceRecords: readonly string[];
}

export type RefusalReason = "wrong-digits" | "declined" | "expired";
export type PairingAnswer =
  /** The digits were right; who is still there says so by its receipt, and is then admitted. */
  | { readonly type: "confirmed" }
  | { readonly type: "admitted"; readonly admission: Admission }
  | { readonly type: "refused"; readonly reason: RefusalReason };

export type ExchangeError = { readonly type: "bad-seal" | "bad-fields" | "bad-proof" };

/** The secrets that both ends share once a request is sealed or opened. */
export interface Exchange {
  readonly digits: string;
  readonly answerPsk: Redacted<"answer-psk">;
}

const INFO_REQUEST = "deskhand/1 pairing-request";
const INFO_ANSWER = "deskhand/1 pairing-answer";
const ENC_BYTES = 32;
const DIGITS = 6;

const key = z.string().check(z.regex(/^[\w-]{43}$/));
const REQUEST = z.object({
  name: z.string().check(z.minLength(1), z.maxLength(64)),
  kind: z.enum(["phone", "window"]),
  signKey: key,
  sealKey: key,
  proof: z.string(),
});
const ANSWER = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("admitted"),
    workspaceId: z.string().check(z.maxLength(64)),
    epoch: z.number().check(z.int(), z.gte(0), z.lt(2 ** 32)),
    rootKey: key,
    relayUrls: z.array(z.string()),
    executorSignKey: key,
    deviceRecord: z.string(),
    deviceRecords: z.array(z.string()),
  }),
  z.object({ type: z.literal("confirmed") }),
  z.object({ type: z.literal("refused"), reason: z.enum(["wrong-digits", "declined", "expired"]) }),
]);

export interface SealRequestInput {
  readonly name: string;
  readonly kind: PairingRequest["kind"];
  readonly keys: DeviceKeys;
  readonly pairingKey: RootKey;
  /** The desktop's, out of the code. */
  readonly oneTimeKey: Uint8Array;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** On the phone. Fails for a code whose one-time key is no usable key. */
export const sealRequest = (
  input: SealRequestInput,
): Result<Exchange & { readonly sealed: Uint8Array }, { readonly type: "bad-key" }> => {
  const { name, kind, keys, oneTimeKey } = input;
  const fields = {
    name,
    kind,
    signKey: bytesToBase64Url(keys.signKey),
    sealKey: bytesToBase64Url(keys.sealKey),
  };
  const proof = signValue("pairing-proof", provenValue(fields, oneTimeKey), keys.signingSecret);
  const sealed = hpkeSeal({
    recipientKey: oneTimeKey,
    ephemeralSeed: input.randomBytes(32),
    plaintext: utf8ToBytes(canonicalText({ ...fields, proof })),
    ...requestInfo(input.pairingKey),
  });
  if (!sealed.ok) return sealed;
  return ok({ sealed: concatBytes(sealed.value.enc, sealed.value.ciphertext), ...exchangeOf(sealed.value) });
};

/** On the desktop. */
export const openRequest = (
  sealed: Uint8Array,
  oneTime: { readonly key: Uint8Array; readonly secret: SealingSecret },
  pairingKey: RootKey,
): Result<Exchange & { readonly request: PairingRequest }, ExchangeError> => {
  const opened = hpkeOpen({
    recipientSecret: oneTime.secret,
    ...splitSealed(sealed),
    ...requestInfo(pairingKey),
  });
  if (!opened.ok) return err({ type: "bad-seal" });
  const fields = REQUEST.safeParse(parseJsonBytes(opened.value.plaintext)).data;
  const signKey = base64UrlToBytes(fields?.signKey ?? "");
  const sealKey = base64UrlToBytes(fields?.sealKey ?? "");
  if (fields === undefined || signKey === undefined || sealKey === undefined)
    return err({ type: "bad-fields" });
  const { proof, ...proven } = fields;
  if (!verifyValue("pairing-proof", provenValue(proven, oneTime.key), proof, signKey))
    return err({ type: "bad-proof" });
  return ok({
    request: { name: fields.name, kind: fields.kind, signKey, sealKey },
    ...exchangeOf(opened.value),
  });
};

/** On the desktop. Fails for a sealing key that is no usable key. */
export const sealAnswer = (
  answer: PairingAnswer,
  sealKey: Uint8Array,
  answerPsk: Exchange["answerPsk"],
  randomBytes: (length: number) => Uint8Array,
): Result<Uint8Array, { readonly type: "bad-key" }> => {
  const sealed = hpkeSeal({
    recipientKey: sealKey,
    ephemeralSeed: randomBytes(32),
    plaintext: utf8ToBytes(canonicalText(answerToJson(answer))),
    ...answerInfo(answerPsk),
  });
  return sealed.ok ? ok(concatBytes(sealed.value.enc, sealed.value.ciphertext)) : sealed;
};

/** On the phone. */
export const openAnswer = (
  sealed: Uint8Array,
  keys: DeviceKeys,
  answerPsk: Exchange["answerPsk"],
): Result<PairingAnswer, ExchangeError> => {
  const opened = hpkeOpen({
    recipientSecret: keys.sealingSecret,
    ...splitSealed(sealed),
    ...answerInfo(answerPsk),
  });
  if (!opened.ok) return err({ type: "bad-seal" });
  const fields = ANSWER.safeParse(parseJsonBytes(opened.value.plaintext)).data;
  if (fields === undefined) return err({ type: "bad-fields" });
  if (fields.type !== "admitted") return ok(fields);
  const rootKey = base64UrlToBytes(fields.rootKey);
  const executorSignKey = base64UrlToBytes(fields.executorSignKey);
  if (rootKey === undefined || executorSignKey === undefined) return err({ type: "bad-fields" });
  const admission = { ...fields, rootKey: redact("root-key", rootKey), executorSignKey };
  return ok({ type: "admitted", admission });
};

const answerToJson = (answer: PairingAnswer): JsonValue => {
  if (answer.type !== "admitted") return { ...answer };
  const { workspaceId, epoch, rootKey, relayUrls, executorSignKey, deviceRecord, deviceRecords } =
    answer.admission;
  return {
    type: answer.type,
    workspaceId,
    epoch,
    rootKey: bytesToBase64Url(reveal(rootKey)),
    relayUrls,
    executorSignKey: bytesToBase64Url(executorSignKey),
    deviceRecord,
    deviceRecords,
  };
};

const requestInfo = (psk: RootKey): HpkeInfo => ({
  psk,
  pskId: utf8ToBytes("pairing-key"),
  info: utf8ToBytes(INFO_REQUEST),
});

const answerInfo = (psk: Exchange["answerPsk"]): HpkeInfo => ({
  psk,
  pskId: utf8ToBytes("request"),
  info: utf8ToBytes(INFO_ANSWER),
});

/** The proof names the one-time key: it is good for this pairing only. */
const provenValue = (fields: Readonly<Record<string, string>>, oneTimeKey: Uint8Array): JsonValue => ({
  ...fields,
  oneTimeKey: bytesToBase64Url(oneTimeKey),
});

const exchangeOf = ({ exportSecret }: HpkeContext): Exchange => {
  const number = exportSecret("pairing-digits", 6).reduce((sum, byte) => sum * 256 + byte, 0);
  return {
    digits: String(number % 10 ** DIGITS).padStart(DIGITS, "0"),
    answerPsk: redact("answer-psk", exportSecret("pairing-answer", 32)),
  };
};

const splitSealed = (sealed: Uint8Array): { readonly enc: Uint8Array; readonly ciphertext: Uint8Array } => {
  const reader = createByteReader(sealed);
  return { enc: reader.bytes(ENC_BYTES), ciphertext: reader.rest() };
};

const parseJsonBytes = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(bytesToText(bytes) ?? "");
  } catch {
    return undefined; // not JSON: no schema takes undefined
  }
};

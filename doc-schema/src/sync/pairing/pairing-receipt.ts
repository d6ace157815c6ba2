/**
 * The phone's word that it has opened an answer: its signature over the hash of the sealed answer.
 *   receipt = the text of signValue("pairing-receipt", { answer: base64url(SHA-256(sealed answer)) }) as bytes
 * Everybody who photographed the code can write into the pairing document, but only the phone that asked can sign this,
 * and it does so only for an answer that it could open.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import {
  bytesToBase64Url,
  bytesToText,
  signValue,
  utf8ToBytes,
  verifyValue,
  type DeviceKeys,
  type JsonValue,
} from "../../crypto/index.ts";

/** A phone that shows digits signs at once; one that lost the network for a moment, by then (milliseconds). */
export const RECEIPT_WAIT_MS = 20_000;

export const writeReceipt = (sealedAnswer: Uint8Array, { signingSecret }: DeviceKeys): Uint8Array =>
  utf8ToBytes(signValue("pairing-receipt", receiptValue(sealedAnswer), signingSecret));

/** @param signKey the Ed25519 public key of the phone that asked, 32 bytes */
export const isReceiptFor = (sealedAnswer: Uint8Array, receipt: Uint8Array, signKey: Uint8Array): boolean =>
  verifyValue("pairing-receipt", receiptValue(sealedAnswer), bytesToText(receipt) ?? "", signKey);

const receiptValue = (sealedAnswer: Uint8Array): JsonValue => ({
  answer: bytesToBase64Url(sha256(sealedAnswer)),
});

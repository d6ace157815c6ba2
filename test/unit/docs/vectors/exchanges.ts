/** Vectors of what is sealed to one device: a move between epochs, a pairing, the record of the recovery kit. */
import {
  bytesToBase64Url,
  bytesToText,
  createDeviceKeys,
  createRecoveryKeys,
  redact,
  reveal,
} from "@deskhand/doc-schema/crypto";
import {
  encodePairingCode,
  parsePairingCode,
  readMove,
  readRecoveryRecord,
  writeMove,
  writeRecoveryRecord,
} from "@deskhand/doc-schema/sync";
import {
  openAnswer,
  openRequest,
  sealAnswer,
  sealRequest,
  type PairingAnswer,
} from "../../../../doc-schema/src/sync/pairing/pairing-exchange.ts";
import { isReceiptFor, writeReceipt } from "../../../../doc-schema/src/sync/pairing/pairing-receipt.ts";
import { always, EPOCH, executor, filled, hex, phone, rootKey, TIME, valueOf } from "./inputs.ts";
import type { Vector } from "./inputs.ts";
import { deviceRecord, threadId, workspaceId } from "./records.ts";

const moveVectors = (): readonly Vector[] => {
  const nextKey = redact("root-key", filled(32, 0x0e));
  const body = writeMove({
    workspaceId,
    epoch: EPOCH + 1,
    rootKey: nextKey,
    devices: [phone],
    executorKeys: executor,
    createdAt: TIME,
    randomBytes: always(0x0f),
  });
  const reader = { executorSignKey: executor.signKey, workspaceId, epoch: EPOCH, deviceKeys: phone };
  const move = valueOf(readMove(body, reader));
  return [
    ["move.next-root-key", hex(reveal(nextKey))],
    ["move.ephemeral-seed", hex(filled(32, 0x0f))],
    ["move.body", bytesToText(body) ?? ""],
    ["move.opened", "rootKey" in move ? hex(reveal(move.rootKey)) : "removed"],
  ];
};

const pairingVectors = (): readonly Vector[] => {
  const pairingKey = redact("root-key", filled(32, 0x15));
  const oneTime = createDeviceKeys(filled(32, 0x16), filled(32, 0x17));
  const relayUrls = ["wss://relay.example"];
  const code = { expiresAt: 1_767_323_165_000, pairingKey, oneTimeKey: oneTime.sealKey, relayUrls };
  const link = encodePairingCode(code, "https://relay.example/");
  const { oneTimeKey } = valueOf(parsePairingCode(link));
  const asked = valueOf(
    sealRequest({
      name: "Phone",
      kind: "phone",
      keys: phone,
      pairingKey,
      oneTimeKey,
      randomBytes: always(0x18),
    }),
  );
  const opened = valueOf(
    openRequest(asked.sealed, { key: oneTime.sealKey, secret: oneTime.sealingSecret }, pairingKey),
  );
  const admission = {
    workspaceId,
    epoch: EPOCH,
    rootKey,
    relayUrls,
    executorSignKey: executor.signKey,
    deviceRecord,
    deviceRecords: [deviceRecord],
  };
  const answer = (name: string, answered: PairingAnswer): readonly Vector[] => {
    const sealed = valueOf(sealAnswer(answered, phone.sealKey, opened.answerPsk, always(0x19)));
    const read = valueOf(openAnswer(sealed, phone, asked.answerPsk));
    const receipt = writeReceipt(sealed, phone);
    return [
      [`pairing.${name}.sealed`, hex(sealed)],
      [`pairing.${name}.opened`, read.type],
      [`pairing.${name}.receipt`, bytesToText(receipt) ?? ""],
      [`pairing.${name}.receipt-verified`, String(isReceiptFor(sealed, receipt, phone.signKey))],
    ];
  };
  return [
    ["pairing.key", hex(reveal(pairingKey))],
    ["pairing.one-time-seed", hex(reveal(oneTime.sealingSecret))],
    ["pairing.one-time-key", hex(oneTimeKey)],
    ["pairing.expires-at", String(code.expiresAt)],
    ["pairing.link", link],
    ["pairing.request.ephemeral-seed", hex(filled(32, 0x18))],
    ["pairing.request.sealed", hex(asked.sealed)],
    ["pairing.request.opened", `${opened.request.name} ${bytesToBase64Url(opened.request.signKey)}`],
    ["pairing.digits", asked.digits],
    ["pairing.digits-of-the-desktop", opened.digits],
    ["pairing.answer-psk", hex(reveal(asked.answerPsk))],
    ["pairing.answer.ephemeral-seed", hex(filled(32, 0x19))],
    ...answer("confirmed", { type: "confirmed" }),
    ...answer("admitted", { type: "admitted", admission }),
    ...answer("refused", { type: "refused", reason: "wrong-digits" }),
  ];
};

const recoveryVectors = (): readonly Vector[] => {
  const recovery = createRecoveryKeys(redact("recovery-secret", filled(32, 0x0c)));
  const url = "wss://relay.example";
  const record = {
    workspaceId,
    threadId,
    createdAt: TIME,
    epoch: EPOCH,
    rootKey,
    executorKeys: executor,
    relays: [{ url, publicUrl: url }],
    devices: [{ text: deviceRecord }],
  };
  const sealed = writeRecoveryRecord(record, recovery.sealKey, always(0x0d));
  return [
    ["recovery.record", hex(sealed)],
    ["recovery.record.executor", valueOf(readRecoveryRecord(sealed, recovery)).executorKeys.deviceId],
  ];
};

export const exchangeVectors = (): readonly Vector[] => [
  ...moveVectors(),
  ...pairingVectors(),
  ...recoveryVectors(),
];

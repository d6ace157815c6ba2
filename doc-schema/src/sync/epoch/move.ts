/**
 * The end of an epoch: the control frame that closes a room and tells each remaining device the next root key.
 *
 *   body  = a signed record (document/signed-record.ts), context "move", of the executor, whose value is
 *           { "workspaceId", "epoch": e + 1, "createdAt", "keys": { DeviceId: base64url(enc 32 | ciphertext 48) } }
 *   key   = HPKE(mode_base) of the next root key, 32 bytes, to the device's sealing key,
 *           info = "deskhand/1 move" 0A workspaceId 0A epoch 0A DeviceId
 *
 * 1. Only the executor ends an epoch: the signature is checked, by the key pinned at pairing, before any key is opened.
 * 2. A device that was left out learns that it was removed, and nothing of the next epoch.
 * 3. A move leads from one epoch to the next, so an old one shown again leads nowhere.
 */
import * as z from "zod/mini";
import {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToText,
  deviceIdOf,
  hpkeOpen,
  hpkeSeal,
  parseDeviceId,
  redact,
  reveal,
  ROOT_KEY_BYTES,
  utf8ToBytes,
  type DeviceId,
  type DeviceKeys,
  type RootKey,
} from "../../crypto/index.ts";
import {
  readSigned,
  verifySigned,
  writeSigned,
  type RecordError,
  type RecordKind,
  type VerifyError,
} from "../../document/index.ts";
import { concatBytes, createByteReader, err, ok, type Result } from "../../wire/index.ts";

/** As many as a room takes sockets for. */
export const MAX_MOVE_DEVICES = 64;
/** Less than a frame, and more than MAX_MOVE_DEVICES keys take. */
export const MAX_MOVE_BYTES = 16 * 1024;

/** A device that goes along. */
export interface MovingDevice {
  readonly deviceId: DeviceId;
  /** X25519 public key, 32 bytes. */
  readonly sealKey: Uint8Array;
}

export interface WriteMoveInput {
  readonly workspaceId: string;
  /** The epoch that begins. */
  readonly epoch: number;
  /** Its root key. */
  readonly rootKey: RootKey;
  /** Every device that goes along; the executor too, so that a restored one can follow. At most MAX_MOVE_DEVICES. */
  readonly devices: readonly MovingDevice[];
  readonly executorKeys: DeviceKeys;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface ReadMoveInput {
  /** Ed25519, 32 bytes, pinned at pairing. */
  readonly executorSignKey: Uint8Array;
  readonly workspaceId: string;
  /** The epoch that the reader is in. */
  readonly epoch: number;
  readonly deviceKeys: DeviceKeys;
}

export type Move =
  | { readonly epoch: number; readonly rootKey: RootKey; readonly createdAt: number }
  | { readonly removed: true; readonly createdAt: number };

/**
 * "unknown-device": another than the executor signed it. "other-epoch": it does not begin the epoch after the reader's.
 * "bad-seal": the key that was meant for this device cannot be opened.
 */
export type MoveError =
  | RecordError["type"]
  | VerifyError["type"]
  | "other-workspace"
  | "other-epoch"
  | "bad-seal";

const ENC_BYTES = 32;
const sealedKey = z.string().check(z.regex(/^[\w-]{107}$/));
const MOVE = z.looseObject({
  workspaceId: z.string(),
  epoch: z.number().check(z.int(), z.gte(1), z.lt(2 ** 32)),
  createdAt: z.number().check(z.nonnegative()),
  keys: z
    .record(z.string(), sealedKey)
    .check(z.refine((keys) => Object.keys(keys).every((id) => parseDeviceId(id) !== undefined))),
});
const moveKind: RecordKind<z.infer<typeof MOVE>> = { context: "move", schema: MOVE };

/** Throws for more than MAX_MOVE_DEVICES devices, or one whose key is no curve point: the caller certified them. */
export const writeMove = (input: WriteMoveInput): Uint8Array => {
  const { workspaceId, epoch, rootKey, devices, executorKeys, createdAt, randomBytes } = input;
  if (devices.length > MAX_MOVE_DEVICES) throw new Error(`writeMove: ${devices.length} devices`);
  const sealFor = ({ deviceId, sealKey }: MovingDevice): string => {
    const sealed = hpkeSeal({
      info: moveInfo(workspaceId, epoch, deviceId),
      recipientKey: sealKey,
      ephemeralSeed: randomBytes(32),
      plaintext: reveal(rootKey),
    });
    if (!sealed.ok) throw new Error(`writeMove: ${deviceId} has a ${sealed.error.type}`);
    return bytesToBase64Url(concatBytes(sealed.value.enc, sealed.value.ciphertext));
  };
  const keys = Object.fromEntries(devices.map((device) => [device.deviceId, sealFor(device)]));
  return utf8ToBytes(writeSigned(moveKind, { workspaceId, epoch, createdAt, keys }, executorKeys));
};

/** @param bytes the body of a control frame */
export const readMove = (
  bytes: Uint8Array,
  { executorSignKey, workspaceId, epoch, deviceKeys }: ReadMoveInput,
): Result<Move, MoveError> => {
  if (bytes.length > MAX_MOVE_BYTES) return err("too-long");
  const read = readSigned(moveKind, bytesToText(bytes));
  if (!read.ok) return err(read.error.type);
  const executorId = deviceIdOf(executorSignKey);
  const verified = verifySigned(moveKind, read.value, (id) =>
    id === executorId ? { signKey: executorSignKey, roles: [] } : undefined,
  );
  if (!verified.ok) return err(verified.error.type);
  const { value } = verified;
  if (value.workspaceId !== workspaceId) return err("other-workspace");
  if (value.epoch !== epoch + 1) return err("other-epoch");
  const { createdAt } = value;
  const sealed = value.keys[deviceKeys.deviceId];
  if (sealed === undefined) return ok({ removed: true, createdAt });
  const reader = createByteReader(base64UrlToBytes(sealed) ?? new Uint8Array(0));
  const opened = hpkeOpen({
    info: moveInfo(workspaceId, value.epoch, deviceKeys.deviceId),
    recipientSecret: deviceKeys.sealingSecret,
    enc: reader.bytes(ENC_BYTES),
    ciphertext: reader.rest(),
  });
  if (!opened.ok || opened.value.plaintext.length !== ROOT_KEY_BYTES) return err("bad-seal");
  return ok({ epoch: value.epoch, rootKey: redact("root-key", opened.value.plaintext), createdAt });
};

const moveInfo = (workspaceId: string, epoch: number, deviceId: DeviceId): Uint8Array =>
  utf8ToBytes(`deskhand/1 move\n${workspaceId}\n${epoch}\n${deviceId}`);

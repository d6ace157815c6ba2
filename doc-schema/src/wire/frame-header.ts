/**
 * The only part of a sealed frame that the relay can read.
 *
 *   header 28 = "DH" | version 1 = 2 | class 1 | epoch u32 | roomId 16 | flags u32
 *
 * 1. The header is the associated data of the frame's AEAD: a changed header does not unseal.
 * 2. An unknown version, class or flag is refused, never guessed at.
 */
import { concatBytes, createByteReader, uint32 } from "./bytes.ts";
import { ROOM_ID_BYTES } from "./limits.ts";
import { err, ok, type Result } from "./result.ts";

export const FRAME_HEADER_BYTES = 28;
export const FRAME_VERSION = 2;

/** What the relay may learn about a frame: is it stored, passed on, or a replacement of the log. */
export const FRAME_CLASS = { durable: 1, ephemeral: 2, snapshot: 3 } as const;
export type FrameClass = keyof typeof FRAME_CLASS;

export interface FrameHeader {
  readonly frameClass: FrameClass;
  readonly epoch: number;
  /** 16 bytes. */
  readonly roomId: Uint8Array;
}

export type FrameHeaderError = {
  readonly type: "short" | "bad-magic" | "unknown-version" | "unknown-class" | "unknown-flags";
};

const MAGIC = [0x44, 0x48] as const; // "DH"
const CLASS_BY_CODE = new Map(
  Object.entries(FRAME_CLASS).map(([name, code]) => [code as number, name as FrameClass]),
);

export const writeFrameHeader = ({ frameClass, epoch, roomId }: FrameHeader): Uint8Array =>
  concatBytes(
    Uint8Array.of(...MAGIC, FRAME_VERSION, FRAME_CLASS[frameClass]),
    uint32(epoch),
    roomId,
    uint32(0),
  );

export const parseFrameHeader = (frame: Uint8Array): Result<FrameHeader, FrameHeaderError> => {
  if (frame.length < FRAME_HEADER_BYTES) return err({ type: "short" });
  const reader = createByteReader(frame);
  if (reader.uint8() !== MAGIC[0] || reader.uint8() !== MAGIC[1]) return err({ type: "bad-magic" });
  if (reader.uint8() !== FRAME_VERSION) return err({ type: "unknown-version" });
  const frameClass = CLASS_BY_CODE.get(reader.uint8());
  if (frameClass === undefined) return err({ type: "unknown-class" });
  const epoch = reader.uint32();
  const roomId = reader.bytes(ROOM_ID_BYTES);
  if (reader.uint32() !== 0) return err({ type: "unknown-flags" });
  return ok({ frameClass, epoch, roomId });
};

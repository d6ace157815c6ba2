/**
 * Whether a frame belongs where it was sent: its size, its class, its room. Nothing else of it can be read here.
 * A member's frames mostly open with the same header; one that was found good is compared, not parsed again.
 */
import {
  equalBytes,
  FRAME_HEADER_BYTES,
  MAX_FRAME_BYTES,
  parseFrameHeader,
  type FrameClass,
  type RefusalCode,
} from "@deskhand/doc-schema/wire";

/** Undefined when the frame may be taken as one of this class. */
export type FrameInspector = (frame: Uint8Array, frameClass: FrameClass) => RefusalCode | undefined;

export const createFrameInspector = (roomId: Uint8Array): FrameInspector => {
  const goodHeaders = new Map<FrameClass, Uint8Array>();
  return (frame, frameClass) => {
    if (frame.length > MAX_FRAME_BYTES) return "frame-too-large";
    const good = goodHeaders.get(frameClass);
    if (good !== undefined && opensWith(frame, good)) return undefined;
    const header = parseFrameHeader(frame);
    if (!header.ok || header.value.frameClass !== frameClass) return "bad-message";
    if (!equalBytes(header.value.roomId, roomId)) return "wrong-room";
    goodHeaders.set(frameClass, Uint8Array.from(frame.subarray(0, FRAME_HEADER_BYTES)));
    return undefined;
  };
};

const opensWith = (frame: Uint8Array, header: Uint8Array): boolean => {
  for (let at = 0; at < header.length; at++) if (frame[at] !== header[at]) return false;
  return true;
};

/** A small valid picture, made in code: a frame of one colour around another. The same input gives the same bytes. */
import { crc32, deflateSync } from "node:zlib";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue; 0 to 255. */
  readonly frame: readonly [number, number, number];
  readonly inside: readonly [number, number, number];
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Bits a channel, then colour type "RGB", compression, filter, interlacing (PNG specification, IHDR). */
const RGB_8_BIT = [8, 2, 0, 0, 0];
const FRAME_PIXELS = 6;
const isFrame = (at: number, length: number): boolean => at < FRAME_PIXELS || at >= length - FRAME_PIXELS;

export const encodePng = ({ width, height, frame, inside }: Picture): Uint8Array => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(RGB_8_BIT, 8);
  const rows = Array.from({ length: height }, (_, y) => [
    0, // this row is not filtered
    ...Array.from({ length: width }, (_, x) =>
      isFrame(x, width) || isFrame(y, height) ? frame : inside,
    ).flat(),
  ]);
  const pixels = deflateSync(Uint8Array.from(rows.flat()));
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", pixels),
    chunk("IEND", Buffer.alloc(0)),
  ]);
};

const chunk = (type: string, data: Uint8Array): Uint8Array => {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
};

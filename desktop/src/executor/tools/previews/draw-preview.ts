/**
 * From a picture's bytes to a small JPEG: upright, on white, without anything of the picture's metadata.
 * 1. What the bytes are decides, never a name. A picture whose header promises too many pixels is not decoded.
 * 2. The preview fits into a row of the document (MOST_PREVIEW_CHARACTERS), or there is none.
 */
import exifr from "exifr";
import { imageSize } from "image-size";
import { MOST_PREVIEW_CHARACTERS, type Preview } from "@deskhand/doc-schema/document";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { pictureTypeOf } from "../media-types.ts";
import { createEncoder, decode, type PictureKind } from "./codecs.ts";
import { shrink, turnUpright, type Pixels } from "./pixels.ts";

/** "unknown": no picture, or of a kind that is not decoded here. "giant": more pixels than are decoded. */
export interface PreviewProblem {
  readonly type: "unknown" | "giant" | "damaged";
}

/** Four bytes each in memory, twice; the largest cameras have about that. */
const MOST_PIXELS = 100_000_000;

/** The first that fits is taken. */
const SIZES: readonly (readonly [longest: number, quality: number])[] = [
  [320, 60],
  [320, 40],
  [240, 40],
  [160, 40],
  [96, 30],
];

export const drawPreview = async (
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Result<Preview, PreviewProblem>> => {
  const kind = kindOf(bytes);
  if (kind === undefined) return err({ type: "unknown" });
  try {
    const { width, height } = imageSize(bytes);
    if (!(width > 0 && height > 0)) return err({ type: "damaged" });
    if (width * height > MOST_PIXELS) return err({ type: "giant" });
    const pixels = await decode(kind, bytes);
    const upright = turnUpright(shrink(pixels, SIZES[0]?.[0] ?? 1), await orientationOf(bytes));
    return await fitting(upright);
  } catch {
    return err({ type: "damaged" }); // whatever a decoder of foreign bytes throws: its thread ends with it
  }
};

const fitting = async (upright: Pixels): Promise<Result<Preview, PreviewProblem>> => {
  const encode = await createEncoder();
  for (const [longest, quality] of SIZES) {
    const pixels = shrink(upright, longest);
    const jpeg = Buffer.from(await encode(pixels, quality)).toString("base64");
    const { width, height } = pixels;
    if (jpeg.length <= MOST_PREVIEW_CHARACTERS) return ok({ jpeg, width, height });
  }
  return err({ type: "damaged" });
};

const DECODED: readonly PictureKind[] = ["jpeg", "png", "webp"];

/** By the first bytes. */
const kindOf = (bytes: Uint8Array): PictureKind | undefined => {
  const mediaType = pictureTypeOf(bytes.subarray(0, 16));
  return DECODED.find((kind) => mediaType === `image/${kind}`);
};

const orientationOf = async (bytes: Uint8Array): Promise<number> => {
  try {
    return (await exifr.orientation(bytes)) ?? 1;
  } catch {
    return 1; // its word for a format without EXIF
  }
};

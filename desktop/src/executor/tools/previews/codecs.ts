/**
 * Decoders of pictures and the encoder of JPEG, as WebAssembly: whatever a picture does to one of them, it reaches
 * nothing but that decoder's own memory. To be loaded in a thread alone: they want a global of browsers.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Pixels } from "./pixels.ts";

export type PictureKind = "jpeg" | "png" | "webp";

/** Their own types name the browser's ImageData and enums that are not there at run time. */
type Decode = (bytes: ArrayBuffer) => Promise<Pixels>;
type Encode = (pixels: Pixels, options: { readonly quality: number }) => Promise<ArrayBuffer>;
type Init = (module: WebAssembly.Module, options: typeof SILENT) => Promise<unknown>;
const SILENT = { printErr: (): void => undefined };

Object.assign(globalThis, {
  ImageData: function (data: Uint8ClampedArray, width: number, height: number): Pixels {
    return { data, width, height };
  },
});

/** Beside the main script where it is bundled (desktop/build.ts), else in the package. */
const codecAt = (file: string): WebAssembly.Module =>
  new WebAssembly.Module(
    readFileSync(
      import.meta.url.endsWith(".ts")
        ? createRequire(import.meta.url).resolve(`@jsquash/${file}`)
        : new URL(`./${file.replace(/^.*\//, "")}`, import.meta.url),
    ),
  );

export const CODEC_FILES = {
  jpeg: "jpeg/codec/dec/mozjpeg_dec.wasm",
  png: "png/codec/pkg/squoosh_png_bg.wasm",
  webp: "webp/codec/dec/webp_dec.wasm",
  encoder: "jpeg/codec/enc/mozjpeg_enc.wasm",
} as const;

/** Throws whatever a decoder throws, which need not be an Error. */
export const decode = async (kind: PictureKind, bytes: Uint8Array<ArrayBuffer>): Promise<Pixels> => {
  const codec = await CODECS[kind]();
  await (codec.init as Init)(codecAt(CODEC_FILES[kind]), SILENT);
  return (codec.default as Decode)(bytes.slice().buffer);
};

const CODECS = {
  jpeg: () => import("@jsquash/jpeg/decode.js"),
  png: () => import("@jsquash/png/decode.js"),
  webp: () => import("@jsquash/webp/decode.js"),
} as const;

/** @returns for each quality (0–100) a JPEG without metadata */
export const createEncoder = async (): Promise<
  (pixels: Pixels, quality: number) => Promise<Uint8Array<ArrayBuffer>>
> => {
  const codec = await import("@jsquash/jpeg/encode.js");
  await (codec.init as Init)(codecAt(CODEC_FILES.encoder), SILENT);
  return async (pixels, quality) => new Uint8Array(await (codec.default as Encode)(pixels, { quality }));
};

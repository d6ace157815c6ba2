/**
 * Reads QR codes with the camera or out of a picture. Pictures stay on this phone.
 * 1. The platform's detector is used where it reads QR codes, else the one of `qr`, which is loaded only then.
 * 2. Why there is no camera is a word, so that the person can be told what to do.
 */
import { err, ok, type Result } from "@deskhand/doc-schema/wire";

export type CameraProblem = "insecure" | "denied" | "none";

export interface Scanner {
  readonly stop: () => void;
}

interface QrDetector {
  readonly detect: (image: ImageBitmapSource) => Promise<readonly { readonly rawValue: string }[]>;
}

interface DetectorClass {
  new (options: { formats: ["qr_code"] }): QrDetector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** Ten looks a second find a held code at once and leave a small phone time for the picture. */
const LOOK_EVERY_MS = 100;
/** A code in a photo is read at this width; more makes it slower and no surer (pixels). */
const PICTURE_WIDTH = 1600;

/** @param video shows what the camera sees @param onText called for every code that is seen, until stopped */
export const startScanner = async (
  video: HTMLVideoElement,
  onText: (text: string) => void,
): Promise<Result<Scanner, { readonly type: CameraProblem }>> => {
  if (!("mediaDevices" in navigator)) return err({ type: "insecure" });
  const [camera, detector] = await Promise.all([openCamera(), loadDetector()]);
  if (!camera.ok) return camera;
  const stream = camera.value;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    clearTimeout(timer);
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  const look = async (): Promise<void> => {
    const text = await readCode(detector, video);
    if (isStopped) return;
    if (text !== undefined) onText(text);
    timer = setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  video.srcObject = stream;
  video.addEventListener("loadeddata", () => void look(), { once: true });
  video.play().catch((error: unknown) => console.warn("the camera's picture did not start", error));
  return ok({ stop });
};

/** The text of the code in a picture, or undefined when there is none. */
export const readPicture = async (picture: Blob): Promise<string | undefined> => {
  const image = await createImageBitmap(picture, { resizeWidth: PICTURE_WIDTH }).catch(() => undefined);
  return image === undefined ? undefined : readCode(await loadDetector(), image);
};

const openCamera = async (): Promise<Result<MediaStream, { readonly type: CameraProblem }>> => {
  try {
    return ok(await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }));
  } catch (error) {
    return err({
      type: error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "none",
    });
  }
};

const loadDetector = async (): Promise<QrDetector> => {
  // Not in TypeScript's DOM library; its shape is the draft standard's, which `qr` follows too.
  const native = (globalThis as { readonly BarcodeDetector?: DetectorClass }).BarcodeDetector;
  const isUsable = (await native?.getSupportedFormats())?.includes("qr_code") === true;
  const Detector = native !== undefined && isUsable ? native : (await import("qr/decode.js")).BarcodeDetector;
  return new Detector({ formats: ["qr_code"] });
};

const readCode = async (detector: QrDetector, image: ImageBitmapSource): Promise<string | undefined> => {
  try {
    return (await detector.detect(image))[0]?.rawValue;
  } catch {
    return undefined; // a frame without a readable code
  }
};

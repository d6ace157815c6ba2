/** Pictures as pixels: made small by averages, turned upright. Pure; sizes in pixels. */

/** Four bytes a pixel (red, green, blue, alpha), row by row. */
export interface Pixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** No side longer than `longest`; what is transparent shows white. Each pixel is the mean of those that it stands for. */
export const shrink = ({ data, width, height }: Pixels, longest: number): Pixels => {
  const scale = Math.min(1, longest / Math.max(width, height));
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
  const small = new Uint8ClampedArray(w * h * 4);
  for (let y = 0; y < h; y++) {
    const [top, bottom] = span(y, h, height);
    for (let x = 0; x < w; x++) {
      const [left, right] = span(x, w, width);
      let [red, green, blue] = [0, 0, 0];
      for (let row = top; row < bottom; row++) {
        for (let at = (row * width + left) * 4, end = (row * width + right) * 4; at < end; at += 4) {
          const alpha = (data[at + 3] ?? 255) / 255;
          const white = 255 * (1 - alpha);
          red += (data[at] ?? 0) * alpha + white;
          green += (data[at + 1] ?? 0) * alpha + white;
          blue += (data[at + 2] ?? 0) * alpha + white;
        }
      }
      const count = (bottom - top) * (right - left);
      small.set([red / count, green / count, blue / count, 255], (y * w + x) * 4);
    }
  }
  return { data: small, width: w, height: h };
};

/** The pixels from–to (exclusive) that one of `few` stands for; at least one. */
const span = (at: number, few: number, many: number): readonly [from: number, to: number] => {
  const from = Math.floor((at * many) / few);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * many) / few))];
};

/** @param orientation of EXIF: 1 = upright, 6 = to be turned a quarter clockwise; other numbers leave it as it is */
export const turnUpright = (pixels: Pixels, orientation: number): Pixels => {
  if (!(orientation >= 2 && orientation <= 8)) return pixels;
  const { data, width, height } = pixels;
  const isOnItsSide = orientation >= 5;
  const [w, h] = isOnItsSide ? [height, width] : [width, height];
  const isMirroredX = [2, 3, 7, 8].includes(orientation);
  const isMirroredY = [3, 4, 6, 7].includes(orientation);
  const upright = new Uint8ClampedArray(data.length);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const [a, b] = isOnItsSide ? [y, x] : [x, y];
      const from = (isMirroredY ? height - 1 - b : b) * width + (isMirroredX ? width - 1 - a : a);
      upright.set(data.subarray(from * 4, from * 4 + 4), (y * w + x) * 4);
    }
  return { data: upright, width: w, height: h };
};

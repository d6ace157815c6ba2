/** show_pictures and the previews that it draws: real files, real threads, honest pictures and hostile ones. */
import { symlinkSync } from "node:fs";
import path from "node:path";
import { MOST_PREVIEW_CHARACTERS, type Preview } from "@deskhand/doc-schema/document";
import { describe, expect, test } from "vitest";
import { parseRunEvent } from "../../../../desktop/src/executor/runner/events.ts";
import { drawPreview } from "../../../../desktop/src/executor/tools/previews/draw-preview.ts";
import { shrink, turnUpright } from "../../../../desktop/src/executor/tools/previews/pixels.ts";
import {
  cornersOf,
  jpegHeader,
  jpegOf,
  pngOf,
  quarters,
  WEBP,
  withExif,
} from "../../../fixtures/pictures.ts";
import { createScene, ids, must, put, sha256, wordOf, type Scene, type SceneOptions } from "./scene.ts";

const sceneWith = (files: Readonly<Record<string, string | Uint8Array>>, options?: SceneOptions): Scene => {
  const scene = createScene(options);
  for (const [name, bytes] of Object.entries(files)) put(path.join(scene.files, name), bytes);
  return scene;
};
const show = (scene: Scene, ...paths: readonly string[]) =>
  scene.call("show_pictures", { folder: "Files", paths });
const shown = async (scene: Scene, ...paths: readonly string[]) => must(await show(scene, ...paths));
const jpegBytes = ({ jpeg }: Preview): Uint8Array => Buffer.from(jpeg, "base64");
const drawn = async (bytes: Uint8Array<ArrayBuffer>): Promise<Preview> => must(await drawPreview(bytes));
const LIMITS = { milliseconds: 60_000, megabytes: 1_024, bytes: 64 * 1024 ** 2 };

describe("show_pictures", () => {
  test("offers pictures by what their bytes are, with a preview where there is one", async () => {
    const png = pngOf(quarters(640, 320));
    const scene = sceneWith({ "a/b.jpg": png, "c.webp": WEBP, "d.gif": "GIF89a", "e.jpg": "no picture" });
    const { content, files = [] } = await shown(scene, "a/b.jpg", "c.webp", "d.gif", "e.jpg", "f.jpg");
    expect(content.split("\n")).toEqual([
      "3 pictures shown to the person",
      "a/b.jpg\tshown with a preview",
      "c.webp\tshown with a preview",
      "d.gif\tshown without a preview: this kind has none",
      "e.jpg\tFiles/e.jpg is no picture that is known.",
      "f.jpg\tFiles/f.jpg is not there.",
    ]);
    const [first, second, third] = files;
    expect(first).toMatchObject({ path: "a/b.jpg", name: "b.jpg", mediaType: "image/png", isShown: true });
    expect(first).toMatchObject({ byteLength: png.length, sha256: sha256(png) });
    expect(first?.preview).toMatchObject({ width: 320, height: 160 });
    expect(second?.preview).toMatchObject({ width: 64, height: 32 });
    expect(third).toMatchObject({ mediaType: "image/gif", isShown: true });
    expect(third).not.toHaveProperty("preview");
    const made = files.map((file) => ({ ...file, artifactId: ids.create("artifact") }));
    const step = { kind: "show", object: "Files", count: 3 };
    const result = { type: "result", at: 1, callId: "c", stepId: ids.create("step"), content, step };
    expect(parseRunEvent({ ...result, isError: false, outcome: "done", files: made })).toMatchObject({
      files: made,
    });
  });

  test("[T40] [T54] leads nowhere outside and shows no file that may hold keys", async () => {
    const scene = sceneWith({ ".env": pngOf(quarters(8, 8)) });
    symlinkSync("/etc/passwd", path.join(scene.files, "link.png"));
    expect(wordOf(await show(scene, ".env"))).toBe("protected");
    expect(wordOf(await show(scene, "../x.png"))).toBe("outside-grant");
    expect(wordOf(await show(scene, "link.png"))).toBe("not-text");
  });

  test("ends with a stop", async () => {
    const scene = sceneWith({ "a.png": pngOf(quarters(8, 8)) });
    const input = { folder: "Files", paths: ["a.png"] };
    expect(wordOf(await scene.call("show_pictures", input, { signal: AbortSignal.abort() }))).toBe("stopped");
  });
});

describe("a preview", () => {
  test.each([
    [1, "green blue blue red"],
    [2, "blue green red blue"],
    [3, "blue red green blue"],
    [4, "red blue blue green"],
    [5, "green red blue blue"],
    [6, "red green blue blue"],
    [7, "blue blue green red"],
    [8, "blue blue red green"],
    [9, "green blue blue red"],
  ])("is upright: orientation %i", async (orientation, corners) => {
    const picture = withExif(await jpegOf(quarters(96, 64)), orientation, "x");
    const preview = await drawn(picture);
    expect(await cornersOf(jpegBytes(preview))).toBe(corners);
    const isOnItsSide = orientation >= 5 && orientation <= 8;
    expect([preview.width, preview.height]).toEqual(isOnItsSide ? [64, 96] : [96, 64]);
  });

  test("[T62] holds nothing of the picture's metadata", async () => {
    const picture = withExif(await jpegOf(quarters(400, 300)), 1, "25.0330 N 121.5654 E");
    const jpeg = Buffer.from(jpegBytes(await drawn(picture))).toString("latin1");
    expect(jpeg).not.toContain("25.0330");
    expect(jpeg).not.toContain("Exif");
  });

  test("shows white where the picture is transparent", async () => {
    const clear = { ...quarters(32, 32), data: new Uint8ClampedArray(32 * 32 * 4) };
    expect(await cornersOf(jpegBytes(await drawn(pngOf(clear))))).toBe("white white white white");
  });

  test("fits into its row whatever the picture is", async () => {
    const noise = quarters(1_000, 800);
    for (let at = 0, seed = 1; at < noise.data.length; at++) {
      seed = (seed * 48_271) % 2_147_483_647;
      noise.data[at] = at % 4 === 3 ? 255 : seed & 255;
    }
    const { jpeg } = await drawn(pngOf(noise));
    expect(jpeg.length).toBeLessThanOrEqual(MOST_PREVIEW_CHARACTERS);
  });

  test("of a line one pixel high is a line, of one pixel a pixel", () => {
    expect(shrink(quarters(1_000, 1), 100)).toMatchObject({ width: 100, height: 1 });
    expect(shrink(quarters(1, 1), 100)).toMatchObject({ width: 1, height: 1 });
    expect(turnUpright(quarters(3, 1), 6)).toMatchObject({ width: 1, height: 3 });
  });
});

describe("hostile pictures", () => {
  test("[T62] one that promises too many pixels is not decoded", async () => {
    const word = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => wordOf(await drawPreview(bytes));
    expect(await word(jpegHeader(65_500, 65_500))).toBe("giant");
    expect(await word(pngOf(quarters(8, 8), [20_000, 5_001]))).toBe("giant");
    expect(await word(pngOf(quarters(8, 8), [0x7fff_ffff, 0x7fff_ffff]))).toBe("giant");
  });

  test("[T62] every beginning of a picture, and one that lies about its size, is answered", async () => {
    const words = new Set<string>();
    for (const whole of [await jpegOf(quarters(64, 64)), pngOf(quarters(64, 64)), WEBP])
      for (let length = 0; length < whole.length; length += Math.ceil(whole.length / 24))
        words.add(wordOf(await drawPreview(whole.slice(0, length))));
    for (const claimed of [
      [9_000, 9_000],
      [1, 1],
      [0, 5],
    ] as const)
      words.add(wordOf(await drawPreview(pngOf(quarters(64, 64), claimed))));
    expect([...words].toSorted()).toEqual(["damaged", "ok", "unknown"]);
  });

  test("[T62] bytes that are changed at random never break the one who draws", async () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const wholes = [await jpegOf(quarters(48, 48)), pngOf(quarters(48, 48)), WEBP];
    for (let round = 0; round < 90; round++) {
      const bytes = (wholes[round % 3] ?? WEBP).slice();
      for (let n = 0; n < 8; n++) bytes[16 + random(bytes.length - 16)] = random(256);
      expect(["ok", "damaged", "giant"]).toContain(wordOf(await drawPreview(bytes)));
    }
  });

  test("[T62] the thread is ended when it takes too much memory or time, and a huge file is not read", async () => {
    const files = { "a.png": pngOf(quarters(6_000, 6_000)) };
    const words = async (limits: Partial<typeof LIMITS>): Promise<string | undefined> => {
      const scene = sceneWith(files, { ports: { previewLimits: { ...LIMITS, ...limits } } });
      return (await shown(scene, "a.png")).content.split("\t")[1];
    };
    expect(await words({ megabytes: 16 })).toBe("shown without a preview: drawing it takes too much memory");
    expect(await words({ milliseconds: 1 })).toBe("shown without a preview: drawing it takes too long");
    expect(await words({ bytes: 1_000 })).toBe("shown without a preview: its file is too large");
  });
});

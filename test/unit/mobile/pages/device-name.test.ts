import { expect, test } from "vitest";
import { deviceNameOf } from "../../../../mobile/src/device/device-name.ts";

test.each([
  [
    "Android phone",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
  ],
  [
    "Android tablet",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  ],
  ["iPhone", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"],
  ["Mac", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15"],
  [undefined, "Mozilla/5.0 (PlayStation)"],
])("%s is what the person would call it", (name, userAgent) => {
  expect(deviceNameOf(userAgent)).toBe(name);
});

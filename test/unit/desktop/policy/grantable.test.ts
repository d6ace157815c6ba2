/** Which folders may be granted, on a real disk with a home of its own. */
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkGrantable } from "../../../../desktop/src/executor/policy/grantable.ts";
import { must, put, wordOf } from "../tools/scene.ts";

const home = path.join(realpathSync(mkdtempSync(path.join(os.tmpdir(), "deskhand-home-"))), "sam");
const dataDir = path.join(home, ".local/share/deskhand");
for (const folder of [
  ["Documents/Work", "Downloads", ".ssh/keys", ".gnupg", ".mozilla/firefox", ".config/google-chrome/Default"],
  [
    ".local/share/deskhand/undo",
    ".local/share/keyrings",
    "Library/Keychains",
    "project/.vscode",
    "Documents2",
  ],
].flat())
  mkdirSync(path.join(home, folder), { recursive: true });
put(path.join(home, "file.txt"), "");
symlinkSync(home, path.join(home, "Documents/back-home"));
symlinkSync(path.join(home, "Downloads"), path.join(home, "shortcut"));

const check = (folder: string): ReturnType<typeof checkGrantable> =>
  checkGrantable(folder, { home, dataDir });

const TABLE: readonly (readonly [word: string, folder: string])[] = [
  ["ok", path.join(home, "Documents")],
  ["ok", path.join(home, "Documents/Work")],
  ["ok", path.join(home, "Documents2")],
  ["ok", path.join(home, "project")],
  ["not-absolute", "Documents"],
  ["missing", path.join(home, "nothing")],
  ["missing", path.join(home, "file.txt/x")],
  ["not-a-folder", path.join(home, "file.txt")],
  ["root", "/"],
  ["home", home],
  ["home", path.dirname(home)],
  ["home", path.join(home, "Documents/back-home")],
  ["home", os.tmpdir()],
  ["own-data", dataDir],
  ["own-data", path.join(dataDir, "undo")],
  ["own-data", path.join(home, ".local/share")],
  ["own-data", path.join(home, ".local")],
  ["secrets", path.join(home, ".ssh")],
  ["secrets", path.join(home, ".ssh/keys")],
  ["secrets", path.join(home, ".gnupg")],
  ["secrets", path.join(home, ".local/share/keyrings")],
  ["secrets", path.join(home, ".config")],
  ["secrets", path.join(home, "Library")],
  ["browser-profile", path.join(home, ".mozilla")],
  ["browser-profile", path.join(home, ".config/google-chrome/Default")],
  ["system", "/etc"],
  ["system", "/usr/share"],
  ["system", "/proc"],
  ["system", "/var/log"],
  ["protected", path.join(home, "project/.vscode")],
];

describe("checkGrantable", () => {
  test.each(TABLE)("%s: %s", async (word, folder) => {
    const checked = await check(folder);
    expect(wordOf(checked)).toBe(word);
    expect(checked.ok || checked.error.text.endsWith(".")).toBe(true);
  });

  test("the answer is the real path, links resolved", async () => {
    expect(must(await check(path.join(home, "shortcut")))).toBe(path.join(home, "Downloads"));
  });

  test("a home among the system's folders is served", async () => {
    const checked = await checkGrantable("/usr/share", { home: "/usr", dataDir });
    expect(wordOf(checked)).toBe("ok");
  });
});

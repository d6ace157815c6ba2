/** Whole conversations that change files: what is asked of the tools, what is said, and what the disk holds after. */
import { describe, expect, test } from "vitest";
import { diskOf, pathsIn, runRequest, type FakeDisk } from "./fake-tools.ts";

const screenshots = (folder: string): Record<string, string> =>
  Object.fromEntries(
    [2, 2, 3, 5].map((day, n) => [`${folder}Screenshot 2026-11-0${day} at 1${n}.00.00.png`, ""]),
  );
const names = (of: readonly { readonly name: string }[]): readonly string[] => of.map(({ name }) => name);

describe("organise", () => {
  test("by date: into day folders, in one call, with the plan said before and the counts after", async () => {
    const disk = diskOf({ Downloads: { ...screenshots(""), "notes.txt": "", "a.tmp": "" } });
    const { texts, calls } = await runRequest("Organize the screenshots in Downloads by date", disk);
    expect(names(calls)).toEqual(["list_folder", "move_files"]);
    expect(texts).toEqual([
      "I found 4 screenshots from 3 days. I'll move them into 3 folders.",
      "Done: 4 screenshots in Downloads are now in 3 folders: 2026-11-02 (2), 2026-11-03 (1), 2026-11-05 (1).",
    ]);
    expect(pathsIn(disk, "Downloads")).toEqual([
      "2026-11-02/Screenshot 2026-11-02 at 10.00.00.png",
      "2026-11-02/Screenshot 2026-11-02 at 11.00.00.png",
      "2026-11-03/Screenshot 2026-11-03 at 12.00.00.png",
      "2026-11-05/Screenshot 2026-11-05 at 13.00.00.png",
      "a.tmp",
      "notes.txt",
    ]);
  });

  test("in Chinese, in a folder inside the only grant, which is found by looking", async () => {
    const disk = diskOf({ "Deskhand demo": { ...screenshots("Downloads/"), "Reports/a.csv": "" } });
    const { texts, calls } = await runRequest("把下載裡的螢幕截圖按日期整理", disk, { locale: "zh-Hant" });
    expect(names(calls)).toEqual(["list_folder", "list_folder", "move_files"]);
    expect(texts[0]).toBe("我找到 4 張螢幕截圖，分屬 3 天。我會移到 3 個資料夾。");
    expect(pathsIn(disk, "Deskhand demo")).toContain(
      "Downloads/2026-11-05/Screenshot 2026-11-05 at 13.00.00.png",
    );
  });

  test("with no folder named, where the files are is found in all grants", async () => {
    const disk = diskOf({ Reports: { "a.csv": "" }, Home: screenshots("Downloads/") });
    await runRequest("Sort my screenshots by date", disk);
    expect(pathsIn(disk, "Home")[0]).toBe("Downloads/2026-11-02/Screenshot 2026-11-02 at 10.00.00.png");
    const again = await runRequest("Sort my screenshots by date", disk);
    expect(again.answer).toBe("I found nothing to do that with in Reports, Home.");
    expect(names(again.calls)).toEqual(["list_folder", "list_folder"]);
  });

  test("with no folder named and files in several, it asks which", async () => {
    const disk = diskOf({ Desktop: screenshots(""), Downloads: screenshots("") });
    const { answer, calls } = await runRequest("Sort my screenshots by date", disk);
    expect(answer).toBe("Which folder do you mean? It could be: Desktop, Downloads.");
    expect(names(calls)).not.toContain("move_files");
  });

  test("a date that the name does not tell is the day of the last change; 60 days and more go by month", async () => {
    const disk = diskOf({
      Photos: {
        "a.jpg": "2026-08-01T10:00:00",
        "IMG_20261101_1.jpg": "2026-01-01T10:00:00",
        "20260230.jpg": "2026-11-02T10:00:00",
      },
    });
    await runRequest("organise the photos in Photos by date", disk);
    expect(pathsIn(disk, "Photos")).toEqual([
      "2026-08/a.jpg",
      "2026-11/20260230.jpg",
      "2026-11/IMG_20261101_1.jpg",
    ]);
  });

  test("by year when the person says so", async () => {
    const disk = diskOf({ Photos: { "a.jpg": "2026-08-01T10:00:00", "b.jpg": "2025-08-02T10:00:00" } });
    await runRequest("sort the photos in Photos by year", disk);
    expect(pathsIn(disk, "Photos")).toEqual(["2025/b.jpg", "2026/a.jpg"]);
  });

  test("by type: hidden and half-downloaded files stay, a taken name gets a number", async () => {
    const disk = diskOf({
      Downloads: {
        "a.png": "",
        "Images/A.png": "",
        "b.pdf": "",
        "c.zip": "",
        "d.xyz": "",
        ".hidden": "",
        "e.zip.crdownload": "",
      },
    });
    const { calls } = await runRequest("Organise Downloads by type", disk);
    expect(names(calls)).toEqual(["list_folder", "list_folder", "move_files"]);
    expect(pathsIn(disk, "Downloads")).toEqual([
      ".hidden",
      "Archives/c.zip",
      "Documents/b.pdf",
      "Images/A.png",
      "Images/a (2).png",
      "Other/d.xyz",
      "e.zip.crdownload",
    ]);
  });

  test("more than 10,000 files move in several calls; a no in between tells what stands", async () => {
    const many = (): FakeDisk =>
      diskOf({ Downloads: Object.fromEntries(Array.from({ length: 23_000 }, (_, n) => [`n${n}.txt`, ""])) });
    const options = { mostLines: 50_000 };
    const disk = many();
    const all = await runRequest("Organise Downloads by type", disk, options);
    expect(all.calls.slice(1).map(({ input }) => (input["moves"] as unknown[]).length)).toEqual([
      10_000, 10_000, 3_000,
    ]);
    expect(all.answer).toContain("23,000 files");

    const denied = await runRequest("Organise Downloads by type", many(), {
      ...options,
      denies: (_, nth) => nth === 2,
    });
    expect(denied.answer).toBe(
      "You didn't allow the rest. 10,000 files were done before that and can be undone.",
    );
  });

  test("a list that was cut is said to be one", async () => {
    const disk = diskOf({
      Downloads: Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`${n}.txt`, ""])),
    });
    const { answer } = await runRequest("Organise Downloads by date", disk, { mostLines: 2 });
    expect(answer).toContain("48 files in Downloads are now in 1 folder");
    expect(answer).toContain("more than I can see at once");
  });

  test("what has a name that cannot be seen stays, and is told; the others move", async () => {
    const disk = diskOf({
      Downloads: {
        ...screenshots(""),
        [String.raw`inv\u{200b}oice.png`]: "",
        [`${"n".repeat(200)}….png`]: "",
      },
    });
    const { answer } = await runRequest("Organise Downloads by date", disk);
    expect(answer).toMatch(
      /^Done: 5 files .* I left 1 entry alone whose name holds characters that cannot be seen/,
    );
    expect((await runRequest("把 Downloads 裡的圖片按日期整理", disk)).answer).toBe(
      "Downloads 裡沒有直接放著、需要整理的圖片。沒有更動任何東西。有 1 個項目的名稱含有看不見或不能使用的字元，我沒有動。",
    );
  });

  test("sorted and renamed into a folder that is there: no name is taken twice; once more changes nothing", async () => {
    const disk = diskOf({ Photos: { "a 2026-11-02.jpg": "", "2026-11/2026-11-02 001.jpg": "" } });
    await runRequest("Sort and rename the photos in Photos by date", disk);
    expect(pathsIn(disk, "Photos")).toEqual(["2026-11/2026-11-02 001 (2).jpg", "2026-11/2026-11-02 001.jpg"]);
    const numbered = diskOf({ Photos: { "b.jpg": "2026-11-03T09:00:00", "a.jpg": "2026-11-02T09:00:00" } });
    await runRequest("number the photos in Photos as Trip", numbered);
    expect(pathsIn(numbered, "Photos")).toEqual(["Trip 001.jpg", "Trip 002.jpg"]);
    const again = await runRequest("number the photos in Photos as Trip", numbered);
    expect(again.answer).toBe("The files in Photos have these names already. Nothing was changed.");
  });

  test("what is gathered comes from one granted folder, or it asks; a search that fails gathers nothing", async () => {
    const disk = diskOf({ Work: { "acme.txt": "" }, Home: { "acme.md": "" } });
    const request = "Find all acme files and copy them into Acme";
    expect((await runRequest(request, disk)).answer).toBe(
      "Which folder do you mean? It could be: Work, Home.",
    );
    const failed = await runRequest("gather everything about acme in Work into Acme", disk, {
      fails: (name) => (name === "search_files" ? "Stopped." : undefined),
    });
    expect(failed.answer).toBe("That didn't work: Stopped.");
    expect(pathsIn(disk, "Work")).toEqual(["acme.txt"]);
  });

  test("a name never acts as Markdown in a sentence", async () => {
    const disk = diskOf({
      "*Work*": { "[pay](http:x) `a`|b.tmp": "", "__init__.tmp": "", "plain_name.tmp": "" },
    });
    const { texts } = await runRequest("Delete *.tmp in *Work*", disk);
    expect(texts[0]).toBe(
      "I found 3 files in `*Work*`: ``[pay](http:x) `a`|b.tmp``, `__init__.tmp`, plain_name.tmp. I'll put them in the trash.",
    );
  });

  test("an empty folder, and nothing of the kind: nothing is asked for", async () => {
    const disk = diskOf({ Downloads: {}, Notes: { "a.md": "" } });
    const empty = await runRequest("Organise Downloads by date", disk);
    expect(empty.answer).toBe("There are no files to sort directly in Downloads. Nothing was changed.");
    const none = await runRequest("sort the photos in Notes by date", disk);
    expect(none.answer).toBe("There are no photos to sort directly in Notes. Nothing was changed.");
    expect(names([...empty.calls, ...none.calls])).toEqual(["list_folder", "list_folder"]);
  });
});

describe("what stops a change", () => {
  const request = "Organize the screenshots in Downloads by date";
  test("a no", async () => {
    const disk = diskOf({ Downloads: screenshots("") });
    const { answer } = await runRequest(request, disk, { denies: (name) => name === "move_files" });
    expect(answer).toBe("You didn't allow it, so nothing was changed.");
    const chinese = await runRequest("把下載裡的螢幕截圖按日期整理", disk, {
      denies: (name) => name === "move_files",
    });
    expect(chinese.answer).toBe("你沒有同意，所以沒有更動任何東西。");
  });
  test("a tool that fails, in the looking and in the doing", async () => {
    const disk = diskOf({ Downloads: screenshots("") });
    const looking = await runRequest(request, disk, { fails: () => "The disk is full." });
    expect(looking.answer).toBe("That didn't work: The disk is full.");
    const doing = await runRequest(request, disk, {
      fails: (name) => (name === "move_files" ? "The disk is full." : undefined),
    });
    expect(doing.answer).toBe("That didn't work: The disk is full.");
  });
  test("a folder that may only be read", async () => {
    const disk = diskOf({ Downloads: screenshots("") });
    const { answer, calls } = await runRequest(request, disk, { readOnly: ["Downloads"] });
    expect(answer).toBe("I may only read Downloads, so nothing was changed.");
    expect(names(calls)).toEqual(["list_folder"]);
  });
  test("a folder that is not there, or none at all", async () => {
    const disk = diskOf({ Reports: { "Old/a.csv": "" }, Notes: {} });
    expect((await runRequest("Organise Downloads by type", disk)).answer).toBe(
      'I can\'t see a folder called "Downloads". I may use: Reports, Notes, Reports/Old.',
    );
    expect((await runRequest(request, diskOf({}))).answer).toBe(
      "I may not use any folder yet. Grant one on the computer, then ask again.",
    );
  });
  test("a name that two folders have", async () => {
    const disk = diskOf({ Home: { "Old/a.png": "" }, Work: { "Old/b.png": "" } });
    expect((await runRequest("sort the pictures in Old by date", disk)).answer).toBe(
      "Which folder do you mean? It could be: Home/Old, Work/Old.",
    );
  });
  test("a tool that is not offered", async () => {
    const disk = diskOf({ Downloads: screenshots("") });
    const { answer } = await runRequest(request, disk, { tools: ["list_folder"] });
    expect(answer).toContain("the tool move_files, which is off here");
  });
});

describe("delete", () => {
  const downloads = (): FakeDisk =>
    diskOf({ Downloads: { "a.tmp": "", "B.TMP": "", "keep.txt": "", "tmp/c.tmp": "", "d.zip": "" } });
  test("by pattern, directly in the folder, in either case of letters", async () => {
    const disk = downloads();
    const { texts } = await runRequest("Delete *.tmp in Downloads", disk);
    expect(pathsIn(disk, "Downloads")).toEqual(["d.zip", "keep.txt", "tmp/c.tmp"]);
    expect(texts).toEqual([
      "I found 2 files in Downloads: a.tmp, B.TMP. I'll put them in the trash.",
      "Done: 2 files from Downloads are in the trash and can be put back.",
    ]);
  });
  test("with the folders below when the person says so", async () => {
    const disk = downloads();
    await runRequest("delete *.tmp in Downloads and all subfolders", disk);
    expect(pathsIn(disk, "Downloads")).toEqual(["d.zip", "keep.txt"]);
  });
  test("in Chinese, by kind", async () => {
    const disk = downloads();
    const { answer } = await runRequest("把 Downloads 裡的 zip 檔刪掉", disk);
    expect(answer).toBe("完成：Downloads 裡的 1 個檔案已在垃圾桶，可以放回。");
    expect(pathsIn(disk, "Downloads")).not.toContain("d.zip");
  });
  test("nothing to do, a no, and a failure", async () => {
    const none = await runRequest("Delete *.log in Downloads", downloads());
    expect(none.answer).toBe("There are no files like `*.log` in Downloads. Nothing was changed.");
    const disk = downloads();
    const denied = await runRequest("Delete *.tmp in Downloads", disk, {
      denies: (name) => name === "trash_files",
    });
    expect(denied.answer).toBe("You didn't allow it, so nothing was changed.");
    expect(pathsIn(disk, "Downloads")).toHaveLength(5);
    const failed = await runRequest("Delete *.tmp in Downloads", disk, {
      fails: (name) => (name === "trash_files" ? "a.tmp was changed by somebody else meanwhile." : undefined),
    });
    expect(failed.answer).toBe("That didn't work: a.tmp was changed by somebody else meanwhile.");
  });
});

describe("rename", () => {
  test("by pattern: what the star stood for is kept, a taken name gets a number", async () => {
    const disk = diskOf({ Photos: { "a.jpeg": "", "b.jpeg": "", "b.jpg": "", "c.png": "" } });
    const { texts } = await runRequest("Rename *.jpeg to *.jpg in Photos", disk);
    expect(pathsIn(disk, "Photos")).toEqual(["a.jpg", "b (2).jpg", "b.jpg", "c.png"]);
    expect(texts).toEqual([
      "I'll rename 2 files, such as a.jpeg to a.jpg.",
      "Done: 2 files in Photos renamed.",
    ]);
  });
  test("a change of case alone is no clash; a bare extension is enough", async () => {
    const disk = diskOf({ Photos: { "a.JPG": "", "b.jpeg": "" } });
    await runRequest("Rename *.JPG to *.jpg in Photos", disk);
    await runRequest("rename the jpeg files in Photos to png", disk);
    expect(pathsIn(disk, "Photos")).toEqual(["a.jpg", "b.png"]);
  });
  test("a prefix and a suffix, in both languages", async () => {
    const disk = diskOf({ Photos: { "a.jpg": "", "b.jpg": "" }, Notes: { "n.md": "" } });
    await runRequest("在 Photos 裡的檔名前面加上「旅行-」", disk);
    await runRequest('add "-old" as a suffix to *.md in Notes', disk);
    expect(pathsIn(disk, "Photos")).toEqual(["旅行-a.jpg", "旅行-b.jpg"]);
    expect(pathsIn(disk, "Notes")).toEqual(["n-old.md"]);
  });
  test("an unclear name, a name in another folder, a name that they have", async () => {
    const disk = diskOf({ Photos: { "IMG_1.jpg": "", "IMG_2.jpg": "" } });
    const unclear = await runRequest("rename IMG_* to Holiday in Photos", disk);
    expect(unclear.answer).toContain("The new name is not clear to me");
    const away = await runRequest("rename IMG_* to ../Holiday-* in Photos", disk);
    expect(away.answer).toContain("I only work in the folders that were allowed");
    const below = await runRequest("rename IMG_* to Sub/Holiday-* in Photos", disk);
    expect(below.answer).toContain("The new name is not clear to me");
    const same = await runRequest("rename IMG_* to IMG_* in Photos", disk);
    expect(same.answer).toBe("The files in Photos have these names already. Nothing was changed.");
    const none = await runRequest("rename DSC_* to Holiday-* in Photos", disk);
    expect(none.answer).toBe("There are no files like `DSC_*` in Photos. Nothing was changed.");
    expect(pathsIn(disk, "Photos")).toEqual(["IMG_1.jpg", "IMG_2.jpg"]);
  });
});

/** The planner with the real file tools on the demo folder: what one says, the other understands. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { createDemoFolder } from "../../../../desktop/src/demo/demo-folder.ts";
import { createScene, put, type Scene } from "../tools/scene.ts";
import { diskOf, runRequest, type RunOutcome } from "./fake-tools.ts";

const demoScene = async (): Promise<Scene> => {
  const scene = createScene();
  await createDemoFolder(scene.files);
  return createSceneAt(scene, path.join(scene.files, "Deskhand demo"));
};
/** The same folder, granted as the person would. */
const createSceneAt = ({ root }: Scene, files: string): Scene =>
  createScene({ files, storeDir: path.join(root, "undo-of-demo") });

const run = (request: string, scene: Scene): Promise<RunOutcome> =>
  runRequest(request, diskOf({ Files: {} }), {
    perform: async ({ name, input }) => {
      const result = await scene.call(name, input);
      return result.ok ? { content: result.value.content } : { content: result.error.text, is_error: true };
    },
  });

test("the first tasks of a new person", async () => {
  const scene = await demoScene();
  const at = (...parts: readonly string[]): string => path.join(scene.files, ...parts);

  const organised = await run("Organize the screenshots in Downloads by date", scene);
  expect(organised.texts[0]).toBe("I found 24 screenshots from 6 days. I'll move them into 6 folders.");
  expect(readdirSync(at("Downloads")).sort()).toEqual([
    "2026-11-02",
    "2026-11-03",
    "2026-11-05",
    "2026-11-09",
    "2026-11-12",
    "2026-11-16",
    "download-1.tmp",
    "download-2.tmp",
    "download-3.tmp",
    "manual.pdf",
    "notes.txt",
    "templates.zip",
  ]);
  expect((await run("Sort my screenshots by date", scene)).answer).toBe(
    "I found nothing to do that with in Files.",
  );

  const summed = await run("Sum up the sales sheets in Reports", scene);
  expect(summed.answer).toContain("| **Total** | **583** | **2,663.80** | **12** |");
  expect(readFileSync(at("Reports", "sales summary.md"), "utf8")).toContain("## By region");

  const deleted = await run("刪除 Downloads 裡的 *.tmp", scene);
  expect(deleted.answer).toBe("完成：Files/Downloads 裡的 3 個檔案已在垃圾桶，可以放回。");
  expect(readdirSync(at("Downloads"))).not.toContain("download-1.tmp");

  const renamed = await run("rename IMG_* to Holiday-* in Photos", scene);
  expect(renamed.answer).toBe("Done: 6 files in Files/Photos renamed.");
  expect(readdirSync(at("Photos"))).toContain("Holiday-20261102_101501.png");

  expect((await run("find 'Acme' in Notes", scene)).answer).toContain(
    "- Files/Notes/ideas.md:4: `- Ask Acme for samples`",
  );
  expect((await run("find files named unheard-of", scene)).answer).toContain("I found nothing");
  expect((await run("read notes.txt", scene)).answer).toContain("Call the printer");
  expect((await run("summarise Reports", scene)).answer).toContain("- Spreadsheets: 3 files");
  const shown = await run("Show me Holiday-20261102_101501.png", scene);
  expect(shown.calls.at(-1)).toMatchObject({
    name: "show_pictures",
    input: { folder: "Files", paths: ["Photos/Holiday-20261102_101501.png"] },
  });
  expect(shown.answer).toBe(
    "Here is Files/Photos/Holiday-20261102_101501.png: you find it among the files of this task.",
  );
  expect((await run("顯示 Holiday-20261102_101501.png", scene)).answer).toContain(
    "在這個任務的檔案裡可以看到",
  );
});

test("every seed task has something to do in the demo folder", async () => {
  const scene = await demoScene();
  const at = (...parts: readonly string[]): string => path.join(scene.files, ...parts);

  const quarter = await run(
    "Extract the Q3 2026 figures from the sales sheets in Reports and summarise them",
    scene,
  );
  expect(quarter.answer).toContain(
    "Done: the figures of Q3 2026 (8 rows) are in Files/Reports/sales Q3 2026.md.",
  );
  expect(quarter.answer).toContain("| **Total** | **341** | **973.00** | **8** |");

  const weekly = await run("用 Data 裡的資料做週報", scene);
  expect(weekly.answer).toContain("2026-W47（2026-11-16 到 2026-11-22）是檔案裡最新的一週");
  expect(weekly.answer).toContain("| visitors | 22 | 106 | -84 |");

  const digest = await run("Summarise the documents in Notes", scene);
  expect(digest.answer).toContain("- Budget for the posters: 1,200.");

  await run("Find all posters in Notes and copy them into Posters", scene);
  expect(readdirSync(at("Notes", "Posters")).sort()).toEqual(["ideas.md", "meeting.md"]);

  const renamed = await run("Sort and rename the photos in Photos by date", scene);
  expect(renamed.answer).toBe("Done: 6 files in Files/Photos renamed.");
  expect(readdirSync(at("Photos", "2026-11"))).toContain("2026-11-12 001.png");
});

test("a sheet longer than one answer is summed whole; a list longer than one is read whole", async () => {
  const scene = createScene();
  const rows = Array.from({ length: 9_000 }, (_, n) => `row ${n % 7},0.01`);
  put(path.join(scene.files, "long.csv"), ["name,amount", ...rows, ""].join("\r\n"));
  const summed = await run("sum up long.csv", scene);
  expect(summed.answer).toContain("| **Total** | **90.00** | **9,000** |");
  expect(summed.calls.filter(({ name }) => name === "read_table").length).toBeGreaterThan(1);

  for (let n = 0; n < 1_500; n++)
    put(path.join(scene.files, "many", `a file with a rather long name ${n}.txt`), "");
  const organised = await run("organise many by type", scene);
  expect(organised.answer).toContain("Done: 1,500 files in Files/many are now in 1 folder");
  expect(readdirSync(path.join(scene.files, "many"))).toEqual(["Documents"]);
});

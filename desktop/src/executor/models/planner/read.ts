/** "Read notes.txt in Downloads": shows the beginning of one text or document; a picture is shown on the phone. */
import type { Intent } from "./intent.ts";
import { baseName, isSamePath, join, parentOf } from "./listing.ts";
import { findPlace, placeName, type Place, type PlaceWish } from "./place.ts";
import { ask, type Plan, type Scene } from "./plan.ts";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import { fileNameIn, type Sentence } from "./sentence.ts";
import { extensionOf } from "./words.ts";

export interface ReadRequest {
  readonly file: string;
  readonly place: PlaceWish;
}

const VERB =
  /^(?:read|open|show|print|display|view|cat|summari[sz]e|what does)\b|讀|打開|開啟|顯示|看|摘要|內容/i;

const recognise = ({ text, rest, place }: Sentence): ReadRequest | undefined => {
  const said = /(?<![\w.*])[\w][\w \-()/]*\/[\w\-() ]+\.[a-z]\w{1,4}(?![\w.])/i.exec(text)?.[0];
  const file = said?.replace(/^.*\s(?=\S+\/)/, "") ?? fileNameIn(rest);
  if (file === undefined || file.includes("*") || !VERB.test(rest)) return undefined;
  const folder = parentOf(file);
  const name = folder === "" ? place : folder;
  return { file: baseName(file), place: name === undefined ? {} : { name } };
};

function* plan({ file, place: wish }: ReadRequest, scene: Scene): Plan {
  const { say } = scene;
  const found = yield* findFile(file, wish, scene);
  if (!found.ok) return found.error;
  const { folder, path } = found.value;
  if (isPicture(path)) {
    const shown = yield* ask("show_pictures", { folder, paths: [path] });
    return shown.failed ? say.failed(shown.content, 0) : say.picture(placeName(found.value));
  }
  const tool = /^(?:docx|xlsx|xlsm|pdf)$/.test(extensionOf(path)) ? "read_document" : "read_text";
  const answer = yield* ask(tool, { folder, path });
  return answer.failed ? say.failed(answer.content, 0) : say.text(placeName(found.value), answer.content);
}

/** The tool goes by what the bytes are and refuses what is none. */
const isPicture = (path: string): boolean =>
  /^(?:jpe?g|png|webp|gif|heic|avif|bmp|tiff?)$/i.test(extensionOf(path));

type FilePlace = Pick<Place, "folder" | "path">;

/** In the named folder, or the one file of that name in all of them. */
function* findFile(file: string, wish: PlaceWish, scene: Scene): Plan<Result<FilePlace, string>> {
  const { say, folders } = scene;
  if (wish.name !== undefined) {
    const place = yield* findPlace(wish, scene);
    return place.ok ? ok({ ...place.value, path: join(place.value.path, file) }) : place;
  }
  if (folders.length === 0) return err(say.noFolders());
  const answers = yield {
    calls: folders.map(({ name }) => ({ name: "search_files", input: { folder: name, name: file } })),
  };
  const failed = answers.find((answer) => answer.failed);
  if (failed !== undefined) return err(say.failed(failed.content, 0));
  const files = folders.flatMap(({ name: folder }, at) =>
    (answers[at]?.content ?? "")
      .split(/\r?\n/)
      .filter((line) => isSamePath(baseName(line), file))
      .map((path): FilePlace => ({ folder, path })),
  );
  const [only] = files;
  if (only === undefined)
    return err(
      say.notFound(
        file,
        folders.map(({ name }) => name),
      ),
    );
  return files.length === 1 ? ok(only) : err(say.whichFile(files.map(placeName)));
}

export const READ: Intent<ReadRequest> = { name: "read", recognise, plan };

/**
 * "Summarise the documents in Notes": the sentences of each document whose words it repeats most, word for word.
 * 1. It says what it is: sentences picked by counting, no understanding.
 * 2. What a document says stands in the answer as text and never acts as Markdown.
 */
import type { Intent } from "./intent.ts";
import { baseName, type Entry } from "./listing.ts";
import { nameText, plainSentence } from "./name-text.ts";
import { findFiles, placeName, remarks, type PlaceWish } from "./place.ts";
import { ask, type Plan, type Scene } from "./plan.ts";
import { mainSentences } from "./main-sentences.ts";
import { commonFolder, fileNameIn, globIn, isWished, type FileWish, type Sentence } from "./sentence.ts";
import { saveReport } from "./sheets.ts";
import { extensionOf } from "./words.ts";

export interface DigestRequest {
  readonly files: FileWish;
  readonly isSaved: boolean;
  readonly place: PlaceWish;
}

const VERB =
  /\b(?:summari[sz]e|summar(?:y|ies)|digest|gist|tl;?dr|key points?|main points?|sum up|condense|boil down)\b|摘要|總結|重點|大意|濃縮|概要/i;
const DOCUMENTS =
  /\b(?:documents?|docs|papers?|letters?|articles?|minutes|memos?|transcripts?|word files?|pdfs?)\b|文件(?!夾)|文章|信件|會議紀錄|會議記錄|論文|備忘錄|pdf/i;
const SAVE =
  /\b(?:save|write|store|file)\b|\binto a (?:new )?(?:file|document)\b|存成|存檔|儲存|寫成|寫到|做成(?:一個)?檔/i;
const READABLE = /^(?:docx|pdf|md|markdown|txt|text|rst)$/;

const recognise = ({ rest, text, place, isBeyond }: Sentence): DigestRequest | undefined => {
  if (!VERB.test(rest) || isBeyond) return undefined;
  const glob = globIn(rest) ?? fileNameIn(rest);
  if (glob === undefined ? !DOCUMENTS.test(rest) : !READABLE.test(extensionOf(glob))) return undefined;
  const isPdf = glob === undefined && /pdf/i.test(rest) && !/\bdocuments?\b|文件/i.test(rest);
  const name = place ?? commonFolder(rest);
  return {
    files: glob !== undefined ? { type: "glob", glob } : { type: "kind", id: isPdf ? "pdfs" : "documents" },
    isSaved: SAVE.test(text),
    place: name === undefined ? {} : { name },
  };
};

/** A phone's screen holds about three documents of three sentences. */
const MOST_DOCUMENTS = 12;
const [SENTENCES_OF_ONE, SENTENCES_OF_MANY] = [6, 3];

function* plan({ files, isSaved, place: wish }: DigestRequest, scene: Scene): Plan {
  const { say } = scene;
  const isOne = isWished(files);
  const isMeant = ({ kind, path }: Entry): boolean =>
    kind === "file" && isOne(baseName(path)) && READABLE.test(extensionOf(path));
  const found = yield* findFiles(wish, isMeant, scene);
  if (!found.ok) return found.error;
  const { place, entries } = found.value;
  const meant = entries.filter(isMeant);
  if (meant.length === 0) return say.noDocuments(placeName(place)) + remarks(found.value, scene);

  const shown = meant.slice(0, MOST_DOCUMENTS);
  const parts: string[] = [];
  for (const { path } of shown) {
    const answer = yield* ask("read_document", { folder: place.folder, path });
    const most = meant.length === 1 ? SENTENCES_OF_ONE : SENTENCES_OF_MANY;
    const { text, isPart } = pageText(answer.content);
    const sentences = answer.failed ? [] : mainSentences(text, most);
    const lines = sentences.map((sentence) => `- ${plainSentence(sentence)}`);
    const remark = answer.failed
      ? plainSentence(answer.content)
      : sentences.length === 0
        ? say.noSentences()
        : isPart
          ? say.firstPart()
          : "";
    parts.push(
      [`**${nameText(baseName(path))}**`, lines.join("\n"), remark]
        .filter((part) => part !== "")
        .join("\n\n"),
    );
  }
  const rest = meant.length - shown.length;
  const body = [say.digest(shown.length), ...parts, ...(rest > 0 ? [say.more(rest)] : [])].join("\n\n");
  if (!isSaved) return body + remarks(found.value, scene);
  return yield* saveReport(
    {
      title:
        meant.length === 1
          ? `${baseName(meant[0]?.path ?? "").replace(/\.\w+$/, "")} summary`
          : "documents summary",
      extension: "md",
      text: `${body}\n`,
      willWrite: say.willDigest,
      written: say.digestSaved,
      body,
    },
    found.value,
    scene,
  );
}

/** The tool's own remarks at the end are no part of the document. */
const pageText = (content: string): { readonly text: string; readonly isPart: boolean } => {
  const text = content.replaceAll(
    /\n\[(?:Lines \d+ to|Line \d+ is longer|The document goes on)[^\n]*\]/g,
    "",
  );
  return { text, isPart: text.length < content.length };
};

export const DIGEST: Intent<DigestRequest> = { name: "digest", recognise, plan };

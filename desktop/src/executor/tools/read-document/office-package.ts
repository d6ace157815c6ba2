/**
 * The XML parts of an office document, unpacked here and packed again without compression for the readers.
 * 1. The readers never inflate anything: sizes and checksums were held to by yauzl, and all bytes together are bounded.
 * 2. Macros, embedded objects, pictures and fonts are not handed on; neither is XML with a document type, which could
 *    define entities. What a part links to outside is never fetched: no reader here opens anything.
 */
import { fromBufferPromise, type ZipFile } from "yauzl";
import { ZipFile as NewZip } from "yazl";
import { err, ok, type Result } from "@deskhand/doc-schema/wire";
import type { ExtractProblem } from "./extraction.ts";

/** A long book has about 10 MB of XML, a sheet of 100,000 rows about 50. */
const MOST_BYTES = 96 * 1024 * 1024;
const MOST_PARTS = 5_000;
const READ = /\.(?:xml|rels)$/i;
const NEVER = /(?:^|\/)(?:embeddings|activeX|ctrlProps|externalLinks|customXml)\//i;
const DOCUMENT_TYPE = /<!DOCTYPE/i;

export interface OfficePackage {
  readonly names: ReadonlySet<string>;
  /** Stored, not compressed. */
  readonly bytes: Buffer;
}

/** Throws what yauzl throws when the archive is damaged. */
export const readPackage = async (bytes: Uint8Array): Promise<Result<OfficePackage, ExtractProblem>> => {
  const zip = await fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (zip.entryCount > MOST_PARTS) return err({ type: "swollen" });
  const names = new Set<string>();
  const packed = new NewZip();
  let left = MOST_BYTES;
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) return err({ type: "encrypted" });
    if (!READ.test(entry.fileName) || NEVER.test(entry.fileName) || names.has(entry.fileName)) continue;
    left -= entry.uncompressedSize;
    if (left < 0) return err({ type: "swollen" });
    const part = await readPart(zip, entry);
    if (DOCUMENT_TYPE.test(part.toString("latin1"))) return err({ type: "damaged" });
    names.add(entry.fileName);
    packed.addBuffer(part, entry.fileName, { compress: false });
  }
  packed.end();
  return ok({ names, bytes: await wholeOf(packed.outputStream) });
};

/** The claimed size is held to by yauzl while it reads. */
const readPart = async (zip: ZipFile, entry: Parameters<ZipFile["openReadStreamPromise"]>[0]) =>
  wholeOf(await zip.openReadStreamPromise(entry));

const wholeOf = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Media types of what tools write, by the end of the name. */
const TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  css: "text/css",
  htm: "text/html",
  html: "text/html",
  ics: "text/calendar",
  js: "text/javascript",
  json: "application/json",
  md: "text/markdown",
  svg: "image/svg+xml",
  tsv: "text/tab-separated-values",
  vcf: "text/vcard",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
};

/** Tools write text alone: what is not known is plain text. */
export const mediaTypeOf = (name: string): string =>
  TYPES[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "text/plain";

/** Of a picture, by its first 16 bytes; undefined when they are of none that is known. */
export const pictureTypeOf = (head: Uint8Array): string | undefined => {
  const text = Buffer.from(head).toString("latin1");
  return PICTURES.find(([beginning]) => beginning.test(text))?.[1];
};

const PICTURES: readonly (readonly [beginning: RegExp, mediaType: string])[] = [
  [/^\xFF\xD8\xFF/, "image/jpeg"],
  [/^\x89PNG\r\n/, "image/png"],
  [/^RIFF[^]{4}WEBP/, "image/webp"],
  [/^GIF8[79]a/, "image/gif"],
  [/^BM[^]{4}\0{4}/, "image/bmp"],
  [/^(?:II\*\0|MM\0\*)/, "image/tiff"],
  [/^[^]{4}ftyp(?:heic|heix|mif1|msf1)/, "image/heic"],
  [/^[^]{4}ftypavi[fs]/, "image/avif"],
];

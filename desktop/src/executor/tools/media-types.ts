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

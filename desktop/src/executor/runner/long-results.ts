/**
 * Long results of tools, as a model reads them: their beginning and end. The whole stays in the journal, which is on
 * disk, and `read_result` shows the rest of it.
 */
export const LONG_RESULT = 16_000;
const SHOWN_BEGINNING = 6_000;
const SHOWN_END = 2_000;

/** @param id what read_result knows it by */
export const previewOf = (content: string, id: string): string => {
  if (content.length <= LONG_RESULT) return content;
  const left = content.length - SHOWN_BEGINNING - SHOWN_END;
  return [
    content.slice(0, SHOWN_BEGINNING),
    `[${left} characters are left out here; read_result with result “${id}” and offset ${SHOWN_BEGINNING} shows them]`,
    content.slice(-SHOWN_END),
  ].join("\n");
};

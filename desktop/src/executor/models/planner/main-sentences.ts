/**
 * The sentences of a text that hold most of the words it repeats, in the order of the text: counting, no understanding.
 * English by words, Chinese by pairs of characters. Headings, tables and code are passed over.
 */

const STOP_WORDS = new Set(
  (
    "a about after all also an and any are as at be been before but by can could did do does for from had has have he her " +
    "his how i if in into is it its just may more most no not of on one or other our out over she should so some such than " +
    "that the their them then there these they this those to up was we were what when which who will with would you your"
  ).split(" "),
);
/** Characters: shorter ones are scraps, longer ones tables or lists that were run together. */
const [SHORTEST, LONGEST] = [8, 400];
const MOST_SENTENCES = 2_000;

export const mainSentences = (text: string, most: number): readonly string[] => {
  const sentences = sentencesOf(text).slice(0, MOST_SENTENCES);
  const tokens = sentences.map(tokensOf);
  const counts = new Map<string, number>();
  for (const token of tokens.flatMap((of) => [...new Set(of)]))
    counts.set(token, (counts.get(token) ?? 0) + 1);
  const scores = tokens.map((of, at) => {
    if (of.length === 0) return 0;
    const repeated =
      of.reduce((sum, token) => sum + (counts.get(token) ?? 0) - 1, 0) / Math.sqrt(of.length + 4);
    // What comes first is often the point; figures are seldom idle words.
    return repeated + (at === 0 ? 2 : 0) + (/\d/.test(sentences[at] ?? "") ? 0.5 : 0);
  });
  const best = sentences
    .map((_, at) => at)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
    .slice(0, most);
  return best.sort((a, b) => a - b).flatMap((at) => sentences[at] ?? []);
};

const BESIDE = /^(?:#{1,6} |\||```|\[Page \d+\]$|---)/;

const sentencesOf = (text: string): readonly string[] => {
  const seen = new Set<string>();
  return text
    .replaceAll(/```[\s\S]*?```/g, "\n\n")
    .split(/\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)|\n(?=[#|[])/)
    .filter((block) => !BESIDE.test(block.trim()))
    .flatMap((block) =>
      block
        .replace(/^\s*(?:[-*+]|\d+[.)])\s+/, "")
        .replaceAll(/(?<=\p{Script=Han}|[，、；：])\n(?=\p{Script=Han})/gu, "")
        .replaceAll(/\s+/g, " ")
        .split(/(?<=[。！？!?])\s*|(?<=[.!?]["”’)]?)\s+(?=["“‘(]?[\p{Lu}\p{Script=Han}\d])/u),
    )
    .map((sentence) => sentence.trim().replaceAll(/\*\*|__/g, ""))
    .filter((sentence) => {
      const isGood = sentence.length >= SHORTEST && sentence.length <= LONGEST && !seen.has(sentence);
      seen.add(sentence);
      return isGood;
    });
};

const tokensOf = (sentence: string): readonly string[] => {
  const words = (sentence.toLowerCase().match(/[a-z][a-z'-]{2,}|\d[\d.,]*/g) ?? []).filter(
    (word) => !STOP_WORDS.has(word),
  );
  const pairs = (sentence.match(/\p{Script=Han}+/gu) ?? []).flatMap((run) =>
    Array.from({ length: Math.max(0, run.length - 1) }, (_, at) => run.slice(at, at + 2)),
  );
  return [...words, ...pairs];
};

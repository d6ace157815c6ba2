/** Patterns of names: `*` stands for any run of characters, `?` for one; letters match in either case. */

const escaped = (text: string): string => text.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);

/** Each star is a group, so that a renaming can carry over what it stood for. */
export const globToRegExp = (glob: string): RegExp =>
  new RegExp(`^${escaped(glob.normalize("NFC")).replaceAll("*", "(.*)").replaceAll("?", ".")}$`, "isu");

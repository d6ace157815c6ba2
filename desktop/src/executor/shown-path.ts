/** ~ for the home folder: the whole path says more than a phone needs to know. */
import path from "node:path";

export const shownPath = (folder: string, home: string): string => {
  const way = path.relative(home, folder);
  return way.startsWith("..") || path.isAbsolute(way) ? folder : path.join("~", way);
};

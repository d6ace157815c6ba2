/** The window's own words, spoken as the shared ones are. */
import { useCatalogue, type Say } from "@deskhand/mobile/shared-ui";
import { en, type DesktopTextKey } from "./locales/en.ts";
import { zhHant } from "./locales/zh-hant.ts";

const CATALOGUES = { en, "zh-Hant": zhHant } as const;

export const useDesktopText = (): Say<DesktopTextKey> => useCatalogue<DesktopTextKey>(CATALOGUES);

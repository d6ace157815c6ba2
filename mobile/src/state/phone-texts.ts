/** The phone app's own words, spoken like the shared ones. */
import { phoneEn, type PhoneKey } from "../locales/en.ts";
import { phoneZhHant } from "../locales/zh-hant.ts";
import { useCatalogue, type Say } from "../shared-ui/index.ts";

const CATALOGUES = { en: phoneEn, "zh-Hant": phoneZhHant } as const;

export const usePhoneText = (): Say<PhoneKey> => useCatalogue<PhoneKey>(CATALOGUES);

/**
 * The schema is append only. `minReader` rises only when an older reader would act wrongly: such an app opens the
 * document read-only and says so.
 */
export const SCHEMA_VERSION = 1;
export const MIN_READER = 1;

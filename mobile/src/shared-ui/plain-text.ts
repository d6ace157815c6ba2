/**
 * Words that a person, a model or a file gave, where they stand beside the app's own.
 * Characters that turn the direction of what follows would let them rewrite the app's sentence: they are shown as "�".
 * Marks that only help mixed text (LRM, RLM, ALM) stay.
 */
const DIRECTION_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;

export const plainText = (text: string): string => text.replace(DIRECTION_CONTROLS, "\uFFFD");

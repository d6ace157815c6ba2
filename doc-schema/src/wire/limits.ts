/** Largest WebSocket message either side accepts. 1 MiB: a phone on 3G sends it in about 20 s. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** Largest sealed frame: a message less the room that its own head needs. */
export const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES - 64;

/** A socket that has not proven its key by then is closed (milliseconds). */
export const AUTH_TIMEOUT_MS = 5_000;

/** How far a client's clock may be off in AUTH (seconds); the nonce is what prevents replay. */
export const AUTH_CLOCK_SKEW_S = 7 * 24 * 3600;

/** A consumer with more than this buffered is closed; it resumes by its cursor. */
export const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** Sockets that may be in one room at once. */
export const MAX_SOCKETS_PER_ROOM = 16;

/** The desktop replaces frames by a snapshot after this many of them … */
export const COMPACT_AFTER_FRAMES = 500;
/** … or this many bytes of them, whichever is first. */
export const COMPACT_AFTER_BYTES = 1024 * 1024;

/** Room ids, nonces and keys have these lengths (bytes). */
export const ROOM_ID_BYTES = 16;
export const DEVICE_ID_BYTES = 16;
export const NONCE_BYTES = 32;
export const AUTH_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** SHA-256 of a sealed chunk (bytes). */
export const BLOB_ID_BYTES = 32;

/** Plaintext of one chunk. 512 KiB: a phone on 3G sends it in about 10 s, and that much is lost when the link is cut. */
export const BLOB_CHUNK_BYTES = 512 * 1024;

/** What sealing adds: nonce 24 and tag 16. */
export const BLOB_SEAL_BYTES = 40;
export const MAX_SEALED_CHUNK_BYTES = BLOB_CHUNK_BYTES + BLOB_SEAL_BYTES;

/** Largest blob. 2 GiB: its list of chunks is 128 KiB and fits into one chunk. */
export const MAX_BLOB_BYTES = 2 * 1024 * 1024 * 1024;

/** Ids that one HAVE may ask about. */
export const MAX_HAVE_IDS = 512;

/** Requests that a client may have unanswered on one blob socket: 2 MiB fill a long fast line, and are all it holds. */
export const BLOB_REQUESTS_IN_FLIGHT = 4;

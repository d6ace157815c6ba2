/**
 * Everything that the window and the main process say to each other.
 * 1. Both ends parse: what does not fit its schema is answered by a rejection and does nothing.
 * 2. No key of the workspace crosses: the window gives orders in words, and main signs them. The pairing link crosses
 *    only as the picture that a person asked to see, a recovery kit's words only when it is made, and to be restored
 *    from; the model's key only when it is typed.
 * 3. No path comes from the window: files and folders are chosen in main's own dialogs.
 */
import { parseDeviceId, type DeviceId } from "@deskhand/doc-schema/crypto";
import {
  isIntentBody,
  parseId,
  type ApprovalId,
  type GrantId,
  type IntentBody,
  type MessageId,
  type ReplyId,
  type RunId,
  type TaskId,
  type ThreadId,
} from "@deskhand/doc-schema/document";
import type { ScheduleFields } from "@deskhand/doc-schema/orders";
import * as z from "zod/mini";
import { LIMITS, type LimitChanges } from "./executor/limits.ts";
import { CONTEXT_TOKENS, TOKEN_BOUNDS } from "./executor/models/capabilities.ts";

export { BUDGET_KINDS, MOST_RUNS_AT_ONCE, type BudgetKind } from "./executor/limits.ts";
export type { LimitChanges };
export { CONTEXT_TOKENS };
/** What a person may say that a model reads at once, in tokens. */
export const CONTEXT_BOUNDS = TOKEN_BOUNDS.contextTokens;

const approvalId = z.custom<ApprovalId>((value) => parseId("approval", value) !== undefined);
const grantId = z.custom<GrantId>((value) => parseId("grant", value) !== undefined);
const runId = z.custom<RunId>((value) => parseId("run", value) !== undefined);
const threadId = z.custom<ThreadId>((value) => parseId("thread", value) !== undefined);
const saidId = z.custom<MessageId | ReplyId | TaskId>((value) =>
  (["message", "reply", "task"] as const).some((kind) => parseId(kind, value) !== undefined),
);
const order = z.custom<IntentBody>(isIntentBody);
/** Its id is made by main. */
const schedule = z.custom<ScheduleFields>((value) =>
  isIntentBody({ ...Object(value), type: "schedule-create", scheduleId: `sch_${"0".repeat(24)}` }),
);
/** The ledger takes what a newer version may add; a window says only what there is. */
const limits = z.custom<LimitChanges>(
  (value) =>
    LIMITS.safeParse(value).success &&
    Object.keys(Object(value)).every((key) => ["runsAtOnce", "perRun", "perDay"].includes(key)),
);
const deviceId = z.custom<DeviceId>((value) => parseDeviceId(value) !== undefined);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const time = z.number();
/** As the document's records have it: a whole one stays under 64 KiB. */
const longText = z.string().check(z.maxLength(16_000));

export const LANGUAGES = ["system", "en", "zh-Hant"] as const;
const language = z.enum(LANGUAGES);
export type LanguageChoice = z.infer<typeof language>;
const mode = z.enum(["read", "read-write"]);
export type GrantMode = z.infer<typeof mode>;

/** A pairing as the window shows it. `image` is the code as an SVG path of one-unit squares, `size` units wide. */
const PAIRING = z.discriminatedUnion("type", [
  z.object({ type: z.literal("none") }),
  z.object({ type: z.literal("waiting"), image: z.string(), size: z.number(), expiresAt: time }),
  z.object({ type: z.literal("requested"), name: z.string(), triesLeft: z.number(), expiresAt: time }),
  z.object({ type: z.enum(["admitting", "admitted"]), name: z.string() }),
  z.object({ type: z.enum(["burned", "expired", "refused", "unanswered"]) }),
]);
export type PairingState = z.infer<typeof PAIRING>;

export const CONNECTION_PHASES = ["offline", "connecting", "catching-up", "live", "refused"] as const;
const CONNECTION = z.object({
  phase: z.enum(CONNECTION_PHASES),
  received: z.optional(z.number()),
  unsent: z.number(),
  refusal: z.optional(z.string()),
});

/** As the ledger names them; see doc-schema/src/document/rows.ts. */
export const ALARM_TYPES = [
  "fork",
  "missing",
  "rollback",
  "withheld",
  "foreign-write",
  "foreign-close",
  "contradiction",
] as const;

const RELAY = z.object({
  /** What this computer dials. */
  url: z.string(),
  /** What phones dial. */
  publicUrl: z.string(),
  phase: z.enum(CONNECTION_PHASES),
  /** When it last had everything; absent = not since this start. */
  heardAt: z.optional(time),
  unsent: z.number(),
  /** Updates that wait for what they build on. */
  held: z.number(),
  /** Frames that were left out. */
  ignored: z.number(),
  refusal: z.optional(z.string()),
  alarm: z.optional(z.enum(ALARM_TYPES)),
  /** Named by this computer's settings: pairing goes through it, and each start adds it again. */
  isFixed: z.boolean(),
});
export type RelayFacts = z.infer<typeof RELAY>;

/** `madeAt` is absent for a kit that this computer was restored from. */
const KIT = z.discriminatedUnion("type", [
  z.object({ type: z.literal("none") }),
  z.object({ type: z.literal("made"), madeAt: z.optional(time), isWrittenDown: z.boolean() }),
]);
export type KitState = z.infer<typeof KIT>;

/** What changes while the window is open, apart from the document. */
const HOST_STATE = z.object({
  connection: CONNECTION,
  relays: z.array(RELAY),
  kit: KIT,
  /** Phones that are connected right now. */
  phonesOnline: z.array(deviceId),
  pairing: PAIRING,
  /** Whether commands can run here; `text` is a sentence in English. */
  commands: z.discriminatedUnion("type", [
    z.object({ type: z.enum(["untested", "testing", "on"]) }),
    z.object({ type: z.literal("off"), text: z.string() }),
  ]),
  /** What is wrong with the audit log, a sentence in English. */
  auditAlarm: z.optional(z.string()),
  power: z.object({ state: z.enum(["awake", "asleep"]), since: time }),
  step: z.optional(z.object({ runId, text: z.string(), at: time })),
});
export type HostState = z.infer<typeof HOST_STATE>;

/** How keys rest: in the system's keychain, sealed under a passphrase, or in a file in clear. */
const secretKeeping = z.enum(["keychain", "passphrase", "clear"]);
export type SecretKeeping = z.infer<typeof secretKeeping>;

/** What the window is told before anything is open. */
const BEGIN = z.object({
  /** "first-start": this computer has no workspace yet, and the person chooses how it comes to one. */
  type: z.enum(["first-start", "ready"]),
  language,
  systemLocale: z.string(),
  /** Proposed for a restore. */
  relayUrl: z.string(),
});
export type Begin = z.infer<typeof BEGIN>;

/** Longer than 24 words with their numbers. */
const WORDS_LENGTH = 1_000;
const RESTORE = z.object({
  words: z.string().check(z.maxLength(WORDS_LENGTH)),
  /** The file is the one that was chosen in main's dialog. */
  from: z.discriminatedUnion("type", [
    z.object({ type: z.literal("relay"), address: z.string().check(z.maxLength(2_048)) }),
    z.object({ type: z.literal("file") }),
  ]),
});
export const RESTORE_PROBLEMS = [
  "bad-address",
  "not-empty",
  "unreachable",
  "nothing-there",
  "unreadable",
  "no-file",
  "other-kit",
  "no-kit-file",
  "cannot-keep",
] as const;
/** `place` counts from 1; `sentence` is English, for what only main can know. */
const RESTORE_ANSWER = z.discriminatedUnion("type", [
  z.object({ type: z.literal("restored"), devices: z.number(), hasDocument: z.boolean() }),
  z.object({ type: z.literal("wrong-count"), count: z.number() }),
  z.object({ type: z.literal("unknown-word"), place: z.number(), meant: z.optional(z.string()) }),
  z.object({ type: z.literal("bad-checksum") }),
  z.object({ type: z.literal("refused"), reason: z.enum(RESTORE_PROBLEMS), sentence: z.string() }),
]);
export type RestoreAnswer = z.infer<typeof RESTORE_ANSWER>;
const CHOSEN = z.discriminatedUnion("type", [
  z.object({ type: z.literal("chosen"), name: z.string() }),
  z.object({ type: z.literal("cancelled") }),
]);

const OPENING = z.object({
  /** The whole document as a Yjs update. */
  document: bytes,
  /** The window's own device. */
  deviceId,
  /** The executor's Ed25519 public key, 32 bytes. */
  executorKey: bytes,
  state: HOST_STATE,
  facts: z.object({
    desktopName: z.string(),
    model: z.string(),
    /** What it reads at once, as it is taken; absent for the planner. */
    contextTokens: z.optional(z.number()),
    hasModelKey: z.boolean(),
    /** The server that was chosen in the window; absent: Anthropic's. */
    modelAddress: z.optional(z.string()),
    /** The environment names the model's key, and with it all about the model. */
    isModelFixed: z.boolean(),
    dataFolder: z.string(),
    secrets: secretKeeping,
    relayUrl: z.string(),
    phoneUrl: z.string(),
    version: z.string(),
    /** The key that stops everything from any program is ours; false: another program has it. */
    hasStopKey: z.boolean(),
  }),
});
export type Opening = z.infer<typeof OPENING>;
export type HostFacts = Opening["facts"];

/** Characters of a search, and how much one answer may name. */
export const MAX_QUERY = 400;
export const MAX_SEARCH = 500;

/** Words found in the live thread and in the whole archive of this computer, newest first. */
const SEARCH = z.object({
  found: z.array(z.object({ id: saidId, threadId, at: time, excerpt: z.string(), isArchived: z.boolean() })),
  /** There is more than was asked for. */
  hasMore: z.boolean(),
  /** Parts of the archive that this disk has and cannot read. */
  unreadable: z.number(),
});
export type SearchAnswer = z.infer<typeof SEARCH>;

/** Done, or why not: a sentence in English for what only main can know. */
const OUTCOME = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["done", "cancelled"]) }),
  z.object({ type: z.literal("refused"), reason: z.string() }),
]);
export type Outcome = z.infer<typeof OUTCOME>;

export const RECOVERY_WORDS = 24;
const NEW_KIT = z.discriminatedUnion("type", [
  z.object({ type: z.literal("made"), words: z.array(z.string()).check(z.length(RECOVERY_WORDS)) }),
  z.object({ type: z.literal("refused"), reason: z.string() }),
]);

const tokens = z.optional(z.number());
/** `models` is empty where the server has no list. `reason` is a sentence in English. */
const MODEL_CHECK = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("works"),
    /** Sizes are absent where the server does not say them. */
    models: z.array(
      z.object({ id: z.string(), name: z.string(), contextTokens: tokens, outputTokens: tokens }),
    ),
  }),
  z.object({ type: z.literal("refused"), reason: z.string() }),
]);
export type ModelCheck = z.infer<typeof MODEL_CHECK>;

const nothing = z.undefined();
/** null: the one that is kept. */
const modelKey = z.nullable(z.string().check(z.maxLength(1_000)));
/** Of a model's server, as the window takes it. */
export const SERVER_ADDRESS = /^https?:\/\/[^\s/@]+(\/\S*)?$/;
/** null: Anthropic's own. */
const pageAddress = z.nullable(z.string().check(z.regex(SERVER_ADDRESS), z.maxLength(2_048)));
/** As a person types it; main parses it. */
const address = z.string().check(z.maxLength(2_048));
const channel = <Request extends z.ZodMiniType, Answer extends z.ZodMiniType>(
  request: Request,
  answer: Answer,
): { readonly request: Request; readonly answer: Answer } => ({ request, answer });

/** What the window may ask for. The key is the channel and the bridge's method. */
export const REQUESTS = {
  begin: channel(nothing, BEGIN),
  chooseKitFile: channel(nothing, CHOSEN),
  restore: channel(RESTORE, RESTORE_ANSWER),
  /** Opens the workspace, or makes one; then `open` and the rest are answered. */
  startHost: channel(nothing, OUTCOME),
  open: channel(nothing, OPENING),
  sendTask: channel(z.object({ prompt: longText.check(z.minLength(1)), locale: z.string() }), OUTCOME),
  decide: channel(
    z.object({
      approvalId,
      verdict: z.enum(["allow", "deny", "none"]),
      note: z.optional(longText),
      locale: z.string(),
    }),
    OUTCOME,
  ),
  /** Any order but those that need an id or a card of their own; main signs what is given. */
  give: channel(z.object({ order }), OUTCOME),
  createSchedule: channel(z.object({ schedule }), OUTCOME),
  showCode: channel(nothing, OUTCOME),
  hideCode: channel(nothing, OUTCOME),
  copyPairingLink: channel(nothing, OUTCOME),
  typeDigits: channel(z.object({ digits: z.string().check(z.regex(/^\d{6}$/)) }), OUTCOME),
  refusePairing: channel(nothing, OUTCOME),
  removeDevice: channel(z.object({ deviceId }), OUTCOME),
  trustAgain: channel(z.object({ deviceId }), OUTCOME),
  addRelay: channel(z.object({ address }), OUTCOME),
  removeRelay: channel(z.object({ url: address }), OUTCOME),
  retryRelay: channel(z.object({ url: address }), OUTCOME),
  makeKit: channel(nothing, NEW_KIT),
  /** The person has proved to have the words of the present kit on paper. */
  kitIsWrittenDown: channel(nothing, OUTCOME),
  saveKitFile: channel(nothing, OUTCOME),
  renewKeys: channel(nothing, OUTCOME),
  addFolder: channel(z.object({ mode }), OUTCOME),
  setFolderMode: channel(z.object({ grantId, mode }), OUTCOME),
  removeFolder: channel(z.object({ grantId }), OUTCOME),
  checkModel: channel(z.object({ key: modelKey, baseUrl: pageAddress }), MODEL_CHECK),
  saveModel: channel(
    z.object({
      key: modelKey,
      baseUrl: pageAddress,
      model: z.string().check(z.minLength(1), z.maxLength(200)),
      /** null: what the server says, else the usual. */
      contextTokens: z.nullable(
        z.int().check(z.minimum(CONTEXT_BOUNDS.least), z.maximum(CONTEXT_BOUNDS.most)),
      ),
    }),
    OUTCOME,
  ),
  forgetModelKey: channel(nothing, OUTCOME),
  /** Ends Deskhand in good order and starts it again. */
  restart: channel(nothing, OUTCOME),
  setLimits: channel(z.object({ limits }), OUTCOME),
  setLanguage: channel(z.object({ language }), OUTCOME),
  retryNow: channel(nothing, OUTCOME),
  search: channel(
    z.object({
      query: z.string().check(z.maxLength(MAX_QUERY)),
      limit: z.optional(z.int().check(z.minimum(1), z.maximum(MAX_SEARCH))),
    }),
    SEARCH,
  ),
} as const;

/** What main tells the window. */
export const EVENTS = {
  /** A Yjs update of the document. */
  documentUpdate: bytes,
  /** A new epoch has a new document: the whole of it, to be taken into a fresh Y.Doc. */
  documentRenewed: bytes,
  hostState: HOST_STATE,
  /** A menu entry or the tray asks the window to go somewhere. */
  goTo: z.enum([
    "new-task",
    "thread",
    "search",
    "approvals",
    "phone",
    "folders",
    "relays",
    "recovery",
    "settings",
  ]),
} as const;

export type RequestChannel = keyof typeof REQUESTS;
export type RequestOf<C extends RequestChannel> = z.infer<(typeof REQUESTS)[C]["request"]>;
export type AnswerOf<C extends RequestChannel> = z.infer<(typeof REQUESTS)[C]["answer"]>;
export type EventChannel = keyof typeof EVENTS;
export type EventOf<C extends EventChannel> = z.infer<(typeof EVENTS)[C]>;

/** The name on the wire of a request or an event. */
export const wireName = (name: RequestChannel | EventChannel): string => `deskhand:${name}`;

/** What preload exposes as `window.deskhand`: a method a request, and one listener an event. Answers are unparsed. */
export interface Bridge {
  readonly ask: { readonly [C in RequestChannel]: (request: RequestOf<C>) => Promise<unknown> };
  readonly on: { readonly [C in EventChannel]: (listener: (event: unknown) => void) => void };
}

const keysOf = <Table extends object>(table: Table): readonly (keyof Table)[] =>
  Object.keys(table) as (keyof Table)[]; // the tables above are literals
export const REQUEST_CHANNELS = keysOf(REQUESTS);
export const EVENT_CHANNELS = keysOf(EVENTS);

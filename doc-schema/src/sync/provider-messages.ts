/**
 * The y-protocols messages that pass between the stock provider and the sealed socket.
 * 1. What came from another device is checked before it is handed over: the provider's own decoder throws.
 * 2. Of our provider only its own presence goes out: stock providers echo every peer's.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { parseJson } from "../document/index.ts";

const SYNC = 0;
const AWARENESS = 1;
const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;
/** An update that says nothing: no structs, no deletions. */
const EMPTY_UPDATE = Uint8Array.of(0, 0);
/** More clients than a room has sockets for. */
const MAX_AWARENESS_ENTRIES = 64;

export type ProviderMessage =
  | { readonly type: "step-1" }
  | { readonly type: "step-2" | "update"; readonly update: Uint8Array }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "other" };

/** @param message bytes that our own provider made */
export const parseProviderMessage = (message: Uint8Array): ProviderMessage => {
  const decoder = decoding.createDecoder(message);
  const type = decoding.readVarUint(decoder);
  if (type === AWARENESS) return { type: "awareness", update: decoding.readVarUint8Array(decoder) };
  if (type !== SYNC) return { type: "other" };
  const step = decoding.readVarUint(decoder);
  if (step === STEP_1) return { type: "step-1" };
  const update = decoding.readVarUint8Array(decoder);
  return { type: step === STEP_2 ? "step-2" : "update", update };
};

const syncMessage = (step: number, body: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, SYNC);
    encoding.writeVarUint(encoder, step);
    encoding.writeVarUint8Array(encoder, body);
  });

/** Asks the provider for what a state vector lacks. */
export const writeStep1 = (stateVector: Uint8Array): Uint8Array => syncMessage(STEP_1, stateVector);
/** Tells the provider that it has all. */
export const writeSynced = (): Uint8Array => syncMessage(STEP_2, EMPTY_UPDATE);
export const writeUpdate = (update: Uint8Array): Uint8Array => syncMessage(UPDATE, update);

export interface AwarenessEntry {
  readonly clientId: number;
  readonly clock: number;
  /** JSON text; "null" means gone. */
  readonly state: string;
}

/** Undefined when it is no awareness update. */
export const parseAwarenessUpdate = (update: Uint8Array): readonly AwarenessEntry[] | undefined => {
  try {
    const decoder = decoding.createDecoder(update);
    const length = decoding.readVarUint(decoder);
    if (length > MAX_AWARENESS_ENTRIES) return undefined;
    return Array.from({ length }, () => {
      const clientId = decoding.readVarUint(decoder);
      const clock = decoding.readVarUint(decoder);
      const state = decoding.readVarString(decoder);
      const json = parseJson(state, state.length);
      if (!json.ok) throw new Error(json.error.type);
      return { clientId, clock, state };
    });
  } catch {
    return undefined; // lib0 and JSON.parse have no other way to say "malformed"
  }
};

export const writeAwarenessUpdate = (entries: readonly AwarenessEntry[]): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, entries.length);
    for (const { clientId, clock, state } of entries) {
      encoding.writeVarUint(encoder, clientId);
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarString(encoder, state);
    }
  });

/** About nobody, it says only "alive": the provider drops a socket that is silent for 30 s. */
export const writeAwarenessMessage = (entries: readonly AwarenessEntry[]): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, AWARENESS);
    encoding.writeVarUint8Array(encoder, writeAwarenessUpdate(entries));
  });

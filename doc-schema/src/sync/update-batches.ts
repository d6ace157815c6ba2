/**
 * Joining many updates, and cutting a large one.
 * 1. `Y.mergeUpdates` is quadratic in their number: groups of 64, and large ones are left alone.
 * 2. The pieces of an update hold the same structs and deletions; applied in any order they give the same document.
 */
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

const GROUP_SIZE = 64;
const LARGE_BYTES = 64 * 1024;
const GROUP_BYTES = 256 * 1024;
/** Sealed, it fits a relay message with room to spare, and a phone on 3G sends it in about 5 s. */
export const PIECE_BYTES = 256 * 1024;

/** Cuts a list into groups that are cheap to merge; the order stays. */
export const groupForMerging = <Entry extends { readonly body: Uint8Array }>(
  entries: readonly Entry[],
): readonly (readonly Entry[])[] => {
  const groups: Entry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const group = groups.at(-1);
    bytes += entry.body.length;
    if (group === undefined || group.length === GROUP_SIZE || bytes > GROUP_BYTES) {
      groups.push([entry]);
      bytes = entry.body.length > LARGE_BYTES ? Infinity : entry.body.length;
    } else if (entry.body.length > LARGE_BYTES) {
      groups.push([entry]);
      bytes = Infinity;
    } else group.push(entry);
  }
  return groups;
};

/** Undefined when one of them is no update: then they are judged one by one. */
export const mergeGroup = (updates: readonly Uint8Array[]): Uint8Array | undefined => {
  try {
    return updates.length === 1 ? updates[0] : Y.mergeUpdates([...updates]);
  } catch {
    return undefined; // Yjs throws whatever its decoder stumbles over
  }
};

/** One of our own updates in pieces of PIECE_BYTES; only a single larger value stays whole. */
export const splitUpdate = (update: Uint8Array): readonly Uint8Array[] => {
  if (update.length <= PIECE_BYTES) return [update];
  const { structs, ds } = Y.decodeUpdate(update);
  const noDeletes = Y.createDeleteSet();
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let size = structs.length; from < structs.length;) {
    size = Math.min(size, structs.length - from);
    const piece = encodeUpdate(structs.slice(from, from + size), noDeletes);
    if (piece.length > PIECE_BYTES && size > 1) size = Math.ceil(size / 2);
    else if (piece.length > PIECE_BYTES && halveStruct(structs, from)) continue;
    else {
      pieces.push(piece);
      from += size;
    }
  }
  return ds.clients.size === 0 ? pieces : [...pieces, encodeUpdate([], ds)];
};

/** Yjs answers a step 1 with every deletion that there ever was; this leaves out ranges that `known` has whole. */
export const withoutDeletes = (update: Uint8Array, known: DeleteSet): Uint8Array =>
  filterDeletes(update, (client, ranges) =>
    ranges.filter((range) => !hasRange(known.clients.get(client) ?? [], range)),
  );

/** @param keep of a client's ranges those that stay, the same objects while nothing changes */
export const filterDeletes = (
  update: Uint8Array,
  keep: (client: number, ranges: readonly DeleteRange[]) => readonly DeleteRange[],
): Uint8Array => {
  const { structs, ds } = Y.decodeUpdate(update);
  const left = Y.createDeleteSet();
  let isShorter = false;
  for (const [client, ranges] of ds.clients) {
    const kept = keep(client, ranges);
    if (kept.length > 0) left.clients.set(client, [...kept]);
    isShorter ||= kept.length < ranges.length || kept.some((range, at) => range !== ranges[at]);
  }
  return isShorter ? encodeUpdate(structs, left) : update;
};

type DeleteSet = ReturnType<typeof Y.createDeleteSet>;
export type DeleteRange = { readonly clock: number; readonly len: number };

/** @param sorted ranges that neither overlap nor touch, lowest first */
const hasRange = (sorted: readonly DeleteRange[], { clock, len }: DeleteRange): boolean => {
  let low = 0;
  for (let high = sorted.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.clock ?? 0) <= clock) low = middle + 1;
    else high = middle;
  }
  const before = sorted[low - 1];
  return before !== undefined && before.clock + before.len >= clock + len;
};

/**
 * Merging leaves a `Skip` where structs between are missing, and every reader refuses a frame with one. What stands
 * after it is left out, to come again with what was missing.
 */
export const withoutSkips = (update: Uint8Array): Uint8Array => {
  const { structs, ds } = Y.decodeUpdate(update);
  const firstSkips = new Map<number, number>();
  for (const struct of structs)
    if (struct instanceof Y.Skip && !firstSkips.has(struct.id.client))
      firstSkips.set(struct.id.client, struct.id.clock);
  if (firstSkips.size === 0) return update;
  const whole = structs.filter(({ id }) => id.clock < (firstSkips.get(id.client) ?? Infinity));
  return encodeUpdate(whole, ds);
};

/** The structs of an update below these states of their clients; and what is left of it, with all deletions. */
export const cutUpdate = (
  update: Uint8Array,
  states: ReadonlyMap<number, number>,
): { readonly head: Uint8Array; readonly rest: Uint8Array } => {
  const { structs, ds } = Y.decodeUpdate(update);
  const isInHead = ({ id }: (typeof structs)[number]): boolean => id.clock < (states.get(id.client) ?? 0);
  return {
    head: encodeUpdate(structs.filter(isInHead), Y.createDeleteSet()),
    rest: encodeUpdate(
      structs.filter((struct) => !isInHead(struct)),
      ds,
    ),
  };
};

export const hasSkip = (update: Uint8Array): boolean =>
  Y.decodeUpdate(update).structs.some((struct) => struct instanceof Y.Skip);

type Decoded = ReturnType<typeof Y.decodeUpdate>;

/** Yjs joins what one client wrote in a row into one struct. False when this one cannot be cut. */
const halveStruct = (structs: Decoded["structs"], index: number): boolean => {
  const struct = structs[index];
  if (!(struct instanceof Y.Item) || struct.length < 2) return false;
  const { id, content, rightOrigin, parent, parentSub } = struct;
  const half = Math.floor(struct.length / 2);
  // Yjs replaces both halves of a character that is cut in two.
  const isInCharacter =
    content instanceof Y.ContentString && (content.str.codePointAt(half - 1) ?? 0) > 0xff_ff;
  const cut = isInCharacter ? half + 1 : half;
  if (cut === struct.length) return false;
  const right = content.splice(cut);
  const rightId = Y.createID(id.client, id.clock + cut);
  const left = Y.createID(id.client, id.clock + cut - 1);
  struct.length = cut;
  structs.splice(index + 1, 0, new Y.Item(rightId, null, left, null, rightOrigin, parent, parentSub, right));
  return true;
};

/** Update format version 1, by Yjs's own encoder. */
const encodeUpdate = (structs: Decoded["structs"], deletes: Decoded["ds"]): Uint8Array => {
  const encoder = new Y.UpdateEncoderV1();
  const byClient = Map.groupBy(structs, (struct) => struct.id.client);
  encoding.writeVarUint(encoder.restEncoder, byClient.size);
  for (const [client, run] of byClient) {
    encoding.writeVarUint(encoder.restEncoder, run.length);
    encoder.writeClient(client);
    encoding.writeVarUint(encoder.restEncoder, run[0]?.id.clock ?? 0);
    for (const struct of run) struct.write(encoder, 0);
  }
  encoding.writeVarUint(encoder.restEncoder, deletes.clients.size);
  for (const [client, ranges] of deletes.clients) {
    encoder.resetDsCurVal();
    encoding.writeVarUint(encoder.restEncoder, client);
    encoding.writeVarUint(encoder.restEncoder, ranges.length);
    for (const range of ranges) {
      encoder.writeDsClock(range.clock);
      encoder.writeDsLen(range.len);
    }
  }
  return encoder.toUint8Array();
};

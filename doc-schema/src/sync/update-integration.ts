/**
 * Plays Yjs's integration of an update on clocks and parents alone, without touching the document.
 * 1. Like Yjs, it asks also of known structs whether what they need is there: "gap" says what is missing.
 * 2. "tangled" is what Yjs would take and then break on, or show differently on each device: an item between
 *    neighbours of two parents, a map's value in front of another or of more than one clock, or an item that goes on
 *    where a collected range or another parent's item ends. No Yjs makes one.
 * 3. Neighbours in the wrong order pass, though such an item may stand elsewhere in its list on another device: it is
 *    its writer's own item that moves, and nothing of ours goes by a place in a list (ids sort). To refuse some of
 *    them would be worse: what passed as two structs may be joined to one, and the document's own state would be
 *    refused. Every rule here must let through the state of each document that it let grow.
 */
import * as Y from "yjs";
import { err, ok, type Result } from "../wire/index.ts";

export interface StructPlace {
  readonly client: number;
  readonly clock: number;
}

/** The state of each client in the update once the document has taken it. */
export type StatesAfter = ReadonlyMap<number, number>;
export type Struct = Y.Item | Y.GC | Y.Skip;

export type IntegrationRefusal =
  | {
      readonly type: "gap";
      /** What has to be there first: the struct of `client` at `clock`. */
      readonly missing: StructPlace;
      /** Up to where its clients came without that. */
      readonly fits: StatesAfter;
    }
  | { readonly type: "tangled" };

/** Where an item hangs: a type, or the name of a root that is not there yet, and its key there. */
interface Spot {
  readonly parent: object | string;
  readonly key: string | null;
}
/** Undefined for what is collected, and for all that hangs on it. */
type Hold = Spot | undefined;

interface Placed {
  readonly clock: number;
  readonly struct: Struct;
  readonly hold: Hold;
}

interface Queue {
  readonly structs: readonly Struct[];
  /** The first that was not taken. */
  next: number;
  isWaiting: boolean;
}

/**
 * Each turn takes a struct, turns to the client that it waits for, or ends: the time grows with the number of structs
 * only, in whatever order they come.
 * @param structsByClient of each client in the order of its clock, without skips
 */
export const playIntegration = (
  doc: Y.Doc,
  structsByClient: ReadonlyMap<number, readonly Struct[]>,
): Result<StatesAfter, IntegrationRefusal> => {
  const placed = createPlaces(doc);
  const queues = new Map<number, Queue>();
  const states = (): StatesAfter =>
    new Map([...structsByClient.keys()].map((client) => [client, placed.stateOf(client)]));
  for (const [client, structs] of structsByClient) queues.set(client, { structs, next: 0, isWaiting: false });
  for (const first of queues.values()) {
    const line = [first];
    for (let queue = line.at(-1); queue !== undefined; queue = line.at(-1)) {
      const struct = queue.structs[queue.next];
      const missing = struct === undefined ? undefined : missingFor(struct, placed.stateOf);
      queue.isWaiting = missing !== undefined;
      if (missing !== undefined) {
        const needed = queues.get(missing.client);
        const canCome = needed?.isWaiting === false && needed.next < needed.structs.length;
        if (!canCome) return err({ type: "gap", missing, fits: states() });
        line.push(needed);
      } else if (struct === undefined) line.pop();
      else if (placed.take(struct)) {
        queue.next++;
        if (line.length > 1) line.pop(); // who waits for it looks again
      } else return err({ type: "tangled" });
    }
  }
  return ok(states());
};

const missingFor = (struct: Struct, stateOf: (client: number) => number): StructPlace | undefined => {
  const { client, clock } = struct.id;
  if (clock > stateOf(client)) return { client, clock: clock - 1 };
  if (!(struct instanceof Y.Item)) return undefined;
  const parent = struct.parent instanceof Y.ID ? struct.parent : null;
  return (
    [struct.origin, struct.rightOrigin, parent].find(
      // Yjs itself does not look for this in a struct's own client, and would throw half-way.
      (needs) => needs !== null && needs.clock >= (needs.client === client ? clock : stateOf(needs.client)),
    ) ?? undefined
  );
};

interface Places {
  readonly stateOf: (client: number) => number;
  /** Takes a struct whose needs are there; false when it is tangled. */
  readonly take: (struct: Struct) => boolean;
}

/** The document's structs, and above them those of the update that were taken. */
const createPlaces = (doc: Y.Doc): Places => {
  const added = new Map<number, Placed[]>();
  const ends = new Map<number, number>();
  const stateOf = (client: number): number => ends.get(client) ?? Y.getState(doc.store, client);

  const at = ({ client, clock }: StructPlace): Pick<Placed, "struct" | "hold"> => {
    if (clock >= Y.getState(doc.store, client)) {
      const found = lastAtOrBefore(added.get(client) ?? [], clock);
      if (found !== undefined) return found;
    }
    const struct = Y.getItem(doc.store, Y.createID(client, clock));
    return { struct, hold: struct instanceof Y.Item ? holdOfKnown(struct) : undefined };
  };

  /** As Yjs's getMissing() finds an item's parent; "tangled" where its neighbours are not of one. */
  const holdOf = (item: Y.Item): Hold | "tangled" => {
    const left = item.origin === null ? null : at(item.origin).hold;
    const right = item.rightOrigin === null ? null : at(item.rightOrigin).hold;
    if (left === undefined || right === undefined) return undefined;
    if (left !== null && right !== null && !isSameSpot(left, right)) return "tangled";
    if (right !== null && right.key !== null) return "tangled";
    if (left !== null || right !== null) return left ?? right ?? undefined;
    const parent = declaredParent(item);
    return parent === undefined ? undefined : { parent, key: item.parentSub };
  };

  const declaredParent = ({ parent }: Y.Item): object | string | undefined => {
    const name: unknown = parent; // undecided, it is the name of a root, whatever Yjs's types say
    if (typeof name === "string") return doc.share.get(name) ?? name;
    if (!(parent instanceof Y.ID)) return undefined;
    const { struct, hold } = at(parent);
    return hold !== undefined && struct instanceof Y.Item && struct.content instanceof Y.ContentType
      ? struct.content.type
      : undefined;
  };

  const take = (struct: Struct): boolean => {
    const { client, clock } = struct.id;
    const state = stateOf(client);
    const end = clock + struct.length;
    const hold = struct instanceof Y.Item ? holdOf(struct) : undefined;
    if (end <= state) return true; // known: Yjs looks no further
    if (hold === "tangled" || (struct instanceof Y.Item && isLongValue(struct, hold))) return false;
    if (clock < state && struct instanceof Y.Item && hold !== undefined) {
      // The first part is known: Yjs hangs the rest behind it, whatever it says of itself.
      const last = { client, clock: state - 1 };
      const before = at(last).hold;
      if (before === undefined || !isSameSpot(before, hold)) return false;
    }
    const list = added.get(client) ?? [];
    list.push({ clock: Math.max(clock, state), struct, hold });
    added.set(client, list);
    ends.set(client, end);
    return true;
  };
  return { stateOf, take };
};

/** Only deleted values of a map are joined; one that could be cut would outlive the map half, and Yjs throws then. */
const isLongValue = ({ content, length }: Y.Item, hold: Hold): boolean =>
  hold !== undefined && hold.key !== null && length > 1 && !(content instanceof Y.ContentDeleted);

/** Null where Yjs has found none: it then collects the item. */
const holdOfKnown = ({ parent, parentSub }: Y.Item): Hold =>
  parent === null || parent instanceof Y.ID ? undefined : { parent, key: parentSub };

const isSameSpot = (a: Spot, b: Spot): boolean => a.parent === b.parent && a.key === b.key;

const lastAtOrBefore = (placed: readonly Placed[], clock: number): Placed | undefined => {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((placed[middle]?.clock ?? Infinity) <= clock) low = middle + 1;
    else high = middle;
  }
  return placed[low - 1];
};

/**
 * In which root a struct lies, or will lie once Yjs has taken it.
 * 1. A struct often names its parent only through its neighbours; those may lie in the document or in the same update.
 *    This follows them by Yjs's own rules of integration.
 * 2. It never throws and always ends, whatever the update says: a circle or a gap is "missing".
 */
import * as Y from "yjs";

export type Struct = Y.Item | Y.GC;

/** Under which key of which root. In a list of the root, or inside something nested in it. */
export interface RootPlace {
  readonly root: string;
  readonly key: string | null;
  readonly isNested: boolean;
}

/** "nowhere": beside or inside something collected, so it becomes garbage itself. */
export type Where = RootPlace | "nowhere" | "missing";

export interface StructRoots {
  /** Of a struct of the update that the document does not have yet. */
  readonly ofNew: (item: Y.Item) => Where;
  /** Of a struct in the document. */
  readonly ofKnown: (item: Y.Item) => Where;
}

/** @param structsByClient the update's structs, ascending by clock for each client */
export const createStructRoots = (
  doc: Y.Doc,
  structsByClient: ReadonlyMap<number, readonly Struct[]>,
): StructRoots => {
  const rootKeys = new Map<unknown, string>();
  for (const [key, type] of doc.share) rootKeys.set(type, key);
  const resolved = new Map<Y.Item, Where>();

  const ofKnown = (item: Y.Item): Where => {
    let top = item;
    for (;;) {
      const { parent } = top;
      if (parent === null || parent instanceof Y.ID) return "nowhere";
      if (parent._item === null) {
        const root = rootKeys.get(parent);
        return root === undefined ? "missing" : { root, key: top.parentSub, isNested: top !== item };
      }
      top = parent._item;
    }
  };

  const structAt = ({
    client,
    clock,
  }: Y.ID): { readonly struct: Struct; readonly isKnown: boolean } | undefined => {
    const known = doc.store.clients.get(client);
    if (known !== undefined && clock < Y.getState(doc.store, client)) {
      const struct = known[Y.findIndexSS(known, clock)];
      return struct === undefined ? undefined : { struct, isKnown: true };
    }
    const struct = findStruct(structsByClient.get(client) ?? [], clock);
    return struct === undefined ? undefined : { struct, isKnown: false };
  };

  /** Where the struct itself says it lies, or through whom. */
  const hintOf = (
    item: Y.Item,
  ): Where | { readonly through: Y.Item; readonly isKnown: boolean; readonly isParent: boolean } => {
    const parent: unknown = item.parent; // an update names a root by its key, whatever Yjs's types say
    if (typeof parent === "string") return { root: parent, key: item.parentSub, isNested: false };
    const ids =
      parent instanceof Y.ID ? [parent] : [item.origin, item.rightOrigin].filter((id) => id !== null);
    const neighbours = ids.map(structAt);
    if (neighbours.some((neighbour) => neighbour?.struct instanceof Y.GC)) return "nowhere";
    const [first] = neighbours;
    if (first === undefined || !(first.struct instanceof Y.Item)) return "missing";
    return { through: first.struct, isKnown: first.isKnown, isParent: parent instanceof Y.ID };
  };

  const ofNew = (item: Y.Item): Where => {
    const chain: { readonly item: Y.Item; readonly isParent: boolean }[] = [];
    const seen = new Set<Y.Item>();
    let at = item;
    let where = resolved.get(at);
    while (where === undefined) {
      if (seen.has(at)) where = "missing";
      else {
        seen.add(at);
        const hint = hintOf(at);
        const isEnd = typeof hint === "string" || "root" in hint;
        chain.push({ item: at, isParent: !isEnd && hint.isParent });
        if (isEnd) where = hint;
        else if (hint.isKnown) where = ofKnown(hint.through);
        else {
          at = hint.through;
          where = resolved.get(at);
        }
      }
    }
    for (const link of chain.toReversed()) {
      if (link.isParent && typeof where !== "string") where = { ...where, isNested: true };
      resolved.set(link.item, where);
    }
    return where;
  };

  return { ofNew, ofKnown };
};

const findStruct = (structs: readonly Struct[], clock: number): Struct | undefined => {
  let low = 0;
  let high = structs.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const struct = structs[middle];
    if (struct === undefined) return undefined;
    if (clock < struct.id.clock) high = middle - 1;
    else if (clock >= struct.id.clock + struct.length) low = middle + 1;
    else return struct;
  }
  return undefined;
};

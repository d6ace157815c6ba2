/** Bugs that can be put into a world by name, to see that the simulator finds them. */
import type { IdFactory } from "@deskhand/doc-schema/document";
import type { RoomDiskOptions } from "./room-disk.ts";
import type { World } from "./world.ts";

export interface Plant {
  readonly relay?: (world: World) => Pick<RoomDiskOptions, "syncLater" | "disturb">;
  readonly wrapIds?: (ids: IdFactory) => IdFactory;
}

export const PLANTS: Readonly<Record<string, Plant>> = {};

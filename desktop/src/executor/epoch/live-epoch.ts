/**
 * All that belongs to one epoch and to no other: its document, the way to its room on each relay, what is shown in the
 * document and what is taken out of it. The next epoch gets all of it anew; nothing else holds a document.
 */
import type * as Y from "yjs";
import type { EpochKeys, RootKey } from "@deskhand/doc-schema/crypto";
import { rootsOf } from "@deskhand/doc-schema/document";
import type { PresenceState } from "@deskhand/doc-schema/sync";
import type { DocumentStore } from "../document-store.ts";
import { createCursorFiles } from "./cursor-files.ts";
import { createIntake, type Intake, type IntakePorts } from "../intake.ts";
import { createProjection, type Projection, type ProjectionPorts } from "../projection.ts";
import { createRelayLinks, type RelayLinks, type RelayLinksPorts } from "../relay-links.ts";

export interface LiveEpoch {
  readonly rootKey: RootKey;
  readonly keys: EpochKeys;
  readonly doc: Y.Doc;
  readonly links: RelayLinks;
  readonly projection: Projection;
  readonly intake: Intake;
  /** Writes what is not yet on disk, and lets go of relays and document. */
  readonly close: () => void;
}

/** What an epoch begins with. */
export interface EpochStart {
  readonly rootKey: RootKey;
  readonly keys: EpochKeys;
  readonly document: DocumentStore;
  readonly presence: PresenceState;
}

export interface LiveEpochPorts {
  readonly projection: Omit<ProjectionPorts, "doc">;
  readonly intake: Omit<IntakePorts, "doc">;
  readonly links: Omit<RelayLinksPorts, "doc" | "keys" | "presence" | "cursors">;
  /** Where the places in the relays' logs are kept. */
  readonly cursorFolder: string;
  /** A person wrote something, here or elsewhere. */
  readonly onRecords: () => void;
}

export const beginEpoch = (
  { rootKey, keys, document, presence }: EpochStart,
  ports: LiveEpochPorts,
): LiveEpoch => {
  const { doc } = document;
  const cursors = createCursorFiles(ports.cursorFolder, keys, ports.links.randomBytes);
  const links = createRelayLinks({ ...ports.links, doc, keys, presence, cursors });
  const projection = createProjection({ ...ports.projection, doc });
  const intake = createIntake({ ...ports.intake, doc });
  projection.everything();
  const { tasks, intents, decisions } = rootsOf(doc);
  for (const root of [tasks, intents, decisions]) root.observe(ports.onRecords);
  return {
    rootKey,
    keys,
    doc,
    links,
    projection,
    intake,
    close: () => {
      links.close();
      document.close();
    },
  };
};

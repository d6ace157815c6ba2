/** What the rail says about everything: pure reads of the document. */
import {
  readApprovals,
  readMeta,
  readQuestions,
  readRuns,
  type DeviceRegistry,
  type Meta,
} from "@deskhand/doc-schema/document";
import { relayName } from "@deskhand/mobile/shared-ui";
import type * as Y from "yjs";

export type Activity = "ready" | "working" | "needs-you" | "stopped";

export interface Summary {
  readonly activity: Activity;
  /** Approvals and questions. */
  readonly waiting: number;
  /** While everything is stopped. `device` is absent when it was stopped on this computer itself. */
  readonly stopped?: { readonly at: number; readonly device?: string };
  /** Why it was stopped when nobody did. */
  readonly alarm?: Alarm;
  /** Another computer goes on with this workspace since then. */
  readonly replacedAt?: number;
}

export interface Alarm {
  readonly at: number;
  /** A word of ALARM_TYPES, or one that a newer version wrote. */
  readonly type: string;
  readonly relay?: string;
  readonly device?: string;
}

export const summarize = (doc: Y.Doc, registry: DeviceRegistry): Summary => {
  const meta = readMeta(doc);
  const waiting = [...readApprovals(doc).entries, ...readQuestions(doc).entries].filter(
    ({ state }) => state === "pending",
  ).length;
  const isWorking = readRuns(doc).entries.some(({ state }) => state === "running");
  const stopped = meta === undefined ? undefined : stopOf(meta, registry);
  const alarm = meta === undefined ? undefined : alarmOf(meta, registry);
  return {
    activity: stopped !== undefined ? "stopped" : waiting > 0 ? "needs-you" : isWorking ? "working" : "ready",
    waiting,
    ...(stopped === undefined ? {} : { stopped }),
    ...(alarm === undefined ? {} : { alarm }),
    ...(typeof meta?.replacedAt === "number" ? { replacedAt: meta.replacedAt } : {}),
  };
};

const stopOf = ({ stoppedAt, stoppedBy }: Meta, registry: DeviceRegistry): Summary["stopped"] => {
  if (stoppedAt === undefined || stoppedAt === null) return undefined;
  const device = stoppedBy ? registry.get(stoppedBy)?.record : undefined;
  return { at: stoppedAt, ...(device?.kind === "phone" ? { device: device.name } : {}) };
};

const alarmOf = ({ stoppedAt, alarm }: Meta, registry: DeviceRegistry): Alarm | undefined => {
  if (typeof stoppedAt !== "number" || alarm === undefined || alarm === null) return undefined;
  const { type, relayUrl, deviceId } = alarm;
  const device = deviceId === undefined ? undefined : registry.get(deviceId)?.record.name;
  return {
    at: stoppedAt,
    type,
    ...(relayUrl === undefined ? {} : { relay: relayName(relayUrl) }),
    ...(device === undefined ? {} : { device }),
  };
};

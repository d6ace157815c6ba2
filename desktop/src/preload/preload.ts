/**
 * The only door of the window: one method a channel of the contract, and nothing that takes a channel's name. It
 * checks nothing itself, because both ends parse.
 */
import { contextBridge, ipcRenderer } from "electron";
import {
  EVENT_CHANNELS,
  REQUEST_CHANNELS,
  wireName,
  type Bridge,
  type EventChannel,
  type RequestChannel,
} from "../ipc-contract.ts";

const ask = (channel: RequestChannel) => (request: unknown) => ipcRenderer.invoke(wireName(channel), request);

const listen = (channel: EventChannel) => (listener: (event: unknown) => void) => {
  // The IPC event would hand the sender over; the window gets the payload alone.
  ipcRenderer.on(wireName(channel), (_event, payload: unknown) => listener(payload));
};

const bridge = {
  ask: Object.fromEntries(REQUEST_CHANNELS.map((channel) => [channel, ask(channel)])),
  on: Object.fromEntries(EVENT_CHANNELS.map((channel) => [channel, listen(channel)])),
} as unknown as Bridge; // the keys are the contract's own

contextBridge.exposeInMainWorld("deskhand", bridge);

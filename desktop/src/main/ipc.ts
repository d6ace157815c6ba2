/**
 * The main process's end of the contract.
 * 1. [T62] A request counts only from the top frame of our own window, on our own page, and when it fits its schema.
 * 2. What is turned away throws nothing that tells the asker more than the channel's name.
 */
import { ipcMain, type BrowserWindow, type IpcMainInvokeEvent } from "electron";
import {
  EVENTS,
  REQUEST_CHANNELS,
  REQUESTS,
  wireName,
  type AnswerOf,
  type EventChannel,
  type EventOf,
  type RequestChannel,
  type RequestOf,
} from "../ipc-contract.ts";
import { isOurPage } from "./app-protocol.ts";

export type RequestHandlers = {
  readonly [C in RequestChannel]: (request: RequestOf<C>) => Promise<AnswerOf<C>> | AnswerOf<C>;
};

/** The request as its schema has it; throws where it does not fit. */
export const parseRequest = <C extends RequestChannel>(channel: C, request: unknown): RequestOf<C> => {
  const parsed = REQUESTS[channel].request.safeParse(request);
  if (!parsed.success) throw new Error(`${channel}: the request does not fit the contract`);
  return parsed.data as RequestOf<C>; // the schema of this channel gave it
};

const answer = <C extends RequestChannel>(
  handlers: RequestHandlers,
  channel: C,
  request: unknown,
): Promise<AnswerOf<C>> | AnswerOf<C> => {
  const handler: RequestHandlers[C] = handlers[channel];
  return handler(parseRequest(channel, request));
};

export const serveRequests = (window: BrowserWindow, handlers: RequestHandlers): void => {
  const isOurs = ({ senderFrame }: IpcMainInvokeEvent): boolean =>
    senderFrame !== null && senderFrame === window.webContents.mainFrame && isOurPage(senderFrame.url);
  for (const channel of REQUEST_CHANNELS)
    ipcMain.handle(wireName(channel), async (event, request: unknown) => {
      if (!isOurs(event)) throw new Error(`${channel}: not from the window`);
      return answer(handlers, channel, request);
    });
};

export const tellWindow = <C extends EventChannel>(
  window: BrowserWindow,
  channel: C,
  event: EventOf<C>,
): void => {
  if (!window.isDestroyed()) window.webContents.send(wireName(channel), EVENTS[channel].parse(event));
};

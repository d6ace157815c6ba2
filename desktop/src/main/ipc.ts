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

/** Answered from the beginning; the others once the workspace is open. */
type StartChannel = "begin" | "chooseKitFile" | "restore" | "startHost" | "setLanguage";
export type StartHandlers = Pick<RequestHandlers, StartChannel>;
export type HostHandlers = Omit<RequestHandlers, StartChannel>;

/** The request as its schema has it; throws where it does not fit. */
export const parseRequest = <C extends RequestChannel>(channel: C, request: unknown): RequestOf<C> => {
  const parsed = REQUESTS[channel].request.safeParse(request);
  if (!parsed.success) throw new Error(`${channel}: the request does not fit the contract`);
  return parsed.data as RequestOf<C>; // the schema of this channel gave it
};

export const serveRequests = (window: BrowserWindow, handlers: StartHandlers | HostHandlers): void => {
  const isOurs = ({ senderFrame }: IpcMainInvokeEvent): boolean =>
    senderFrame !== null && senderFrame === window.webContents.mainFrame && isOurPage(senderFrame.url);
  const serve = <C extends RequestChannel>(channel: C, handler: RequestHandlers[C]): void =>
    ipcMain.handle(wireName(channel), async (event, request: unknown) => {
      if (!isOurs(event)) throw new Error(`${channel}: not from the window`);
      return handler(parseRequest(channel, request));
    });
  const given: Partial<RequestHandlers> = handlers;
  for (const channel of REQUEST_CHANNELS) {
    const handler = given[channel];
    if (handler !== undefined) serve(channel, handler);
  }
};

export const tellWindow = <C extends EventChannel>(
  window: BrowserWindow,
  channel: C,
  event: EventOf<C>,
): void => {
  if (!window.isDestroyed()) window.webContents.send(wireName(channel), EVENTS[channel].parse(event));
};

/**
 * What a person orders in the window, as signed records of the window's own device. The executor takes them out of the
 * document like a phone's: the window has no other way to make it do anything.
 */
import type { DeviceOrders } from "@deskhand/doc-schema/orders";
import type { Result } from "@deskhand/doc-schema/wire";
import type { Outcome, RequestChannel, RequestOf } from "../ipc-contract.ts";

type OrderChannel = Extract<RequestChannel, keyof DeviceOrders>;
export type WindowOrders = { readonly [C in OrderChannel]: (request: RequestOf<C>) => Outcome };

const outcomeOf = (ordered: Result<unknown, { readonly type: string }>): Outcome =>
  ordered.ok ? { type: "done" } : { type: "refused", reason: ordered.error.type };

/** @param orders into the document of the live epoch, asked for at each order */
export const createWindowOrders = (orders: () => DeviceOrders): WindowOrders => ({
  sendTask: ({ prompt, locale }) => outcomeOf(orders().sendTask(prompt, locale)),
  decide: ({ approvalId, ...answer }) => outcomeOf(orders().decide(approvalId, answer)),
  give: ({ order }) => outcomeOf(orders().give(order)),
  createSchedule: ({ schedule }) => outcomeOf(orders().createSchedule(schedule)),
});

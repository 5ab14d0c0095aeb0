import { tracingChannel } from "node:diagnostics_channel";

/**
 * Gives tracing channels `hasSubscribers`, which Node has since version 22 and Bun does not. Without it @redis/client takes
 * it that somebody listens, and makes texts of the arguments of every command, and tells them to nobody.
 */
export function completeTracingChannels(): void {
  const prototype: object = Object.getPrototypeOf(tracingChannel("session-manager:any"));
  if ("hasSubscribers" in prototype) return;
  Object.defineProperty(prototype, "hasSubscribers", { configurable: true, get: hasSubscribers });
}

function hasSubscribers(this: ReturnType<typeof tracingChannel>): boolean {
  const { start, end, asyncStart, asyncEnd, error } = this;
  return [start, end, asyncStart, asyncEnd, error].some((channel) => channel.hasSubscribers);
}

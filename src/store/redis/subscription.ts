import { Connection, type ConnectionSettings } from "./connection.ts";
import type { Subscription, SubscriptionListener } from "./link.ts";
import type { NodeAddress } from "./redis-url.ts";

/**
 * See RedisLink.subscribe. RESP 3, where a subscribed connection takes commands: messages come as pushes between the
 * replies. Over two connections replies overtake messages.
 */
export async function openSubscription(
  address: NodeAddress,
  settings: ConnectionSettings,
  channels: readonly string[],
  listener: SubscriptionListener,
): Promise<Omit<Subscription, "isStillPrimary">> {
  const endsAt = performance.now() + settings.connectMs;
  let state: "opening" | "open" | "over" = "opening";
  const connection = await Connection.open(
    address,
    settings,
    (reason) => {
      if (state === "open") listener.lost(reason.message);
    },
    ([kind, channel, text]) => {
      if (state === "over" || String(kind) !== "message") return;
      listener.message(String(channel), String(text));
    },
  );
  try {
    await subscribe(connection, channels, endsAt);
    if (!connection.isOpen) throw new Error("the connection was lost while it was opened");
  } catch (error) {
    connection.destroy();
    throw error;
  }
  state = "open";
  return {
    send: (args, ms) => connection.sendAtOnce(args, ms),
    close: () => {
      state = "over";
      connection.destroy();
    },
  };
}

/** It is answered with pushes; a refusal comes in place of the reply to what is behind it. */
async function subscribe(
  connection: Connection,
  channels: readonly string[],
  endsAt: number,
): Promise<void> {
  connection.sendUnanswered(["SUBSCRIBE", ...channels]);
  await connection.send(["PING"], endsAt - performance.now());
}

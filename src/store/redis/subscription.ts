import { createClient } from "@redis/client";
import type { ConnectionSettings } from "./connection.ts";
import type { RedisReply, Subscription, SubscriptionListener } from "./link.ts";
import type { NodeAddress } from "./redis-url.ts";
import { completeTracingChannels } from "./tracing-channels.ts";

completeTracingChannels();

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
  const client = createClient({ RESP: 3, ...clientOptions(address, settings) });
  client.on("error", () => {});
  await connectWithin(client, settings.connectMs);
  let isOver = false;
  client.once("terminated", (reason: Error) => {
    client.destroy();
    if (!isOver) listener.lost(reason.message);
  });
  const close = (): void => {
    isOver = true;
    if (client.isOpen) client.destroy();
  };
  const subscribing = client.subscribe([...channels], (text, channel) => {
    if (!isOver) listener.message(channel, text);
  });
  try {
    await within(subscribing, settings.connectMs);
  } catch (error) {
    close();
    throw error;
  }
  // What we send is answered with strings, integers, nil and lists of them only.
  const send: Subscription["send"] = (args, ms) =>
    within(client.sendCommand([...args]) as unknown as Promise<RedisReply>, ms);
  return { send, close };
}

async function within<T>(reply: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no reply in ${Math.round(ms)} ms`)), ms);
  try {
    return await Promise.race([reply, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** It never reconnects. */
function clientOptions(address: NodeAddress, settings: ConnectionSettings) {
  const { credentials = {}, database, tls, connectMs } = settings;
  const socket = { ...address, connectTimeout: connectMs, reconnectStrategy: false } as const;
  return {
    ...credentials,
    database,
    socket: tls === undefined ? socket : { ...socket, ...tls, tls: true as const },
    // Its CLIENT SETINFO would fill the ACL log of a server that limits this user.
    disableClientInfo: true,
    maintNotifications: "disabled" as const,
  };
}

/** Connects, or destroys the client and throws. */
async function connectWithin(
  client: { connect(): Promise<unknown>; destroy(): void },
  ms: number,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not connected in ${ms} ms`)), ms);
  const connecting = client.connect();
  try {
    await Promise.race([connecting, late.promise]);
  } catch (error) {
    client.destroy();
    // A connect that gets through after this must not stay behind.
    connecting.then(
      () => client.destroy(),
      () => {},
    );
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

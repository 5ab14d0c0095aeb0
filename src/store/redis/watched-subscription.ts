import type { RedisArgument, Subscription, SubscriptionListener } from "./link.ts";
import type { RedisNode } from "./redis-node.ts";
import type { Topology } from "./topology.ts";

/** The primary that owned the key when it was looked up. */
export interface SubscribedPlace {
  readonly topology: Topology;
  readonly key: RedisArgument;
  readonly primary: RedisNode;
}

const LOOK_EVERY_MS = 5_000;

/** See RedisLink.subscribe. */
export async function watchedSubscription(
  place: SubscribedPlace,
  channels: readonly string[],
  listener: SubscriptionListener,
  ms: number,
): Promise<Subscription> {
  const { topology, primary } = place;
  const { connections } = primary;
  const isSame = () =>
    topology.primaryOf(place.key) === primary && primary.connections === connections;
  const watching = new AbortController();
  const end = (tell: () => void): void => {
    if (watching.signal.aborted) return;
    watching.abort();
    tell();
  };
  const opened = await primary.subscribe(
    channels,
    { ...listener, lost: (reason) => end(() => listener.lost(reason)) },
    ms,
  );
  const whenElsewhere = async (): Promise<void> => {
    while (!watching.signal.aborted && isSame()) await topology.changed.wait(LOOK_EVERY_MS);
    end(() => {
      opened.close();
      listener.lost("another connection is the one to the primary now");
    });
  };
  void whenElsewhere();
  return {
    send: (args, within) => opened.send(args, within),
    isStillPrimary: (within) => topology.isPrimaryToMost(primary, within),
    close: () => end(() => opened.close()),
  };
}

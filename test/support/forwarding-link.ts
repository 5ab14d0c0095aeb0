import type { RedisLink } from "../../src/store/redis/link.ts";

/** The same link as an object of its own, some of whose methods a test can replace. */
export function forwarding(link: RedisLink): RedisLink {
  return {
    command: (...call) => link.command(...call),
    script: (...call) => link.script(...call),
    isReplicated: (key) => link.isReplicated(key),
    subscribe: (...call) => link.subscribe(...call),
    leaseTerms: (ms) => link.leaseTerms(ms),
    status: () => link.status(),
    close: () => link.close(),
  };
}

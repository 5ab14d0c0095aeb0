// Redis as one module, so that it can be loaded when it is used.
export { LeaseKeys } from "./keys.ts";
export { openRedisLink } from "./open-link.ts";
export { RedisLeases } from "./redis-leases.ts";
export { RedisStore } from "./redis-store.ts";

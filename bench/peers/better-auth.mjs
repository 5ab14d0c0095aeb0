// better-auth with Redis as secondary storage: its get-session. Users are in memory, as nothing is asked of them here.
import { redisStorage } from "@better-auth/redis-storage";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { Redis } from "ioredis";
import { createServer } from "node:http";

const port = Number(process.env.PORT);
const cookieCacheSeconds = Number(process.env.COOKIE_CACHE_SECONDS ?? 0);

const auth = betterAuth({
  baseURL: `http://127.0.0.1:${port}`,
  secret: "a secret of more than thirty-two characters",
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  secondaryStorage: redisStorage({
    client: new Redis(process.env.REDIS_URL),
    keyPrefix: "better-auth:",
  }),
  emailAndPassword: { enabled: true },
  // It would refuse the load of a benchmark.
  rateLimit: { enabled: false },
  session:
    cookieCacheSeconds > 0 ? { cookieCache: { enabled: true, maxAge: cookieCacheSeconds } } : {},
});

createServer(toNodeHandler(auth)).listen(port, "127.0.0.1");

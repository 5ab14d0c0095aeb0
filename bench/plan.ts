import { NAMES } from "./environment.ts";
import type { Workload } from "./target.ts";

/** One comparison: a workload, and who does it. The first is what the others are held against. */
export interface Comparison {
  readonly title: string;
  readonly workload: Workload;
  readonly names: readonly string[];
  readonly connections: number;
  /** A goal hangs on it: measured more often. */
  readonly isGoal?: true;
}

const { exact, off, sqlite, exactTwo, offTwo, constant, plain, express, fastify, betterAuth } =
  NAMES;
const SERVICES = [off, exact, sqlite];

/** Names of targets that are not there are left out. */
export const COMPARISONS: readonly Comparison[] = [
  {
    title: "Check of a live session",
    isGoal: true,
    workload: "check",
    names: [constant, exact, sqlite, off, express, fastify, betterAuth],
    connections: 32,
  },
  {
    title: "Check of an unknown token",
    workload: "check miss",
    names: [off, exact, sqlite, express, fastify],
    connections: 32,
  },
  {
    title: "Get a session",
    isGoal: true,
    workload: "get",
    names: [plain, off, exact, sqlite, express, fastify, betterAuth, NAMES.redis],
    connections: 32,
  },
  {
    title: "Create on Redis",
    isGoal: true,
    workload: "create",
    names: [plain, off, exact, express, fastify],
    connections: 32,
  },
  {
    title: "Create on SQLite, durable",
    isGoal: true,
    workload: "create",
    names: [NAMES.insertLoop, NAMES.core, sqlite],
    connections: 64,
  },
  { title: "Update", workload: "update", names: [...SERVICES, express, fastify], connections: 32 },
  { title: "Close", workload: "close", names: [...SERVICES, express, fastify], connections: 32 },
  { title: "List of 1 session", workload: "list of 1", names: SERVICES, connections: 32 },
  { title: "List of 10 sessions", workload: "list of 10", names: SERVICES, connections: 32 },
  { title: "List of 100 sessions", workload: "list of 100", names: SERVICES, connections: 32 },
  {
    title: "95 checks, 4 updates, 1 create",
    workload: "mix 95/4/1",
    names: SERVICES,
    connections: 32,
  },
  {
    title: "Check, 1 and 2 processes",
    workload: "check",
    names: [exact, exactTwo],
    connections: 64,
  },
  { title: "Get, 1 and 2 processes", workload: "get", names: [off, offTwo], connections: 64 },
];

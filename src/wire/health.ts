import { z } from "zod";

/** The answer of GET /health/live. */
export const LiveAnswer = z.object({ status: z.literal("ok") }).meta({ id: "Live" });

export type LiveAnswer = z.infer<typeof LiveAnswer>;

/** The answer of GET /health/ready. */
export const ReadyAnswer = z
  .object({
    status: z.enum(["ok", "degraded", "unavailable"]).meta({
      description:
        "ok; degraded: serves, but not all is as it should be; unavailable: send requests elsewhere.",
    }),
    degraded: z.array(z.string()).meta({
      description: "One plain sentence for each thing that is not as it should be.",
    }),
    cache: z.enum(["exact", "off"]).meta({
      description:
        "exact: reads may be answered from memory, never after a change was answered; off: every read asks the store.",
    }),
    outcome: z.literal("none").optional().meta({ description: "With every 503." }),
  })
  .meta({ id: "Ready" });

export type ReadyAnswer = z.infer<typeof ReadyAnswer>;

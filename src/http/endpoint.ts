import type { Caller } from "./auth/caller.ts";
import type { Call } from "./call.ts";
import type { Refusal } from "./problem.ts";

/** What answers at a route. */
export interface Endpoint {
  /** `parameter` is what stands for the `{…}` of the path, empty when it has none. */
  run(call: Call, caller: Caller, parameter: string): Response | Promise<Response>;
  /** How a caller whom the guard refused, and a fault, are answered. Absent: as a problem document. */
  readonly refuse?: (call: Call, refusal: Refusal) => Response;
}

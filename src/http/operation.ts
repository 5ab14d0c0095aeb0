import type { z } from "zod";
import type { ProblemCode } from "../wire/problem.ts";
import type { Caller } from "./auth/caller.ts";
import { type BodyRule, readBody } from "./body.ts";
import type { Call } from "./call.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Parsed, accept } from "./parsed.ts";
import { notFound, refuse } from "./problem.ts";
import { readQuery } from "./query.ts";

/** A request whose every part was read and found valid. */
interface Input<Id, Query, Body> {
  readonly call: Call;
  readonly caller: Caller;
  readonly id: Id;
  readonly query: Query;
  readonly body: Body;
}

/** How an operation is described in the OpenAPI document. */
interface OperationDescription {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Header fields of the request that mean something here; the handler reads them. */
  readonly headers?: z.ZodObject;
  /** What it answers when the request is not refused. */
  readonly answers: readonly AnswerDescription[];
  /** Problems of its own, beside those every operation of its kind can have. */
  readonly problems?: readonly ProblemCode[];
}

export interface AnswerDescription {
  readonly status: number;
  readonly description: string;
  readonly mediaType?: string;
  readonly schema?: z.ZodType;
  readonly headers?: z.ZodObject;
}

/** What an operation takes, and what it does with it. What it does not take is refused, a body aside: it is not read. */
export interface OperationSpec<Id, Query, Body> extends OperationDescription {
  /** Reads the `{id}` of the path; undefined is answered 404. */
  readonly id?: (text: string) => Id | undefined;
  readonly query: z.ZodType<Query>;
  readonly body?: BodyRule<Body>;
  handle(input: Input<Id, Query, Body>): Response | Promise<Response>;
}

/** An operation of any input: the description, the schemas for it, and the way in. */
export interface Operation extends OperationDescription, Endpoint {
  readonly query: z.ZodType;
  readonly body?: Omit<BodyRule<unknown>, "maxBytes">;
}

/** Binds what is validated to what is described: both come from the same spec. */
export function operation<Id, Query, Body>(spec: OperationSpec<Id, Query, Body>): Operation {
  const noQuery = spec.query.safeParse({});
  const withoutQuery = noQuery.success ? accept(noQuery.data) : undefined;
  return { ...spec, run: (call, caller, id) => run(spec, withoutQuery, call, caller, id) };
}

function run<Id, Query, Body>(
  spec: OperationSpec<Id, Query, Body>,
  withoutQuery: Parsed<Query> | undefined,
  call: Call,
  caller: Caller,
  idText: string,
): Response | Promise<Response> {
  const id = spec.id?.(idText);
  if (spec.id && id === undefined) return refuse(call, notFound());
  const hasQuery = call.request.url.includes("?");
  const query = (hasQuery ? undefined : withoutQuery) ?? readQuery(call.request, spec.query);
  if (!query.ok) return refuse(call, query.refusal);
  const input = { call, caller, id: id as Id, query: query.value };
  if (!spec.body) return spec.handle({ ...input, body: undefined as Body });
  return readBody(call.request, spec.body).then((body) =>
    body.ok ? spec.handle({ ...input, body: body.value }) : refuse(call, body.refusal),
  );
}

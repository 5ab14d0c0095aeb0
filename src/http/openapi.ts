import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { Problem, type ProblemCode } from "../wire/problem.ts";
import type { AnswerDescription, Operation } from "./operation.ts";
import { PROBLEM_KINDS } from "./problem.ts";
import type { Requirement } from "./auth/guard.ts";
import type { Route } from "./route.ts";

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

const SECURITY_SCHEME = "apiKey";
const USER_SCHEMES = ["sessionCookie", "sessionToken"];

const DESCRIPTION = `Keeps the login sessions of an application's users.

Errors are problem documents (RFC 9457), application/problem+json; decide on \`code\`, not on the texts. A known path with
another method is answered 405 with \`Allow\`, an unknown one 404. HEAD works wherever GET does. Every answer carries
\`X-Request-Id\`: the caller's, if it sent one of 1 to 128 of A-Z a-z 0-9 . _ -

Bodies are JSON in UTF-8. Unknown members and parameters are refused, and so is a name that comes twice. Lengths count
Unicode characters (code points), those of tokens and codes bytes of UTF-8; no text may hold control characters or
lone surrogates.`;

const PathId = z.object({
  id: z.string().meta({ description: "The session id, in either case.", format: "uuid" }),
});

/** Describes the routes, from the very schemas that validate them. */
export function describeRoutes(
  routes: readonly Route<Operation>[],
  version: string,
): OpenApiDocument {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent("securitySchemes", SECURITY_SCHEME, {
    type: "http",
    scheme: "bearer",
    description:
      "An API key of SESSION_API_KEYS. Not needed where the service runs without keys. The names listed are the scopes it needs.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "sessionCookie", {
    type: "apiKey",
    in: "cookie",
    name: "__Host-session",
    description:
      "The session token of a user's browser. What changes something must come from a page of this origin.",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "sessionToken", {
    type: "http",
    scheme: "bearer",
    description: "The session token of a user's app, `smt_…`.",
  });
  for (const route of routes) app.openAPIRegistry.registerPath(describe(route));
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Session Manager", version, description: DESCRIPTION },
  });
}

function describe(route: Route<Operation>): RouteConfig {
  const { method, path, target: operation } = route;
  const { operationId, summary, description, headers, query, body } = operation;
  return {
    method: method === "all" ? "get" : method,
    path,
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    security: describeSecurity(route),
    request: {
      ...(path.includes("{id}") ? { params: PathId } : {}),
      query: query as z.ZodObject,
      ...(headers ? { headers } : {}),
      ...(body ? { body: { required: true, content: describeBody(body) } } : {}),
    },
    responses: { ...describeProblems(route), ...describeAnswers(operation.answers) },
  };
}

function describeSecurity({ requires, users }: Requirement): Record<string, string[]>[] {
  const service =
    requires === "public" || requires === "session" ? [] : [{ [SECURITY_SCHEME]: [requires] }];
  const user = users === true ? USER_SCHEMES.map((scheme) => ({ [scheme]: [] })) : [];
  return [...service, ...user];
}

function describeBody({ schema, mediaTypes }: NonNullable<Operation["body"]>) {
  return Object.fromEntries(mediaTypes.map((type) => [type, { schema }]));
}

function describeAnswers(answers: readonly AnswerDescription[]): RouteConfig["responses"] {
  const entries = answers.map(
    ({ status, description, mediaType = "application/json", schema, headers }) => [
      status,
      {
        description,
        ...(headers ? { headers } : {}),
        content: { [mediaType]: { schema: schema ?? z.unknown() } },
      },
    ],
  );
  return Object.fromEntries(entries) as RouteConfig["responses"];
}

function describeProblems({ requires, target }: Route<Operation>): RouteConfig["responses"] {
  const responses: RouteConfig["responses"] = {};
  const byStatus = Map.groupBy(problemsOf(requires, target), (code) => PROBLEM_KINDS[code].status);
  for (const [status, codes] of byStatus)
    responses[status] = {
      description: codes.map((code) => `\`${code}\``).join(", "),
      content: { "application/problem+json": { schema: Problem } },
    };
  return responses;
}

function problemsOf(
  requires: Requirement["requires"],
  operation: Operation,
): readonly ProblemCode[] {
  return [
    "invalid_request",
    "invalid_field",
    ...(requires === "public" ? [] : GUARD_PROBLEMS),
    ...(operation.body ? BODY_PROBLEMS : []),
    ...(operation.problems ?? []),
    "internal",
  ];
}

const GUARD_PROBLEMS: readonly ProblemCode[] = [
  "unauthenticated",
  "rate_limited",
  "insufficient_scope",
  "cross_site",
];

const BODY_PROBLEMS: readonly ProblemCode[] = ["body_too_large", "unsupported_media_type"];

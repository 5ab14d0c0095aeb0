/** An answer that the middleware gives instead of the application's. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Nobody is logged in. */
export function unauthenticated(): Refusal {
  return problem(
    { status: 401, title: "Unauthorized", code: "unauthenticated", detail: "Please log in." },
    { "www-authenticate": "Bearer" },
  );
}

/** As `unauthenticated`, for people: to the page where they log in. */
export function redirect(location: string): Refusal {
  return { status: 302, headers: { location, "cache-control": "no-store" }, body: "" };
}

/** A change that was sent with the cookie, but not from a page of this origin. */
export function crossSite(): Refusal {
  const detail = "With the session cookie, only pages of this origin may change something.";
  return problem({ status: 403, title: "Forbidden", code: "cross_site", detail }, {});
}

/** Nobody knows whether the user is logged in. */
export function undecided(retryAfterSeconds: number | undefined): Refusal {
  const detail = "It cannot be found out right now who is logged in. Try again.";
  return problem(
    { status: 503, title: "Service Unavailable", code: "sessions_unavailable", detail },
    { "retry-after": `${retryAfterSeconds ?? 1}` },
  );
}

/** The application or its settings are wrong; the log says how. */
export function mistake(): Refusal {
  const detail = "Something went wrong in the application.";
  return problem({ status: 500, title: "Internal Server Error", code: "internal", detail }, {});
}

/** For frameworks that speak the web's Response. */
export function responseOf({ status, headers, body }: Refusal): Response {
  return new Response(body === "" ? null : body, { status, headers: { ...headers } });
}

interface ProblemBody {
  readonly status: number;
  readonly title: string;
  readonly code: "unauthenticated" | "cross_site" | "sessions_unavailable" | "internal";
  readonly detail: string;
}

function problem(body: ProblemBody, headers: Readonly<Record<string, string>>): Refusal {
  return {
    status: body.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...headers,
    },
    body: JSON.stringify({ type: "about:blank", ...body }),
  };
}

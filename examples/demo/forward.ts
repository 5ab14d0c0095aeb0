/** Of this connection, not of the request (RFC 9110 section 7.6.1), and what a client may not say of itself. */
const NOT_FORWARDED =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|forwarded|x-forwarded-.*)$/;

/**
 * Hands a request for the devices page to the service as it came, cookie and Host included, and its answer back, as a
 * gateway does. `serviceUrl` is on the same base path.
 */
export async function forward(
  request: Request,
  serviceUrl: string,
  address: string,
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const answer = await fetch(new URL(serviceUrl).origin + pathname + search, {
    method: request.method,
    headers: { ...forwardable(request.headers), "x-forwarded-for": address },
    ...(hasBody ? { body: await request.bytes() } : {}),
    redirect: "manual",
    // Compressed it came, compressed it goes.
    decompress: false,
  });
  const headers = new Headers(forwardable(answer.headers));
  for (const cookie of answer.headers.getSetCookie()) headers.append("set-cookie", cookie);
  return new Response(answer.body, { status: answer.status, headers });
}

/** Without Set-Cookie, of which there may be several. */
function forwardable(headers: Headers): Record<string, string> {
  const named = [...headers].filter(([name]) => !NOT_FORWARDED.test(name) && name !== "set-cookie");
  return Object.fromEntries(named);
}

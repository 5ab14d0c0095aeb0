/** What the middleware looks at in a request, whatever the framework. */
export interface RequestFacts {
  /** In upper case. */
  readonly method: string;
  /** The value of a header field, by its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** Host and port that the request was sent to, as far as is known here. */
  readonly host: string | undefined;
  /** The address of the browser. */
  readonly address: string | undefined;
}

/** What Node's requests have, and those of the frameworks built on them. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export function factsOfNode(request: NodeRequest, address: string | undefined): RequestFacts {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === "string" || value === undefined ? value : value.join(", ");
  };
  const host = header("host") ?? header(":authority");
  return { method: request.method?.toUpperCase() ?? "", header, host, address };
}

export function factsOfWeb(request: Request, address: string | undefined): RequestFacts {
  const header = (name: string) => request.headers.get(name) ?? undefined;
  const host = header("host") ?? new URL(request.url).host;
  return { method: request.method.toUpperCase(), header, host, address };
}

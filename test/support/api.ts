/** An answer of the service. `body` is {} where the answer has none. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Headers;
}

export interface ApiCall {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Calls the API of a running service over its port. */
export class Api {
  readonly #url: string;
  readonly #key: string | undefined;

  /** `url` includes the base path. */
  constructor(url: string, key?: string) {
    this.#url = url;
    this.#key = key;
  }

  async call(
    method: string,
    path: string,
    { body, headers, signal }: ApiCall = {},
  ): Promise<ApiAnswer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const parsed = isJson && text !== "" ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, body: parsed, headers: response.headers };
  }

  create(userId: string, attributes: Readonly<Record<string, unknown>> = {}): Promise<ApiAnswer> {
    return this.call("POST", "/session", { body: { user_id: userId, ...attributes } });
  }

  get(id: string): Promise<ApiAnswer> {
    return this.call("GET", `/session/${id}`);
  }

  update(id: string, attributes: Readonly<Record<string, unknown>>): Promise<ApiAnswer> {
    return this.call("PATCH", `/session/${id}`, { body: attributes });
  }

  close(id: string): Promise<ApiAnswer> {
    return this.call("DELETE", `/session/${id}`);
  }

  list(userId: string): Promise<ApiAnswer> {
    return this.call("GET", `/session?user_id=${encodeURIComponent(userId)}`);
  }

  closeAll(userId: string): Promise<ApiAnswer> {
    return this.call("DELETE", `/session?user_id=${encodeURIComponent(userId)}`);
  }
}

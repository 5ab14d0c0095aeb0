type Fields = Readonly<Record<string, string>>;

/** A browser as far as a server sees it: keeps the session cookie, follows no redirect. */
export class Visitor {
  readonly #origin: string;
  /** What goes into Cookie. */
  cookie = "";

  constructor(origin: string) {
    this.#origin = origin;
  }

  get(path: string, headers: Fields = {}): Promise<Response> {
    return this.#send("GET", path, headers);
  }

  post(path: string, headers: Fields = {}, body?: string): Promise<Response> {
    return this.#send("POST", path, headers, body);
  }

  async #send(method: string, path: string, headers: Fields, body?: string): Promise<Response> {
    const kept = this.cookie === "" ? {} : { cookie: this.cookie };
    const init = { method, headers: { ...kept, ...headers }, redirect: "manual" } as const;
    const response = await fetch(
      this.#origin + path,
      body === undefined ? init : { ...init, body },
    );
    const set = response.headers.getSetCookie().find((each) => each.startsWith("__Host-session="));
    if (set !== undefined) this.cookie = set.includes("Max-Age=0") ? "" : (set.split(";")[0] ?? "");
    return response;
  }
}

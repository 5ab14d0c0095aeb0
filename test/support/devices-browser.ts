import type { ActionAnswer, DevicesView } from "../../src/page/model.ts";
import type { CreateAnswer } from "../../src/wire/session-answers.ts";
import type { Answer } from "./answer.ts";
import type { ServedApp } from "./serve-app.ts";

type Fields = Readonly<Record<string, string>>;

const DEVICES = "/a01/devices";
const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const FORM_TYPE = "application/x-www-form-urlencoded";

/** What a browser with that session's cookie, or without any, sends to the devices page. */
export class DevicesBrowser {
  readonly #app: ServedApp;
  readonly #headers: Fields;

  /** `headers` are sent with everything, instead of those of a page of this origin. */
  constructor(
    app: ServedApp,
    session: CreateAnswer | undefined,
    headers: Fields = { "sec-fetch-site": "same-origin" },
  ) {
    this.#app = app;
    const cookie = session && `__Host-session=${session.session_token}`;
    this.#headers = { ...headers, ...(cookie === undefined ? {} : { cookie }) };
  }

  /** Opens the page; `query` starts with "?". */
  open(query = ""): Promise<Answer> {
    return this.#send("GET", query, HTML);
  }

  /** As the page's script reads the list. */
  read(): Promise<Answer> {
    return this.#send("GET", "", "application/json");
  }

  async list(): Promise<DevicesView> {
    const answer = await this.read();
    if (answer.status !== 200) throw new Error(`the list was answered ${answer.status}`);
    return answer.json as DevicesView;
  }

  /** As a form without the script: "close", "close-others" or "close-all". */
  submit(action: string, fields: Fields = {}): Promise<Answer> {
    return this.#post(action, HTML, fields);
  }

  /** As the page's script does it. */
  perform(action: string, fields: Fields = {}): Promise<Answer> {
    return this.#post(action, "application/json", fields);
  }

  async performed(action: string, fields: Fields = {}): Promise<ActionAnswer> {
    const answer = await this.perform(action, fields);
    if (answer.status !== 200) throw new Error(`${action} was answered ${answer.status}`);
    return answer.json as ActionAnswer;
  }

  #post(action: string, accept: string, fields: Fields): Promise<Answer> {
    const body = new URLSearchParams(fields).toString();
    return this.#send("POST", `/${action}`, accept, { body, type: FORM_TYPE });
  }

  #send(
    method: string,
    path: string,
    accept: string,
    form?: { readonly body: string; readonly type: string },
  ): Promise<Answer> {
    return this.#app.send(method, DEVICES + path, {
      key: null,
      ...(form ? { body: form.body } : {}),
      headers: { accept, ...(form ? { "content-type": form.type } : {}), ...this.#headers },
    });
  }
}

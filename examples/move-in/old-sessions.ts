import session, { Store } from "express-session";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the application keeps in its old sessions, and since the move, where they went. */
declare module "express-session" {
  interface SessionData {
    user?: { readonly id: string; readonly email?: string };
    moved?: { readonly sessionId: string; readonly at: number };
  }
}

export const OLD_COOKIE = "connect.sid";

/** The application's express-session, as it always was. */
export function oldSessions(folder: string, secret: string) {
  return session({
    name: OLD_COOKIE,
    store: new FileStore(folder),
    secret,
    resave: false,
    saveUninitialized: false,
  });
}

/** Stands for the store that your application has: sessions as files, so that they outlive the program. */
class FileStore extends Store {
  readonly #folder: string;

  constructor(folder: string) {
    super();
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  override get(
    sid: string,
    callback: (error: unknown, session?: session.SessionData | null) => void,
  ): void {
    let text: string;
    try {
      text = readFileSync(this.#file(sid), "utf8");
    } catch {
      callback(null, null);
      return;
    }
    callback(null, JSON.parse(text) as session.SessionData);
  }

  override set(sid: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
    writeFileSync(this.#file(sid), JSON.stringify(data));
    callback?.();
  }

  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    rmSync(this.#file(sid), { force: true });
    callback?.();
  }

  #file(sid: string): string {
    return join(this.#folder, `${encodeURIComponent(sid)}.json`);
  }
}

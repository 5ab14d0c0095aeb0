/** What an auth server calls one login (`sid`) or one user (`sub`), and by which a logout token names them. */
export interface Subject {
  /** The auth server's name in SESSION_ISSUERS. */
  readonly issuer: string;
  readonly kind: "sid" | "sub";
  readonly value: string;
}

/**
 * Finds the users whose sessions a logout token is about, and remembers who was logged out. Kept in the store, for all
 * processes. Every method is one atomic step, and throws SessionError when the store fails.
 */
export interface LogoutIndex {
  /**
   * Notes that sessions of `subject` are sessions of `userId`, at least until `until` (epoch milliseconds). A second
   * time only ever makes it longer. A store does it before it inserts such a session.
   */
  add(subject: Subject, userId: string, until: number): Promise<void>;

  /**
   * Notes that `subject` was logged out, at least until `until`, and tells the users that were noted for it, in the
   * same step: who is added later finds the logout noted. `mark` tells this logout from others. Works when the store
   * is full.
   */
  logOut(subject: Subject, mark: string, until: number): Promise<readonly string[]>;

  /** The mark of the latest logout. None, or long ago: undefined. */
  lastLogout(subject: Subject): Promise<string | undefined>;
}

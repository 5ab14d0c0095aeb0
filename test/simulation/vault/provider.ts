import type { GrantOutcome } from "../../../src/vault/auth-server.ts";

export const TOKEN_SECONDS = 30;

/** An auth server with one grant, whose refresh tokens rotate. */
export class SimulatedProvider {
  /** With it a refresh token that is shown again ends the grant; without, it is good again. */
  readonly #detectsReuse: boolean;
  readonly #showings = new Map<string, number>();
  readonly issued = new Set<string>(["access-0"]);
  current = "refresh-0";
  isLive = true;
  granted = 0;

  constructor(detectsReuse: boolean) {
    this.#detectsReuse = detectsReuse;
  }

  /** How often the refresh token that was shown most was shown. */
  get mostShowings(): number {
    return Math.max(0, ...this.#showings.values());
  }

  refresh(refreshToken: string): GrantOutcome {
    this.#showings.set(refreshToken, (this.#showings.get(refreshToken) ?? 0) + 1);
    if (refreshToken !== this.current && this.#detectsReuse) this.isLive = false;
    if (!this.isLive) return { outcome: "refused", error: "invalid_grant" };
    this.granted += 1;
    this.current = `refresh-${this.granted}`;
    const accessToken = `access-${this.granted}`;
    this.issued.add(accessToken);
    const tokens = { accessToken, tokenType: "Bearer", refreshToken: this.current };
    return { outcome: "granted", tokens: { ...tokens, expiresInSeconds: TOKEN_SECONDS } };
  }

  /** Whichever token of the grant it is. */
  revoke(): void {
    this.isLive = false;
  }
}

import type {
  AuthServer,
  CodeExchange,
  GrantOutcome,
  GrantedTokens,
  RevokeOutcome,
} from "../../src/vault/auth-server.ts";

/** The answer of a refresh; when it is called, the test decides. */
export type RefreshScript = (refreshToken: string) => GrantOutcome | Promise<GrantOutcome>;

/** An auth server that answers as the test says, and keeps what it was asked. */
export class ScriptedAuthServer implements AuthServer {
  readonly timeoutMs: number;
  /** The refresh tokens that were sent, in order. */
  readonly refreshes: string[] = [];
  readonly revoked: string[] = [];
  /** The codes that were sent, in order. */
  readonly redeemed: CodeExchange[] = [];
  onRefresh: RefreshScript;
  onRedeem: (exchange: CodeExchange) => GrantOutcome | Promise<GrantOutcome> = () => ({
    outcome: "refused",
    error: "invalid_grant",
  });
  onRevoke: (token: string) => RevokeOutcome | Promise<RevokeOutcome> = () => ({
    outcome: "revoked",
  });

  constructor(onRefresh: RefreshScript = rotating(), timeoutMs = 1000) {
    this.onRefresh = onRefresh;
    this.timeoutMs = timeoutMs;
  }

  async refresh(refreshToken: string): Promise<GrantOutcome> {
    this.refreshes.push(refreshToken);
    return this.onRefresh(refreshToken);
  }

  async redeem(exchange: CodeExchange): Promise<GrantOutcome> {
    this.redeemed.push(exchange);
    return this.onRedeem(exchange);
  }

  async revoke(token: string): Promise<RevokeOutcome> {
    this.revoked.push(token);
    return this.onRevoke(token);
  }
}

/** Gives "access-1", "refresh-1", then "access-2", "refresh-2" and so on. */
function rotating(expiresInSeconds = 3600): RefreshScript {
  let count = 0;
  return () => {
    count += 1;
    return granted(`access-${count}`, `refresh-${count}`, expiresInSeconds);
  };
}

function granted(
  accessToken: string,
  refreshToken?: string,
  expiresInSeconds?: number,
): GrantOutcome & { outcome: "granted" } {
  const tokens: GrantedTokens = {
    accessToken,
    tokenType: "Bearer",
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
  };
  return { outcome: "granted", tokens };
}

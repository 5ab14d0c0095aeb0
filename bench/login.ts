/** What a backend knows of a user who has just logged in. */
export interface Login {
  readonly user_id: string;
  readonly device_id: string;
  readonly auth_code: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expiration_time: number;
  readonly user_email: string;
}

/** What every peer keeps for a session: 1.5 kB of tokens and code, like those of common auth servers. */
export function loginOf(user: string, device: string): Login {
  return {
    user_id: user,
    device_id: device,
    auth_code: text(100),
    access_token: text(1000),
    refresh_token: text(400),
    expiration_time: 3600,
    user_email: `${user}@example.org`,
  };
}

/** What an update brings: what a refresh at the auth server gives. */
export function refreshOf(): Pick<Login, "access_token" | "refresh_token" | "expiration_time"> {
  return { access_token: text(1000), refresh_token: text(400), expiration_time: 3600 };
}

function text(length: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(length)))
    .toString("base64url")
    .slice(0, length);
}

/** Runs `task` for every item, at most `width` at once. Results come in order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  task: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const at = next++;
      const item = items[at];
      if (item !== undefined) results[at] = await task(item);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return results;
}

/** 0 … count−1. */
export function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

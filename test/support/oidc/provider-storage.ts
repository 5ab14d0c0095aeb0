type Payload = Record<string, unknown>;

interface Entry {
  readonly payload: Payload;
  readonly endsAt: number;
}

/** Storage of oidc-provider in memory. Its own forgets everything beyond 1,000 entries. */
export class ProviderStorage {
  readonly #entries = new Map<string, Entry>();
  readonly #grants = new Map<string, Set<string>>();
  readonly #sessionIds = new Map<string, string>();

  /** The adapter that oidc-provider asks for, one for each of its models. */
  adapterFor(model: string) {
    const keyOf = (id: string) => `${model}:${id}`;
    const find = (id: string) => this.#find(keyOf(id));
    return {
      upsert: async (id: string, payload: Payload, seconds?: number) => {
        const { uid, grantId } = payload;
        if (model === "Session" && typeof uid === "string") this.#sessionIds.set(uid, id);
        if (typeof grantId === "string" && model !== "Session") this.#join(grantId, keyOf(id));
        const endsAt = seconds === undefined ? Infinity : Date.now() + seconds * 1000;
        this.#entries.set(keyOf(id), { payload, endsAt });
      },
      find: async (id: string) => find(id),
      findByUid: async (uid: string) => find(this.#sessionIds.get(uid) ?? ""),
      findByUserCode: async () => undefined,
      consume: async (id: string) => {
        const payload = find(id);
        if (payload) payload["consumed"] = Math.floor(Date.now() / 1000);
      },
      destroy: async (id: string) => {
        this.#entries.delete(keyOf(id));
      },
      revokeByGrantId: async (grantId: string) => {
        for (const key of this.#grants.get(grantId) ?? []) this.#entries.delete(key);
        this.#grants.delete(grantId);
      },
    };
  }

  #find(key: string): Payload | undefined {
    const entry = this.#entries.get(key);
    return entry && entry.endsAt > Date.now() ? entry.payload : undefined;
  }

  #join(grantId: string, key: string): void {
    const members = this.#grants.get(grantId) ?? new Set();
    this.#grants.set(grantId, members.add(key));
  }
}

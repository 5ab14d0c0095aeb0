import { createClient } from "@redis/client";

/** Small programs that answer a message over Redis, and one that waits for all of them. */
export class Echo implements AsyncDisposable {
  readonly #others: number;
  readonly #sender: RedisClient;
  readonly #stack: AsyncDisposableStack;
  #missing = 0;
  #done = (): void => {};

  private constructor(others: number, sender: RedisClient, stack: AsyncDisposableStack) {
    this.#others = others;
    this.#sender = sender;
    this.#stack = stack;
  }

  /** Starts `processes` − 1 programs that answer; this one is the other. */
  static async start(url: string, processes: number): Promise<Echo> {
    await using stack = new AsyncDisposableStack();
    for (let i = 1; i < processes; i += 1) stack.defer(await startAnswering(url));
    const [subscriber, sender] = [await connected(url, 3), await connected(url, 2)];
    stack.defer(() => subscriber.destroy());
    stack.defer(() => sender.destroy());
    const echo = new Echo(processes - 1, sender, stack.move());
    await subscriber.subscribe(ANSWERS, () => echo.#answered());
    return echo;
  }

  /** Sends a message and waits for all answers; returns how long that took, in milliseconds. */
  async once(): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.#missing, this.#done] = [this.#others, resolve];
    const startedAt = performance.now();
    await Promise.all([this.#sender.publish(MESSAGES, MESSAGE), promise]);
    return performance.now() - startedAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #answered(): void {
    if (--this.#missing === 0) this.#done();
  }
}

type RedisClient = Awaited<ReturnType<typeof connected>>;

const MESSAGES = "bench-messages";
const ANSWERS = "bench-answers";
/** As long as what is told of a close. */
const MESSAGE = "x".repeat(160);

async function startAnswering(url: string): Promise<() => Promise<void>> {
  const child = Bun.spawn([process.execPath, import.meta.path, url], {
    stdin: "pipe",
    stdout: "pipe",
  });
  // It says so when it has subscribed.
  await child.stdout.getReader().read();
  return async () => {
    child.kill("SIGKILL");
    await child.exited;
  };
}

async function connected(url: string, RESP: 2 | 3) {
  const client = createClient({ url, RESP });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function answer(url: string): Promise<void> {
  const [subscriber, sender] = [await connected(url, 3), await connected(url, 2)];
  await subscriber.subscribe(MESSAGES, () => void sender.publish(ANSWERS, MESSAGE));
  process.stdout.write("subscribed\n");
  // It ends with the benchmark.
  for await (const _ of process.stdin);
  process.exit();
}

if (import.meta.main) await answer(process.argv[2] ?? "");

import type { Stage } from "../run.ts";

/** A process that was killed serves again within this, on a busy machine too, while its store is well. */
const AGAIN_WITHIN_MS = 15_000;

/** F1: kill -9 of one process under load. The others go on; it comes back alone, whatever it was in the middle of. */
export async function killProcess(stage: Stage): Promise<void> {
  const tookMs = await killAndStart(stage);
  if (tookMs > AGAIN_WITHIN_MS)
    throw new Error(`a killed process took ${tookMs} ms to serve again`);
}

/** The same where its store may be away meanwhile. Returns how long it took to be ready, in milliseconds. */
export async function killAndStart({ deployment, random, incidents }: Stage): Promise<number> {
  const at = random.below(deployment.nodes.length);
  const pauseMs = random.between(50, 400);
  const from = performance.now();
  await deployment.nodes[at]?.kill();
  await Bun.sleep(pauseMs);
  const tookMs = await deployment.startAgain(at);
  incidents.push({ kind: "crash", from, to: performance.now() });
  return tookMs;
}

/** F4: one process is frozen for longer than its lease. The others do not wait for it for ever; it shows nothing old when it goes on. */
export async function freezeProcess({ deployment, random }: Stage): Promise<void> {
  const node = deployment.nodes[random.below(deployment.nodes.length)];
  const pauseMs = random.between(2200, 3500);
  const pid = node?.pid;
  if (pid === undefined) return;
  process.kill(pid, "SIGSTOP");
  await Bun.sleep(pauseMs);
  // Another fault may have killed it meanwhile.
  if (node?.pid === pid && !node.hasExited) process.kill(pid, "SIGCONT");
}

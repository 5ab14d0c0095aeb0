import type { Stage } from "../run.ts";

/** SH-3: a process that was killed serves again within this. */
const AGAIN_WITHIN_MS = 5000;

/** F1: kill -9 of one process under load. The others go on; it comes back alone, whatever it was in the middle of. */
export async function killProcess({ deployment, random, incidents }: Stage): Promise<void> {
  const at = random.below(deployment.nodes.length);
  const from = performance.now();
  await deployment.nodes[at]?.kill();
  await Bun.sleep(random.between(50, 400));
  const tookMs = await deployment.startAgain(at);
  incidents.push({ kind: "crash", from, to: performance.now() });
  if (tookMs > AGAIN_WITHIN_MS)
    throw new Error(`a killed process took ${tookMs} ms to serve again`);
}

import type { Connection } from "./network.ts";
import type { ServerClient } from "./process.ts";
import type { Deployment } from "./deployment.ts";
import type { Machine, World } from "./world.ts";

export interface SimulatedProcess {
  readonly machine: Machine;
  readonly client: ServerClient;
}

/** What can go wrong, and what makes it worse at that moment. */
export interface Scene<P extends SimulatedProcess> {
  readonly world: World;
  readonly deployment: Deployment;
  readonly processes: readonly P[];
  restart(process: P): void;
  readAll(process: P): void;
  changeSome(process: P): void;
}

/**
 * Each call: one fault or two at once, to one process or the server. Each run has a few kinds, so that all combinations
 * come.
 */
export function someFaults<P extends SimulatedProcess>(scene: Scene<P>): () => void {
  const { pick, chance } = scene.world;
  const all = faultKinds(scene);
  const kinds = Array.from({ length: pick([1, 2, 3, 4]) }, () => pick(all));
  return () => {
    const process = pick(scene.processes);
    pick(kinds)(process);
    if (chance(0.6)) pick(kinds)(process);
  };
}

function faultKinds<P extends SimulatedProcess>(
  scene: Scene<P>,
): readonly ((process: P) => void)[] {
  const { world, deployment } = scene;
  const { between, chance, pick } = world;
  const somePrimary = () => pick(deployment.primaries);
  const flush = () => {
    somePrimary().flush();
    changeMuch(scene);
  };
  const clockFault = pick<(process: P) => void>([
    ({ machine }) => machine.sleep(between(500, 6000)),
    ({ machine }) => {
      machine.stepWall(between(-20_000, 20_000));
      if (chance(0.5)) machine.freeze(between(1000, 6000));
    },
  ]);
  return [
    ({ machine }) => machine.freeze(between(5, 6000)),
    ({ machine }) => machine.freeze(between(5, 300)),
    // Both would stop both clocks: a sleeping machine whose clock is set back knows nothing of the time that passed.
    clockFault,
    clockFault,
    ({ client }) => pick(client.connections).cut(between(0, 900)),
    ({ client }) => pick(client.connections).stall(between(100, 950)),
    eachLink((link) => link.cut(chance(0.4) ? between(0, 500) : undefined)),
    eachLink((link) => link.mute(between(100, 4000))),
    eachLink((link) => link.stall(between(100, 3000))),
    (process) => goDeaf(world, process),
    (process) => blink(scene, process),
    () => somePrimary().machine.freeze(between(5, 3000)),
    () => somePrimary().restart(),
    flush,
    flush,
    flush,
    ...Array.from({ length: deployment.kind === "alone" ? 0 : 4 }, () => () => failOver(scene)),
    (process) => scene.restart(process),
  ];
}

function eachLink(run: (link: Connection) => void) {
  return ({ client }: SimulatedProcess) => client.links.forEach(run);
}

/** Hears late, then nothing, then freezes. */
function goDeaf(world: World, { client, machine }: SimulatedProcess): void {
  const { between, now } = world;
  const lateMs = between(300, 950);
  for (const link of client.links) {
    link.stall(lateMs);
    link.mute(6000);
  }
  world.at(now + lateMs + between(0, 400), () => machine.freeze(between(300, 2000)));
}

/** Joins again while replies of before are still under way, and others change what was asked for. */
function blink<P extends SimulatedProcess>(scene: Scene<P>, process: P): void {
  const { between } = scene.world;
  scene.readAll(process);
  for (const connection of process.client.connections) connection.stall(between(300, 900));
  for (const link of process.client.links) link.cut(between(0, 150));
  changeMuch(scene);
}

/** Processes hear of it one after the other, and some never; meanwhile much is changed and read. */
function failOver<P extends SimulatedProcess>(scene: Scene<P>): void {
  const { world, deployment, processes } = scene;
  deployment.failOver(Math.floor(world.between(0, deployment.primaries.length)));
  for (const process of processes) {
    const { client } = process;
    if (world.chance(0.9))
      process.machine.on(world.now + world.between(0, world.pick([300, 6000])), () =>
        client.look(),
      );
    for (const ms of [world.between(0, 1500), world.between(0, 6000)])
      world.at(world.now + ms, () => scene.changeSome(process));
    for (const ms of [500, 1500, 1500, 6000])
      world.at(world.now + world.between(0, ms), () => scene.readAll(process));
  }
}

function changeMuch<P extends SimulatedProcess>(scene: Scene<P>): void {
  for (let left = 3; left > 0; left--) scene.changeSome(scene.world.pick(scene.processes));
}

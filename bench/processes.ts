import type { Subprocess } from "bun";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { until } from "../test/support/until.ts";

/** A program that was started to be measured. */
export interface MeasuredProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

export interface StartOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  /** Where it is run, and where its log goes. */
  readonly dir: string;
  readonly name: string;
}

/** Starts a program and waits until its port takes connections. It dies with this process, whatever ends that. */
export async function startProcess(options: StartOptions): Promise<MeasuredProcess> {
  const { command, environment, port, dir, name } = options;
  const logFile = `${dir}/${name.replaceAll(/[^\w-]/g, "_")}.log`;
  const log = openSync(logFile, "a");
  const child = Bun.spawn([...guard(), ...command], {
    cwd: dir,
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", ...environment },
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  closeSync(log);
  await until(async () => child.exitCode !== null || (await isListening(port)), {
    what: `${name} listens`,
    withinMs: 15_000,
    everyMs: 2,
  });
  if (child.exitCode !== null)
    throw new Error(`${name} ended:\n${readFileSync(logFile, "utf8").slice(-2000)}`);
  return { pid: child.pid, port, [Symbol.asyncDispose]: () => stop(child) };
}

async function stop(child: Subprocess): Promise<void> {
  child.kill("SIGKILL");
  await child.exited;
}

function guard(): readonly string[] {
  return Bun.which("setpriv") === null ? [] : ["setpriv", "--pdeathsig", "KILL", "--"];
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

const TICKS_PER_SECOND = 100;

/** Processor time that a process and those it started used so far, in seconds, to a hundredth. */
export function cpuSeconds(pid: number): number {
  return familyOf(pid).reduce((sum, member) => {
    const [user = 0, system = 0] = statOf(member).slice(11, 13).map(Number);
    return sum + (user + system) / TICKS_PER_SECOND;
  }, 0);
}

/** Memory that a process and those it started hold, in bytes. What they share is counted once for each. */
export function residentBytes(pid: number): number {
  return familyOf(pid).reduce((sum, member) => {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${member}/status`))?.[1] ?? 0;
    return sum + Number(kilobytes) * 1024;
  }, 0);
}

function familyOf(pid: number): readonly number[] {
  const children = tasksOf(pid).flatMap((task) =>
    read(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

function tasksOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** The fields after the name of the program, which may hold blanks. */
function statOf(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

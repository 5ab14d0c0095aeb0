import type { RedisArgument, RedisReply } from "./link.ts";
import { NoReply } from "./no-reply.ts";

/** Where a command is on its way. */
interface Command {
  /** Given up once they are written. */
  args: readonly RedisArgument[];
  readonly ms: number;
  readonly endsAt: number;
  isSent: boolean;
  /** Nobody waits any more: out of time. What was sent still takes its reply out of the queue. */
  isOver: boolean;
  readonly resolve: (reply: RedisReply) => void;
  readonly reject: (error: Error) => void;
}

/** The commands of one connection in the order they were given: those that wait for a reply, then those to be sent. */
export class CommandQueue {
  #commands: (Command | undefined)[] = [];
  /** The first that waits for a reply, and the first to be sent. */
  #first = 0;
  #unsent = 0;

  get size(): number {
    return this.#commands.length - this.#first;
  }

  /** `endsAt`, of performance.now(), is `ms` from now. Settles by one of the methods below. */
  add(args: readonly RedisArgument[], ms: number, endsAt: number): Promise<RedisReply> {
    return new Promise((resolve, reject) => {
      const command = { args, ms, endsAt, isSent: false, isOver: false, resolve, reject };
      this.#commands.push(command);
    });
  }

  /** The next to be sent, from now on taken to be sent. */
  takeUnsent(): readonly RedisArgument[] | undefined {
    const command = this.#commands[this.#unsent];
    if (!command) return undefined;
    this.#unsent += 1;
    command.isSent = true;
    const { args } = command;
    command.args = NONE;
    return args;
  }

  resolve(reply: RedisReply): void {
    const command = this.#takeFirst();
    if (!command.isOver) command.resolve(reply);
  }

  reject(error: Error): void {
    const command = this.#takeFirst();
    if (!command.isOver) command.reject(error);
  }

  /** Gives up what ran out of time by `now`; unsent, it never is sent. When the next will have; Infinity without one. */
  expire(now: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const command of this.#waiting()) {
      if (command.endsAt > now) next = Math.min(next, command.endsAt);
      else giveUp(command, `no reply in ${Math.round(command.ms)} ms`, true);
    }
    this.#commands = this.#commands.filter(
      (command) => !command || command.isSent || !command.isOver,
    );
    return next;
  }

  /** Gives up all there are. */
  end(reason: string): void {
    const ended = this.#waiting();
    this.#commands = [];
    this.#first = 0;
    this.#unsent = 0;
    for (const command of ended) giveUp(command, reason, false);
  }

  #waiting(): readonly Command[] {
    return this.#commands
      .slice(this.#first)
      .filter((command) => command?.isOver === false) as Command[];
  }

  #takeFirst(): Command {
    const command = this.#first < this.#unsent ? this.#commands[this.#first] : undefined;
    if (!command) throw new Error("a reply that nobody asked for");
    this.#commands[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#commands.length || this.#first === COMPACT_AT) this.#compact();
    return command;
  }

  #compact(): void {
    this.#commands.splice(0, this.#first);
    this.#unsent -= this.#first;
    this.#first = 0;
  }
}

const NONE: readonly RedisArgument[] = [];
const COMPACT_AT = 1024;

function giveUp(command: Command, reason: string, isFinal: boolean): void {
  command.isOver = true;
  command.reject(new NoReply(reason, { isSent: command.isSent, isFinal }));
}

import { closeSync, constants, createReadStream, openSync } from "node:fs";
import { join } from "node:path";

/** A named pipe that this process can write to, read from, and keep open without doing either. */
export class Fifo implements Disposable {
  readonly #fd: number;
  readonly #path: string;
  #text = "";
  #isClosed = false;

  /** Makes it in `dir`. */
  constructor(dir: string) {
    this.#path = join(dir, "fifo");
    const { exitCode } = Bun.spawnSync(["mkfifo", this.#path]);
    if (exitCode !== 0) throw new Error(`mkfifo ${this.#path} ended with ${exitCode}`);
    this.#fd = openSync(this.#path, constants.O_RDWR);
  }

  /** A file descriptor to write with, for a child process. The caller closes it. */
  openForWriting(): number {
    return openSync(this.#path, constants.O_WRONLY);
  }

  /** From now on takes out what is written. */
  startReading(): void {
    const stream = createReadStream(this.#path, { encoding: "utf8" });
    stream.on("data", (chunk) => (this.#text += String(chunk)));
  }

  /** What was taken out so far. */
  get text(): string {
    return this.#text;
  }

  /** Nobody can read it any more, unless somebody else has it open. */
  close(): void {
    if (!this.#isClosed) closeSync(this.#fd);
    this.#isClosed = true;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

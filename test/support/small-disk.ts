import type { Subprocess } from "bun";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether this user may mount a disk: root, outside of most containers' restrictions. */
export function canMountDisks(): boolean {
  const mount = ["mount", "-t", "tmpfs", "tmpfs", tmpdir()];
  try {
    return Bun.spawnSync(["unshare", "--mount", ...mount]).success;
  } catch {
    return false;
  }
}

/**
 * A disk in memory that only processes behind its `launcher` see, as `path`; nothing of it is left after its end. This
 * process reaches the same files under `outside`.
 */
export class SmallDisk implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), "sm-disk-"));
  readonly #holder: Subprocess<"pipe", "pipe">;

  static async mount(megabytes: number): Promise<SmallDisk> {
    const disk = new SmallDisk(megabytes);
    const { value } = await disk.#holder.stdout.getReader().read();
    if (!value) throw new Error("a small disk could not be mounted");
    return disk;
  }

  private constructor(megabytes: number) {
    const script = `mount -t tmpfs -o size=${megabytes}m,mode=0700 tmpfs "$0" && echo mounted && exec cat`;
    const command = ["unshare", "--mount", "sh", "-c", script, this.path];
    this.#holder = Bun.spawn(command, { stdin: "pipe", stdout: "pipe" });
  }

  /** Runs the rest of its line where the disk is seen. */
  get launcher(): readonly string[] {
    return ["nsenter", `--mount=/proc/${this.#holder.pid}/ns/mnt`];
  }

  get outside(): string {
    return `/proc/${this.#holder.pid}/root${this.path}`;
  }

  /** Takes every block that is left. */
  fillUp(): void {
    const file = openSync(join(this.outside, "filler"), "a");
    try {
      for (const block = Buffer.alloc(4096, 1); ;) writeSync(file, block);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives back what fillUp took. */
  makeRoom(): void {
    rmSync(join(this.outside, "filler"), { force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill();
    await this.#holder.exited;
    rmSync(this.path, { recursive: true });
  }
}

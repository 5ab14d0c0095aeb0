import { type Logger, pino } from "pino";
import { type DescribedFault, describeFault, describeFaultBriefly } from "./log/fault.ts";
import { KeptTime } from "./log/kept-time.ts";
import type { LogLevel } from "./log/level.ts";
import type { AuditEvent, AuditLog } from "./session/audit.ts";

/** What a line carries besides its message. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One answered request. */
export interface RequestEntry {
  readonly requestId: string;
  readonly method: string;
  /** The route's template: nothing a caller wrote is in it. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
  /** The name of the caller's API key, never the key. */
  readonly caller?: string | undefined;
  readonly code?: string | undefined;
  readonly error?: unknown;
}

export interface LogParts {
  readonly level: LogLevel;
  /** The file descriptor to write to; 1 is standard output. */
  readonly fd: number;
  /** Told of every line that is thrown away because nobody reads the log, or it cannot be written. */
  readonly onDrop: () => void;
  /** The machine's clock, epoch milliseconds. */
  readonly now: () => number;
  /** Of requests that went well, one in this many is told; 0: none. Absent: all. */
  readonly requestSample?: number;
  /** Said in every line. Present: other processes write to the same log. */
  readonly process?: LogFields;
}

/** How much may wait for a slow reader of the log before further lines are thrown away. */
const BUFFER_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 1000;
/** Lines are written together: as soon as there are that many characters of them, or after that time. */
const TOGETHER = 16 * 1024;
const WRITE_MS = 10;
/** Up to this many bytes are written to a pipe in one piece (POSIX: PIPE_BUF), so lines of two processes do not mix. */
const UNDIVIDED_BYTES = 4096;
/** Less than that, so that one more line fits. */
const TOGETHER_UNDIVIDED = 2048;

/**
 * The log: one JSON line for each event, written without waiting, so that a reader that is slow, stuck or gone never
 * slows the service. There is no way in for a free object: each method takes fields that hold no token, code or email.
 */
export class Log implements AuditLog {
  readonly #destination: ReturnType<typeof pino.destination>;
  readonly #write: (line: string) => void;
  readonly #options: pino.LoggerOptions;
  #logger: Logger;
  /** What every line begins with after its level and time: members of a JSON object, each with a comma behind it. */
  readonly #base: string;
  #fieldsOfNow: (() => LogFields) | undefined;
  readonly #together: number;
  #dropped = 0;
  #isClosed = false;
  readonly #requestSample: number;
  #goodRequests = 0;
  /** Not handed to the destination yet. */
  #lines = "";
  #timer: Timer | undefined;
  readonly #now: () => number;
  readonly #lineTime = new KeptTime();
  /** By the store's clock. */
  readonly #eventTime = new KeptTime();

  constructor({ level, fd, onDrop, now, process, requestSample = 1 }: LogParts) {
    this.#requestSample = requestSample;
    this.#now = now;
    const destination = pino.destination({
      fd,
      sync: false,
      // With 0, flush() would not wait for anything.
      minLength: 1,
      maxLength: BUFFER_BYTES,
      ...(process === undefined ? {} : { maxWrite: UNDIVIDED_BYTES }),
    });
    destination.on("drop", (lines: string) => {
      for (let left = lines.split("\n").length - 1; left > 0; left -= 1) {
        this.#dropped += 1;
        onDrop();
      }
    });
    destination.on("drain", () => this.#tellDropped());
    destination.on("error", () => this.#retryLater());
    this.#destination = destination;
    this.#write = (line) => this.#add(escapeControls(line));
    this.#together = process === undefined ? TOGETHER : TOGETHER_UNDIVIDED;
    this.#base = process === undefined ? "" : `${JSON.stringify(process).slice(1, -1)},`;
    this.#options = optionsFor(level, process);
    this.#logger = pino(this.#options, { write: this.#write });
  }

  /** Puts what `fields` says at that moment, such as the present trace, into every line from now on. */
  addToEveryLine(fields: () => LogFields): void {
    this.#fieldsOfNow = fields;
    this.#logger = pino({ ...this.#options, mixin: fields }, { write: this.#write });
  }

  /** One event of the program. `event` is its name for machines, `message` a sentence for people. */
  write(level: LogLevel, event: string, message: string, fields: LogFields = {}): void {
    this.#logger[level]({ event, ...fields }, message);
  }

  /** Something that must not happen did. `error` is told whole, but for what looks like a secret. */
  fault(event: string, message: string, error: unknown): void {
    this.#logger.error({ event, error: describeFault(error) }, message);
  }

  /** What happened to a session. */
  record(event: AuditEvent): void {
    const reason = event.event === "session_ended" ? event.reason : undefined;
    this.#tell("info", {
      event: event.event,
      reason,
      session_id: event.sessionId,
      user_id: event.userId,
      device_id: event.deviceId,
      at: this.#eventTime.textOf(event.at),
      caller: event.actor.caller,
      request_id: event.actor.requestId,
    });
  }

  /** An answered request: failures as warnings or errors, changes and refusals as info, what was read as debug. */
  request(entry: RequestEntry): void {
    const level = levelOf(entry);
    if (!this.#logger.isLevelEnabled(level)) return;
    if (entry.status < 400 && !this.#isSampled()) return;
    this.#tell(level, {
      event: "request",
      request_id: entry.requestId,
      method: entry.method,
      route: entry.route,
      status: entry.status,
      ms: Math.round(entry.seconds * 1e6) / 1e3,
      caller: entry.caller,
      code: entry.code,
      error: faultOf(entry),
    });
  }

  /** Writes what is waiting, for at most `withinMs`, and lets go. Nothing may be logged afterwards. */
  async close(withinMs: number): Promise<void> {
    this.#writeLines();
    const flushed = new Promise<void>((resolve) => this.#destination.flush(() => resolve()));
    await Promise.race([flushed, Bun.sleep(withinMs)]);
    this.#isClosed = true;
    this.#destination.destroy();
  }

  /** As the logger does; it writes each member by itself, which takes five times as long. */
  #tell(level: LogLevel, fields: Readonly<Record<string, unknown>>): void {
    if (!this.#logger.isLevelEnabled(level)) return;
    const all = this.#fieldsOfNow ? { ...this.#fieldsOfNow(), ...fields } : fields;
    const time = this.#lineTime.textOf(this.#now());
    const members = JSON.stringify(all).slice(1);
    this.#write(`{"level":"${level}","time":"${time}",${this.#base}${members}\n`);
  }

  #isSampled(): boolean {
    if (this.#requestSample === 0) return false;
    return this.#goodRequests++ % this.#requestSample === 0;
  }

  #add(line: string): void {
    this.#lines += line;
    if (this.#lines.length >= this.#together) this.#writeLines();
    else this.#timer ??= setTimeout(() => this.#writeLines(), WRITE_MS).unref();
  }

  #writeLines(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "" && !this.#isClosed) this.#destination.write(lines);
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const lines = this.#dropped;
    this.#dropped = 0;
    this.write("warn", "log_lines_dropped", `${lines} log lines were thrown away`, { lines });
  }

  /** A full buffer takes no new line, and only a new line would start a write: so a failed one is started again. */
  #retryLater(): void {
    const retry = () => {
      if (!this.#isClosed) this.#destination.flush();
    };
    setTimeout(retry, RETRY_MS).unref();
  }
}

function optionsFor(level: LogLevel, base: LogFields = {}): pino.LoggerOptions {
  return {
    level,
    base,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
}

function levelOf({ status, method }: RequestEntry): LogLevel {
  if (status === 503) return "warn";
  if (status >= 500) return "error";
  const isRead = method === "GET" || method === "HEAD";
  return isRead && (status < 400 || status === 404) ? "debug" : "info";
}

function faultOf({ error, status }: RequestEntry): DescribedFault | undefined {
  if (error === undefined) return undefined;
  return status === 503 ? describeFaultBriefly(error) : describeFault(error);
}

/** JSON leaves some characters as they are that end a line or command a terminal; escaped, they mean the same. */
function escapeControls(line: string): string {
  return line.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

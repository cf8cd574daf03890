import { closeSync, openSync, writeSync } from 'node:fs'

const STDERR = 2

/** The log file cannot be opened; the message is Envoy's. */
export class LogFileError extends Error {
  override readonly name = 'LogFileError'
}

/**
 * Where the main thread's log goes: a file that is appended to, or stderr. Each call is one write, so the last line before a crash
 * is there. Logging never throws: what cannot be written is counted, and said as soon as something can be.
 */
export class LogFile {
  readonly #path: string | null
  #fd: number
  #lost = 0

  /** `path` null means stderr. Throws a LogFileError. */
  constructor(path: string | null) {
    this.#path = path
    this.#fd = path === null ? STDERR : open(path)
  }

  /** Takes whole lines. */
  write(lines: string): void {
    try {
      if (this.#lost > 0) {
        writeAll(this.#fd, `${this.#lost} log writes were lost\n`)
        this.#lost = 0
      }
      writeAll(this.#fd, lines)
    } catch {
      // The reader of a pipe is gone or stalled, or the disk is full: traffic goes on without a log.
      this.#lost++
    }
  }

  /** For log rotation: the path is opened anew, the old file is closed. When that fails, the old one stays in use. */
  reopen(): void {
    if (this.#path === null) return
    const old = this.#fd
    this.#fd = open(this.#path)
    closeSync(old)
  }

  close(): void {
    if (this.#path !== null) closeSync(this.#fd)
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'a', 0o644)
  } catch (error) {
    const reason = (error as Error).message
    throw new LogFileError(`Failed to open log-file '${path}'. e.what(): ${reason}`)
  }
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(fd, bytes, sent)
}

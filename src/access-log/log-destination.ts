import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { errorText } from '../network/platform.ts'

const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants

/** Descriptors that the process was born with, by the paths under which people log to them. */
const STANDARD: Readonly<Record<string, number>> = {
  '/dev/stdout': 1,
  '/dev/stderr': 2,
  '/proc/self/fd/1': 1,
  '/proc/self/fd/2': 2,
}

/** Where an access log's bytes go. */
export interface LogDestination {
  readonly path: string
  readonly fd: number
  /**
   * True for pipes, terminals and devices: their writes never block (EAGAIN instead), and only 4 KiB are sure to go out in
   * one piece. False for files and sockets: they are written in the background, a batch in one piece.
   */
  readonly pipe: boolean
  /** False for a standard descriptor that we only borrow. */
  readonly owned: boolean
}

/** Throws `unable to open file '<path>': <why>`. */
export function openDestination(path: string): LogDestination {
  try {
    const standard = STANDARD[path]
    if (standard !== undefined) return openStandard(path, standard)
    const fd = open(path)
    return { path, fd, pipe: isPipe(fd), owned: true }
  } catch (error) {
    const { errno } = error as { errno?: number }
    const why = errno === undefined ? (error as Error).message : errorText(Math.abs(errno))
    throw new Error(`unable to open file '${path}': ${why}`)
  }
}

export function closeDestination(destination: LogDestination): void {
  if (destination.owned) closeSync(destination.fd)
}

/**
 * A pipe or terminal is opened anew, because making our stdout non-blocking would make it so for every process that
 * shares it. A file is not: a second descriptor and the inherited one, with two positions, would overwrite each other.
 */
function openStandard(path: string, fd: number): LogDestination {
  if (!isPipe(fd)) return { path, fd, pipe: false, owned: false }
  return { path, fd: open(`/dev/fd/${fd}`), pipe: true, owned: true }
}

/** Non-blocking means nothing to files; a FIFO without a reader is refused instead of waited for. */
function open(path: string): number {
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o644)
}

function isPipe(fd: number): boolean {
  const stat = fstatSync(fd)
  return stat.isFIFO() || stat.isCharacterDevice()
}

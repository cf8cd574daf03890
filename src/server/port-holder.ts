import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Address } from '../network/address.ts'

const LISTEN = '0A'

/** Who listens on a port, as `redis-server (pid 4711)`; null where the system does not tell (not Linux, not ours to see). */
export function findPortHolder(address: Address): string | null {
  if (address.kind !== 'ip' || process.platform !== 'linux') return null
  const inodes = new Set([
    ...inodesOf('/proc/net/tcp', address.port),
    ...inodesOf('/proc/net/tcp6', address.port),
  ])
  if (inodes.size === 0) return null
  for (const pid of read(() => readdirSync('/proc')) ?? []) {
    if (!/^\d+$/.test(pid)) continue
    for (const fd of read(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      const link = read(() => readlinkSync(`/proc/${pid}/fd/${fd}`))
      const inode = /^socket:\[(\d+)\]$/.exec(link ?? '')?.[1]
      if (inode !== undefined && inodes.has(inode)) {
        const name = read(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim())
        return `${name ?? 'a process'} (pid ${pid})`
      }
    }
  }
  return null
}

/** The inodes of listening sockets on a port, out of the kernel's table. */
function inodesOf(table: string, port: number): string[] {
  const text = read(() => readFileSync(table, 'utf8')) ?? ''
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) === true && fields[3] === LISTEN)
    .map((fields) => fields[9] ?? '')
}

/** Null for what may not be read, or is gone by now. */
function read<T>(get: () => T): T | null {
  try {
    return get()
  } catch {
    return null
  }
}

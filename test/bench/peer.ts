/** What the bench needs to know of a proxy to run it beside the others. One file of `peers/` each. */
export interface Peer {
  readonly name: string
  /** Whether it passes any bytes on, or only redis. */
  readonly forwards: 'tcp' | 'redis'
  /** The executable, or why there is none. */
  find(): { readonly binary: string } | { readonly missing: string }
  readonly versionFlag: string
  /** Writes its config into `setup.folder` and says how to start it in the foreground. */
  command(setup: ProxySetup): Promise<string[]>
}

/**
 * `bytes` are passed on; `redis` commands go to the server of their keys; `thrift` calls are framed binary on both sides, with
 * `thrift-converted` they go on in the header transport and the compact protocol.
 */
export type Reads = 'bytes' | 'redis' | 'thrift' | 'thrift-converted'

export interface ProxySetup {
  readonly binary: string
  /** A folder of its own for config, pid file and logs. */
  readonly folder: string
  /** Where it listens and where it leads, on 127.0.0.1. */
  readonly listenPort: number
  readonly upstreamPorts: readonly number[]
  /** What it reads, where it can do more than pass bytes on. */
  readonly reads: Reads
  /** Worker threads, or worker processes. */
  readonly concurrency: number
}

export function findOnPath(name: string): { binary: string } | { missing: string } {
  const binary = Bun.which(name)
  return binary === null ? { missing: `no ${name} on the PATH` } : { binary }
}

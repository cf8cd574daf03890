const LOWEST = 12_000
/** Above are the ports that the kernel gives to clients: one of them may be taken between our look and the bind. */
const HIGHEST = 32_000

const given = new Set<number>()

/** A port on 127.0.0.1 that nobody listens on now, never the same twice. */
export function freePort(): number {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if (given.has(port)) continue
    try {
      Bun.listen({ hostname: '127.0.0.1', port, socket: { data: () => {} } }).stop()
    } catch {
      continue // taken
    }
    given.add(port)
    return port
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST}`)
}

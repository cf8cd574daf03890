/** The key of the number that says whether a worker lives: 1, or 0. */
export function aliveKey(workerIndex: number): string {
  return `worker/${workerIndex}/alive`
}

/** The key of the number of downstream connections in the process. */
export const CONNECTIONS_KEY = 'server/downstream_connections'

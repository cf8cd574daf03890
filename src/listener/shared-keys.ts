/** The key of the number of workers that accept for a listener; each counts in its twin. */
export function listeningKey(listener: string): string {
  return `listener/${listener}/listening`
}

/** The key of the number of a listener's connections. */
export function listenerConnectionsKey(listener: string): string {
  return `listener/${listener}/connections`
}

/** The key of the number of descriptors that workers have taken over from others; each counts in its twin. */
export const ADOPTED_KEY = 'server/adopted'

/** The key of the number of downstream connections in the process. */
export const CONNECTIONS_KEY = 'server/downstream_connections'
